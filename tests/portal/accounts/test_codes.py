"""One-time codes: one act, one subject, ten minutes, five attempts, one use."""

from datetime import timedelta

import pytest

from portal.accounts import services
from portal.accounts.models import OneTimeCode
from tests.portal.accounts.conftest import NOW

pytestmark = pytest.mark.django_db
ACT = {"purpose": "sign_contract", "subject": "contract:42"}


@pytest.fixture
def code(owner) -> str:
    """Return a code just issued to `owner`."""
    return services.issue_code(user=owner, **ACT, now=NOW)


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_right_code_is_accepted_once(owner, code):
    assert services.use_code(user=owner, **ACT, code=code, now=NOW)
    assert not services.use_code(user=owner, **ACT, code=code, now=NOW)


def test_spaces_in_what_is_typed_do_not_matter(owner, code):
    assert services.use_code(user=owner, **ACT, code=f" {code[:3]} {code[3:]} ", now=NOW)


def test_a_code_has_six_digits_and_is_stored_as_a_hash(code):
    assert len(code) == 6
    assert code.isdigit()
    assert code not in OneTimeCode.objects.get().code_hash


@pytest.mark.parametrize(
    ("age", "accepted"), [(timedelta(seconds=599), True), (timedelta(minutes=10), False)]
)
def test_a_code_lives_ten_minutes(owner, code, age, accepted):
    assert services.use_code(user=owner, **ACT, code=code, now=NOW + age) is accepted


def test_the_fifth_wrong_answer_kills_the_code(owner, code):
    for _ in range(5):
        assert not services.use_code(user=owner, **ACT, code=_wrong(code), now=NOW)
    assert not services.use_code(user=owner, **ACT, code=code, now=NOW)


def test_four_wrong_answers_leave_one(owner, code):
    for _ in range(4):
        services.use_code(user=owner, **ACT, code=_wrong(code), now=NOW)
    assert services.use_code(user=owner, **ACT, code=code, now=NOW)


@pytest.mark.parametrize(
    "other", [{**ACT, "purpose": "change_iban"}, {**ACT, "subject": "contract:43"}], ids=["act", "subject"]
)
def test_a_code_is_for_one_act_on_one_subject(owner, code, other):
    assert not services.use_code(user=owner, **other, code=code, now=NOW)


def test_a_code_is_for_one_person(code, person):
    assert not services.use_code(user=person("mallory"), **ACT, code=code, now=NOW)


def test_a_new_code_replaces_the_former(owner, code):
    new = services.issue_code(user=owner, **ACT, now=NOW + timedelta(minutes=1))
    if new != code:
        assert not services.use_code(user=owner, **ACT, code=code, now=NOW + timedelta(minutes=1))
    assert services.use_code(user=owner, **ACT, code=new, now=NOW + timedelta(minutes=1))


def test_five_codes_in_a_quarter_of_an_hour_are_enough(owner):
    for number in range(5):
        services.issue_code(user=owner, purpose="sign_contract", subject=f"contract:{number}", now=NOW)
    with pytest.raises(services.Refused, match="quart d’heure"):
        services.issue_code(user=owner, **ACT, now=NOW + timedelta(minutes=14, seconds=59))
    services.issue_code(user=owner, **ACT, now=NOW + timedelta(minutes=15))


@pytest.mark.parametrize("typed", ["", "abcdef", "\x00", "１２３４５６", "0" * 5000])
def test_nonsense_is_only_wrong(owner, code, typed):
    assert not services.use_code(user=owner, **ACT, code=typed, now=NOW)
