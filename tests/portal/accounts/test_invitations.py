"""Invitations: one address, one use, fourteen days."""

from datetime import timedelta
from html import escape

import pytest
from django.urls import reverse

from portal.accounts import services
from portal.accounts.models import Invitation, Membership, MembershipRole, Organisation, User
from portal.notifications.models import Outbox
from tests.portal.accounts.conftest import NOW, PASSWORD, link_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(monkeypatch) -> str:
    """Fix the next invitation's token, so that it is known."""
    monkeypatch.setattr("portal.accounts.services.invitations.secrets.token_urlsafe", lambda _: "jeton-connu")
    return "jeton-connu"


@pytest.fixture
def invitation(token, company, owner) -> Invitation:
    """Return an invitation of bea@exemple.fr to `company`."""
    return services.invite(
        organisation=company, email="bea@exemple.fr", role="member", invited_by=owner, now=NOW
    )


def test_the_database_holds_only_the_hash_of_the_token(invitation, token):
    assert invitation.token_hash != token
    assert len(invitation.token_hash) == 64
    assert not any(token in str(row.payload) for row in Outbox.objects.all())


def test_the_link_goes_to_the_invited_address(signed_in, owner, company, post_bag):
    signed_in(owner).post(
        reverse("invitation_send", args=[company.pk]), {"email": "Bea@Exemple.fr", "role": "member"}
    )
    [message] = post_bag()
    assert message.to == ["bea@exemple.fr"]
    assert "Cardiolab" in message.subject
    assert link_in(message).startswith("/compte/invitation/")
    assert link_in(message) in message.alternatives[0].content


def test_the_invited_person_becomes_a_member(invitation, token, person, company):
    bea = person("bea")
    services.accept_invitation(token=token, user=bea, now=NOW)
    assert Membership.objects.active().filter(user=bea, organisation=company, role="member").exists()


def test_an_invitation_is_used_once(invitation, token, person):
    bea = person("bea")
    services.accept_invitation(token=token, user=bea, now=NOW)
    Membership.objects.filter(user=bea).update(is_active=False)
    with pytest.raises(services.Refused, match="déjà été utilisée"):
        services.accept_invitation(token=token, user=bea, now=NOW)
    assert not Membership.objects.active().filter(user=bea).exists()


@pytest.mark.parametrize(
    ("age", "accepted"), [(timedelta(days=14, seconds=-1), True), (timedelta(days=14), False)]
)
def test_an_invitation_lives_fourteen_days(invitation, token, person, age, accepted):
    bea = person("bea")
    if accepted:
        services.accept_invitation(token=token, user=bea, now=NOW + age)
    else:
        with pytest.raises(services.Refused, match="a expiré"):
            services.accept_invitation(token=token, user=bea, now=NOW + age)
    assert Membership.objects.filter(user=bea).exists() is accepted


def test_a_revoked_invitation_is_worthless(invitation, token, person, owner):
    services.revoke_invitation(invitation=invitation, actor=owner, now=NOW)
    with pytest.raises(services.Refused, match="annulée"):
        services.accept_invitation(token=token, user=person("bea"), now=NOW)


def test_another_address_cannot_use_it(invitation, token, person):
    with pytest.raises(services.Refused, match="adressée à bea@"):
        services.accept_invitation(token=token, user=person("mallory"), now=NOW)
    assert Invitation.objects.open().count() == 1


def test_a_bpifrance_account_cannot_use_it(invitation, token, person):
    with pytest.raises(services.Refused, match="compte Bpifrance"):
        services.accept_invitation(token=token, user=person("bea", staff_role="officer"), now=NOW)


def test_who_left_may_be_invited_again(invitation, token, person, company, owner):
    bea = person("bea")
    left = Membership.objects.create(user=bea, organisation=company, is_active=False)
    services.accept_invitation(token=token, user=bea, now=NOW)
    left.refresh_from_db()
    assert left.is_active


def test_a_new_invitation_replaces_the_open_one(invitation, token, person, monkeypatch):
    company, owner = invitation.organisation, invitation.invited_by
    monkeypatch.setattr("portal.accounts.services.invitations.secrets.token_urlsafe", lambda _: "second")
    services.invite(organisation=company, email="bea@exemple.fr", role="owner", invited_by=owner, now=NOW)
    bea = person("bea")
    with pytest.raises(services.Refused, match="annulée"):
        services.accept_invitation(token=token, user=bea, now=NOW)
    assert services.accept_invitation(token="second", user=bea, now=NOW).role == MembershipRole.OWNER


def test_a_member_is_not_invited_twice(company, owner, member):
    with pytest.raises(services.Refused, match="déjà membre"):
        services.invite(
            organisation=company, email="BOB@exemple.fr", role="member", invited_by=owner, now=NOW
        )


def test_a_plain_member_invites_and_revokes_nobody(signed_in, company, member, invitation):
    browser = signed_in(member.user)
    form = {"email": "x@exemple.fr", "role": "owner"}
    assert browser.post(reverse("invitation_send", args=[company.pk]), form).status_code == 403
    assert browser.post(reverse("invitation_revoke", args=[invitation.pk])).status_code == 403
    with pytest.raises(services.Refused, match="Seul un propriétaire"):
        services.invite(
            organisation=company, email="x@exemple.fr", role="owner", invited_by=member.user, now=NOW
        )
    with pytest.raises(services.Refused, match="Seul un propriétaire"):
        services.revoke_invitation(invitation=invitation, actor=member.user, now=NOW)


def test_the_owner_of_another_organisation_revokes_nothing_here(signed_in, person, invitation):
    stranger = person("zoe")
    services.create_organisation(name="Autre", kind=Organisation.Kind.COMPANY, owner=stranger, now=NOW)
    assert signed_in(stranger).post(reverse("invitation_revoke", args=[invitation.pk])).status_code == 404


def test_revoking_twice_is_a_conflict(signed_in, owner, invitation):
    browser = signed_in(owner)
    assert browser.post(reverse("invitation_revoke", args=[invitation.pk])).status_code == 302
    answer = browser.post(reverse("invitation_revoke", args=[invitation.pk]))
    assert answer.status_code == 409
    assert "déjà été annulée" in answer.content.decode()


def test_twenty_invitations_a_day_are_enough(company, owner):
    for number in range(20):
        services.invite(
            organisation=company, email=f"p{number}@exemple.fr", role="member", invited_by=owner, now=NOW
        )
    with pytest.raises(services.Refused, match="20 invitations"):
        services.invite(
            organisation=company, email="trop@exemple.fr", role="member", invited_by=owner, now=NOW
        )
    tomorrow = NOW + timedelta(days=1)
    services.invite(
        organisation=company, email="demain@exemple.fr", role="member", invited_by=owner, now=tomorrow
    )


def test_inviting_one_address_again_and_again_counts_too(company, owner):
    for _ in range(20):
        services.invite(
            organisation=company, email="bea@exemple.fr", role="member", invited_by=owner, now=NOW
        )
    with pytest.raises(services.Refused, match="20 invitations"):
        services.invite(
            organisation=company, email="bea@exemple.fr", role="member", invited_by=owner, now=NOW
        )


def test_a_bad_address_is_told_and_kept(signed_in, owner, company):
    answer = signed_in(owner).post(
        reverse("invitation_send", args=[company.pk]), {"email": "pas une adresse", "role": "member"}
    )
    assert answer.status_code == 200
    assert "pas une adresse" in answer.content.decode()
    assert not Invitation.objects.exists()


@pytest.fixture
def path(signed_in, owner, company, post_bag) -> str:
    """Return the path of the link that bea@exemple.fr received."""
    form = {"email": "bea@exemple.fr", "role": "member"}
    signed_in(owner).post(reverse("invitation_send", args=[company.pk]), form)
    return link_in(post_bag()[-1])


def test_reading_the_invitation_changes_nothing(client, signed_in, person, path, company):
    assert "Rejoindre Cardiolab" in client.get(path).content.decode()
    assert signed_in(person("bea")).get(path).status_code == 200
    assert Invitation.objects.open().count() == 1


def test_a_person_with_an_account_signs_in_and_accepts(client, signed_in, person, path, company):
    bea = person("bea")
    page = client.get(path).context
    answer = client.post(
        reverse("account_login"), {"login": bea.email, "password": PASSWORD, "next": page["here"]}
    )
    assert answer["Location"] == path
    assert client.post(path).status_code == 302
    assert Membership.objects.active().filter(user=bea, organisation=company).exists()


def test_a_newcomer_signs_up_with_the_invited_address_and_lands_back(client, path, company):
    sign_up = client.post(path + "inscription/")["Location"]
    answer = client.post(
        sign_up,
        {
            "full_name": "Béa Martin",
            "email": "mallory@exemple.fr",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "next": path,
        },
    )
    assert answer["Location"] == path
    bea = User.objects.get(email="bea@exemple.fr")
    assert bea.full_name == "Béa Martin"
    client.post(path)
    assert Membership.objects.active().filter(user=bea, organisation=company).exists()


def test_a_stranger_is_told_whom_it_is_for(signed_in, person, path):
    browser = signed_in(person("mallory"))
    assert escape("adressée à bea@exemple.fr") in browser.get(path).content.decode()
    assert browser.post(path).status_code == 409
    assert Invitation.objects.open().count() == 1


def test_an_unknown_token_is_explained(client):
    answer = client.get(reverse("invitation_accept", kwargs={"token": "inconnu"}))
    assert answer.status_code == 410
    assert "n’existe pas ou a été annulée" in answer.content.decode()


def test_a_first_owner_is_one_person_at_a_time(monkeypatch, owner, person):
    tokens = iter(["premier", "second"])
    monkeypatch.setattr("portal.accounts.services.invitations.secrets.token_urlsafe", lambda _: next(tokens))
    empty = Organisation.objects.create(kind=Organisation.Kind.COMPANY, name="Pneumolog")
    for address in ("faute@exemple.fr", "bea@exemple.fr"):
        services.invite_first_owner(organisation=empty, email=address, invited_by=owner, now=NOW)
    with pytest.raises(services.Refused, match="annulée"):
        services.accept_invitation(token="premier", user=person("faute"), now=NOW)
    assert services.accept_invitation(token="second", user=person("bea"), now=NOW).role == "owner"
    with pytest.raises(services.Refused, match="déjà des membres"):
        services.invite_first_owner(organisation=empty, email="x@exemple.fr", invited_by=owner, now=NOW)
    Membership.objects.filter(organisation=empty).update(is_active=False)
    monkeypatch.undo()
    services.invite_first_owner(organisation=empty, email="x@exemple.fr", invited_by=owner, now=NOW)
