"""Members of an organisation: who may take rights away, leave, or hand ownership over."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.accounts import services
from portal.accounts.models import Membership, MembershipRole, Organisation, User
from tests.portal.accounts.conftest import NOW

pytestmark = pytest.mark.django_db


def test_who_creates_an_organisation_owns_it(owner, company):
    membership = Membership.objects.get(organisation=company)
    assert (membership.user, membership.role) == (owner, MembershipRole.OWNER)


def test_a_bpifrance_account_owns_no_company(person):
    with pytest.raises(services.Refused, match="ne peut pas rejoindre"):
        services.create_organisation(
            name="Cardiolab",
            kind=Organisation.Kind.COMPANY,
            owner=person("olga", staff_role="officer"),
            now=NOW,
        )


def test_an_organisation_needs_a_name(owner):
    with pytest.raises(ValidationError):
        services.create_organisation(name="  ", kind=Organisation.Kind.COMPANY, owner=owner, now=NOW)


def test_the_owner_removes_a_member_whose_rights_end(signed_in, owner, member):
    answer = signed_in(owner).post(reverse("membership_remove", args=[member.pk]))
    assert answer.status_code == 302
    member.refresh_from_db()
    assert not member.is_active


def test_asking_to_remove_only_shows_the_question(signed_in, owner, member):
    answer = signed_in(owner).get(reverse("membership_remove", args=[member.pk]))
    assert answer.status_code == 200
    member.refresh_from_db()
    assert member.is_active


def test_a_member_removes_nobody_else(signed_in, owner, company, member):
    target = Membership.objects.get(user=owner)
    assert signed_in(member.user).post(reverse("membership_remove", args=[target.pk])).status_code == 403
    with pytest.raises(services.Refused, match="Seul un propriétaire"):
        services.remove_member(membership=target, actor=member.user, now=NOW)


def test_a_member_may_leave(signed_in, member):
    answer = signed_in(member.user).post(reverse("membership_remove", args=[member.pk]))
    assert answer["Location"] == reverse("home_of_user")
    member.refresh_from_db()
    assert not member.is_active


def test_the_last_owner_cannot_leave(signed_in, owner, member):
    target = Membership.objects.get(user=owner)
    answer = signed_in(owner).post(reverse("membership_remove", args=[target.pk]))
    assert answer.status_code == 409
    assert "garde toujours un propriétaire" in answer.content.decode()
    target.refresh_from_db()
    assert target.is_active


def test_an_owner_whose_account_is_closed_does_not_count(owner, company, person):
    other = Membership.objects.create(user=person("otto"), organisation=company, role=MembershipRole.OWNER)
    User.objects.filter(pk=other.user_id).update(is_active=False)
    with pytest.raises(services.Refused, match="garde toujours un propriétaire"):
        services.remove_member(membership=Membership.objects.get(user=owner), actor=owner, now=NOW)


def test_an_owner_may_leave_once_another_owns(owner, company, member):
    services.change_owner(membership=member, actor=owner, now=NOW)
    services.remove_member(membership=Membership.objects.get(user=owner), actor=owner, now=NOW)
    assert [m.user for m in Membership.objects.owners().filter(organisation=company)] == [member.user]


def test_ownership_is_handed_over_not_doubled(signed_in, owner, company, member):
    assert signed_in(owner).post(reverse("ownership_transfer", args=[member.pk])).status_code == 302
    roles = dict(Membership.objects.filter(organisation=company).values_list("user_id", "role"))
    assert roles == {owner.pk: MembershipRole.MEMBER, member.user_id: MembershipRole.OWNER}


def test_a_member_hands_nothing_over(signed_in, member):
    assert signed_in(member.user).post(reverse("ownership_transfer", args=[member.pk])).status_code == 403
    with pytest.raises(services.Refused, match="Seul un propriétaire"):
        services.change_owner(membership=member, actor=member.user, now=NOW)


def test_ownership_does_not_go_to_who_left(owner, member):
    services.remove_member(membership=member, actor=owner, now=NOW)
    with pytest.raises(services.Refused, match="n’est plus membre"):
        services.change_owner(membership=member, actor=owner, now=NOW)


def test_another_organisation_does_not_exist(signed_in, company, member, person):
    stranger = person("zoe")
    services.create_organisation(name="Autre", kind=Organisation.Kind.COMPANY, owner=stranger, now=NOW)
    browser = signed_in(stranger)
    assert browser.get(reverse("organisation_members", args=[company.pk])).status_code == 404
    assert browser.post(reverse("invitation_send", args=[company.pk]), {}).status_code == 404
    assert browser.post(reverse("membership_remove", args=[member.pk])).status_code == 404
    assert browser.post(reverse("ownership_transfer", args=[member.pk])).status_code == 404


def test_the_page_shows_members_and_leads_there_without_a_number(signed_in, owner, company, member):
    answer = signed_in(owner).get(reverse("organisation_members"), follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain == [(reverse("organisation_members", args=[company.pk]), 302)]
    assert "Alice" in text
    assert "Bob" in text
    assert "Envoyer l’invitation" in text


def test_a_member_sees_no_invitation_form(signed_in, company, member):
    page = signed_in(member.user).get(reverse("organisation_members", args=[company.pk]))
    assert "Envoyer l’invitation" not in page.content.decode()


def test_the_page_costs_as_many_queries_for_twenty_members(
    signed_in, owner, company, person, django_assert_num_queries
):
    for number in range(20):
        Membership.objects.create(user=person(f"membre{number}"), organisation=company)
    browser = signed_in(owner)
    with django_assert_num_queries(9):
        browser.get(reverse("organisation_members", args=[company.pk]))


def test_the_database_refuses_a_person_twice_in_one_organisation(owner, company):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=owner, organisation=company)


def test_the_database_refuses_an_address_with_capitals(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="Alice@exemple.fr", full_name="Alice", password="!")])


def test_the_database_refuses_an_unknown_role(owner):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=owner.pk).update(staff_role="king")
