"""Several persons at once: one of them wins, the others are refused in French, on PostgreSQL's real locks."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.db.models import QuerySet

from portal.accounts import services
from portal.accounts.models import Invitation, Membership, MembershipRole, Organisation, User
from tests.portal.accounts.conftest import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS = 20


def at_once(act: Callable[[int], object], threads: int = THREADS) -> list[object]:
    """Run `act` in threads that start together; return each one's result or the exception it raised."""
    results: list[object] = [None] * threads
    start = Barrier(threads)

    def run(number: int) -> None:
        try:
            start.wait()
            results[number] = act(number)
        except Exception as error:  # noqa: BLE001 whatever came is what the test looks at
            results[number] = error
        finally:
            connection.close()

    workers = [Thread(target=run, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results


@pytest.fixture(params=[True, pytest.param(False, marks=pytest.mark.twin)], ids=["locked", "lock_off"])
def locked(request, monkeypatch):
    """Run the race with the locks, then its twin without them."""
    if not request.param:
        monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self.all())
    return request.param


def _spend_once(token: str, user: User) -> list[object]:
    results = at_once(lambda _: services.accept_invitation(token=token, user=user, now=NOW))
    return [result for result in results if isinstance(result, Membership)]


def test_an_invitation_accepted_twenty_times_at_once_is_used_once(
    locked, owner, company, person, monkeypatch
):
    monkeypatch.setattr("portal.accounts.services.invitations.secrets.token_urlsafe", lambda _: "jeton")
    services.invite(organisation=company, email="bea@exemple.fr", role="member", invited_by=owner, now=NOW)
    winners = _spend_once("jeton", person("bea"))
    assert len(winners) == 1 if locked else len(winners) > 1
    assert Invitation.objects.filter(accepted_at__isnull=False).count() == 1


def test_two_owners_leaving_at_once_never_leave_the_organisation_alone(owner, company, person):
    other = Membership.objects.create(user=person("otto"), organisation=company, role=MembershipRole.OWNER)
    mine = Membership.objects.get(user=owner, organisation=company)
    pair = [(mine, owner), (other, other.user)]

    def leave(number: int) -> str:
        membership, actor = pair[number]
        services.remove_member(membership=membership, actor=actor, now=NOW)
        return "left"

    results = at_once(leave, threads=2)
    assert sorted(type(result).__name__ for result in results) == ["Refused", "str"]
    assert Membership.objects.owners().filter(organisation=company).count() == 1


def test_a_code_answered_twenty_times_at_once_is_used_once(owner):
    act = {"purpose": "sign_contract", "subject": "contract:42"}
    code = services.issue_code(user=owner, **act, now=NOW)
    results = at_once(lambda _: services.use_code(user=owner, **act, code=code, now=NOW))
    assert results.count(True) == 1
    assert results.count(False) == THREADS - 1


def test_two_administrators_never_close_each_other(administrator, person):
    other = person("reine", staff_role="administrator")
    pair = [(administrator, other), (other, administrator)]

    def close(number: int) -> User:
        actor, account = pair[number]
        return services.edit_account(
            account=account,
            full_name=account.full_name,
            staff_role="administrator",
            is_active=False,
            actor=actor,
            now=NOW,
        )

    at_once(close, threads=2)
    assert User.objects.filter(staff_role="administrator", is_active=True).count() == 1


def test_one_person_never_ends_up_both_bpifrance_and_company(administrator, person):
    zoe = person("zoe")

    def join_or_hire(number: int) -> object:
        if number % 2:
            return services.create_organisation(name="O", kind=Organisation.Kind.COMPANY, owner=zoe, now=NOW)
        return services.edit_account(
            account=zoe, full_name="Zoé", staff_role="officer", is_active=True, actor=administrator, now=NOW
        )

    at_once(join_or_hire)
    zoe.refresh_from_db()
    assert bool(zoe.staff_role) != Membership.objects.active().filter(user=zoe).exists()
