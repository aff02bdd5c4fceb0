"""What is kept and told of accounts and organisations: each act leaves one event, and the people concerned a letter."""

from datetime import date

import pytest

from portal.accounts import services
from portal.accounts.models import Membership, MembershipRole
from portal.audit.models import Event
from portal.audit.services import verify
from tests.portal.accounts.conftest import NOW

pytestmark = pytest.mark.django_db


def kept(chain: str) -> list[tuple[str, int | None]]:
    """Return the names and actors of a chain's events, oldest first; the whole journal must verify."""
    assert not verify()
    return list(Event.objects.filter(chain=chain).order_by("sequence").values_list("name", "actor_ref"))


@pytest.fixture
def token(monkeypatch) -> str:
    monkeypatch.setattr("portal.accounts.services.invitations.secrets.token_urlsafe", lambda _: "jeton-connu")
    return "jeton-connu"


def test_the_life_of_an_organisation_is_kept(owner, company, person, token):
    bea = person("bea")
    services.invite(organisation=company, email=bea.email, role="member", invited_by=owner, now=NOW)
    joined = services.accept_invitation(token=token, user=bea, now=NOW)
    services.change_owner(membership=joined, actor=owner, now=NOW)
    services.remove_member(membership=Membership.objects.get(user=owner), actor=owner, now=NOW)
    assert kept(f"organisation:{company.pk}") == [
        ("organisation_created", owner.pk),
        ("invitation_sent", owner.pk),
        ("member_joined", bea.pk),
        ("ownership_handed_over", owner.pk),
        ("member_left", owner.pk),
    ]


def test_a_revoked_invitation_and_a_removal_are_kept(owner, company, member):
    invitation = services.invite(
        organisation=company, email="bea@exemple.fr", role="member", invited_by=owner, now=NOW
    )
    services.revoke_invitation(invitation=invitation, actor=owner, now=NOW)
    services.remove_member(membership=member, actor=owner, now=NOW)
    assert [name for name, _ in kept(f"organisation:{company.pk}")][1:] == [
        "invitation_sent",
        "invitation_revoked",
        "member_removed",
    ]


def test_events_hold_no_name_nor_address_that_could_not_be_erased(owner, company, person, token):
    bea = person("bea")
    services.invite(organisation=company, email=bea.email, role="member", invited_by=owner, now=NOW)
    services.accept_invitation(token=token, user=bea, now=NOW)
    told = " ".join(str(data) for data in Event.objects.values_list("data", flat=True))
    assert not any(word in told for word in ("Bea", "bea@", "Alice", "Cardiolab"))


def test_a_refused_act_leaves_no_event(owner, company):
    with pytest.raises(services.Refused):
        services.remove_member(membership=Membership.objects.get(user=owner), actor=owner, now=NOW)
    assert kept(f"organisation:{company.pk}") == [("organisation_created", owner.pk)]


def test_hand_over_is_told_to_both_once(owner, company, member, post_bag):
    services.change_owner(membership=member, actor=owner, now=NOW)
    letters = {letter.to[0]: letter for letter in post_bag()}
    assert set(letters) == {owner.email, member.user.email}
    assert "vous a transmis la propriété" in letters[member.user.email].body
    assert "Vous en restez membre" in letters[owner.email].body
    assert len(post_bag()) == 2


def test_whoever_is_removed_is_told_and_whoever_leaves_is_not(owner, company, member, person, post_bag):
    leaving = Membership.objects.create(user=person("lea"), organisation=company, role=MembershipRole.MEMBER)
    services.remove_member(membership=leaving, actor=leaving.user, now=NOW)
    services.remove_member(membership=member, actor=owner, now=NOW)
    [letter] = post_bag()
    assert letter.to == [member.user.email]
    assert "n’êtes plus membre" in letter.subject


@pytest.mark.parametrize("still_there", [True, False])
def test_whoever_invited_learns_that_the_person_came_while_a_member(
    company, person, token, post_bag, still_there
):
    bea, owner = person("bea"), Membership.objects.get(organisation=company).user
    services.invite(organisation=company, email=bea.email, role="member", invited_by=owner, now=NOW)
    Membership.objects.filter(user=owner).update(is_active=still_there)
    services.accept_invitation(token=token, user=bea, now=NOW)
    assert [letter.subject for letter in post_bag() if letter.to == [owner.email]] == (
        ["Bea a rejoint Cardiolab"] if still_there else []
    )


def test_the_administrators_acts_are_kept(administrator):
    account = services.create_staff_account(
        email="max@exemple.fr", full_name="Max", staff_role="manager", actor=administrator, now=NOW
    )
    delegation = services.grant_delegation(
        user=account,
        capacity="Directeur",
        valid_from=date(2026, 1, 1),
        valid_until=None,
        actor=administrator,
        now=NOW,
    )
    services.end_delegation(delegation=delegation, actor=administrator, now=NOW)
    services.resend_set_password_link(account=account, actor=administrator, now=NOW)
    services.edit_account(
        account=account, full_name="Max", staff_role="officer", is_active=False, actor=administrator, now=NOW
    )
    assert kept(f"account:{account.pk}") == [
        (name, administrator.pk)
        for name in (
            "account_created",
            "delegation_granted",
            "delegation_ended",
            "password_link_sent",
            "account_edited",
        )
    ]
    edited = Event.objects.get(name="account_edited").data
    assert edited["before"] == {"role": "manager", "active": True}
    assert edited["after"] == {"role": "officer", "active": False}


def test_only_an_administrator_sends_the_link_again(person, administrator):
    with pytest.raises(services.Refused, match="Seul un administrateur"):
        services.resend_set_password_link(account=administrator, actor=person("bob"), now=NOW)
