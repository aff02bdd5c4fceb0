"""What a mission is finally worth, item by item: what was contracted, what others settled, what was audited in time."""

from datetime import date
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest

from applications.services import settlement as s
from applications.services.payments.due import Due, amount_of, due_of
from tests.applications.workflow.given import one

FROM, UNTIL = date(2026, 3, 1), date(2026, 3, 31)


def euros(**amounts: str) -> dict[str, Decimal]:
    """Return amounts by item."""
    return {item: Decimal(amount) for item, amount in amounts.items()}


class Rows(list[Any]):
    """The rows of a relation."""

    def all(self) -> "Rows":
        return self


def quote(pk: int, *lines: tuple[str, str], firm: int = 1, accepted: bool = True) -> Any:
    """Return the version number `pk` of a quote."""
    return one(
        pk=pk,
        number=pk,
        firm_id=firm,
        accepted_on=FROM if accepted else None,
        lines=Rows(one(item=item, amount=Decimal(amount)) for item, amount in lines),
    )


def dossier(
    *quotes: Any, volet: int = 1, replacing: tuple[int, ...] = (), amending: tuple[int, ...] = ()
) -> Any:
    """Return a dossier with these quotes; some came with a replacing expert, some with an amendment of lines."""
    amendments = [one(quote_id=pk, mission_id=9) for pk in replacing]
    amendments += [one(quote_id=pk, mission_id=None) for pk in amending]
    return one(
        quotes=Rows(quotes),
        amendments=Rows(amendments),
        missions=Rows(),
        edition="2024",
        volet=volet,
        device_kind="dm",
        device_class="IIa",
    )


def mission(of: Any, pk: int = 1, *, is_current: bool = True, state: str = "work_done", **more: Any) -> Any:
    """Return a mission of a dossier."""
    made = one(pk=pk, dossier=of, is_current=is_current, state=state, firm_id=1, settled_lines=[])
    made.delivered_lines = Rows()
    vars(made).update(more)
    of.missions.append(made)
    return made


def delivered(item: str, amount: str, start: date | None = FROM, end: date | None = UNTIL) -> Any:
    return one(item=item, delivered=Decimal(amount), audited_from=start, audited_until=end)


def settled(of: Any) -> dict[str, Any]:
    """Return the settlement of a mission under the dossier's latest quote."""
    with mock.patch.object(s, "latest_quote", lambda found: found.quotes[-1]):
        return s.settlement_of(of)


# --- What was contracted ---------------------------------------------------------------------------
def test_the_lines_of_an_item_add_up() -> None:
    found = s.contracted_amounts(
        quote(1, ("qms_support", "100.00"), ("travel", "5"), ("qms_support", "0.01"))
    )
    assert found == euros(qms_support="100.01", travel="5.00")
    assert s.contracted_amounts(None) == {}


@pytest.mark.parametrize(
    ("whole", "before", "after", "expected"),
    [
        ({}, {}, {"a": "10.00"}, {"a": "10.00"}),
        ({"a": "10.00"}, {"a": "10.00"}, {"a": "4.00"}, {"a": "4.00"}),
        ({"a": "10.00"}, {"a": "4.00"}, {"a": "3.00"}, {"a": "9.00"}),
        ({"a": "1.00"}, {"a": "4.00"}, {"a": "3.00"}, {"a": "3.00"}),
        ({"a": "10.00"}, {}, {"b": "5.00"}, {"a": "10.00", "b": "5.00"}),
        ({"a": "10.00"}, {"a": "10.00"}, {}, {"a": "0.00"}),
    ],
)
def test_an_amendment_moves_the_whole_by_what_it_changes(
    whole: dict[str, str], before: dict[str, str], after: dict[str, str], expected: dict[str, str]
) -> None:
    assert s.shifted(euros(**whole), euros(**before), euros(**after)) == euros(**expected)


def test_a_replacing_quote_adds_nothing_and_a_quote_not_accepted_counts_for_nothing() -> None:
    first = quote(1, ("qms_support", "1000.00"))
    shared = quote(2, ("qms_support", "400.00"), firm=2)
    amended = quote(3, ("qms_support", "300.00"), firm=2)
    refused = quote(4, ("qms_support", "9000.00"), accepted=False)
    assert s.contracted_by_dossier(dossier(first)) == euros(qms_support="1000.00")
    assert s.contracted_by_dossier(dossier(first, shared, replacing=(2,))) == euros(qms_support="1000.00")
    # An amendment that takes 100 off the replacing quote takes 100 off the whole.
    amended_dossier = dossier(refused, amended, shared, first, replacing=(2,), amending=(3,))
    assert s.contracted_by_dossier(amended_dossier) == euros(qms_support="900.00")


def test_a_replaced_firm_works_under_its_own_latest_accepted_quote() -> None:
    mine, newer = quote(1, ("qms_support", "10")), quote(2, ("qms_support", "20"))
    theirs = quote(3, ("qms_support", "30"), firm=2)
    draft = quote(4, ("qms_support", "40"), accepted=False)
    whole = dossier(newer, mine, theirs, draft)
    assert s.quote_of(mission(whole, is_current=False)) is newer
    assert s.quote_of(mission(dossier(theirs, draft), is_current=False)) is None
    with mock.patch.object(s, "latest_quote", return_value=theirs):
        assert s.quote_of(mission(whole)) is theirs


def test_what_the_others_settled_counts_once_their_payment_is_approved() -> None:
    whole = dossier(quote(1, ("qms_support", "1000.00")))
    mine = mission(whole, 1, settled_lines=[{"item": "qms_support", "eligible": "7.00"}], state="paid")
    for pk, state in ((2, "payment_approved"), (3, "paid"), (4, "closure_submitted")):
        mission(whole, pk, state=state, settled_lines=[{"item": "qms_support", "eligible": f"{10**pk}.00"}])
    assert s.already_settled(mine) == euros(qms_support="1100.00")


# --- The settlement --------------------------------------------------------------------------------
def test_a_mission_is_paid_half_of_what_was_delivered_within_what_was_contracted() -> None:
    whole = dossier(quote(1, ("qms_support", "1000.00"), ("travel", "50.00")))
    lines = Rows(
        [delivered("qms_support", "1200.00"), delivered("travel", "50.00"), delivered("other", "1.00")]
    )
    found = settled(mission(whole, delivered_lines=lines))
    assert [
        (line["item"], line["ceiling"], line["contracted"], line["eligible"]) for line in found["lines"]
    ] == [
        ("qms_support", Decimal(40000), Decimal("1000.00"), Decimal("1000.00")),
        ("travel", None, Decimal("50.00"), Decimal("0.00")),
        ("other", None, Decimal("0.00"), Decimal("0.00")),
    ]
    assert found["eligible_total"] == Decimal("1000.00")
    assert (found["bpifrance_share"], found["company_share"]) == (Decimal("500.00"), Decimal("751.00"))


def test_both_missions_together_stay_within_the_contract_and_the_ceiling() -> None:
    first, second = quote(1, ("qms_support", "50000.00")), quote(2, ("qms_support", "45000.00"), firm=2)
    whole = dossier(first, second, replacing=(2,))
    mission(whole, 1, state="paid", settled_lines=[{"item": "qms_support", "eligible": "15000.00"}])
    new = mission(whole, 2, delivered_lines=Rows([delivered("qms_support", "45000.00")]))
    with mock.patch.object(s, "latest_quote", return_value=second):
        # Its own 45 000 on top of the 15 000 settled, never above the 50 000 contracted.
        assert s.contracted_for(new) == euros(qms_support="50000.00")
    (line,) = settled(new)["lines"]
    # The ceiling of 40 000 leaves 25 000 where 15 000 were settled.
    assert (line["already_settled"], line["eligible"]) == (Decimal("15000.00"), Decimal("25000.00"))


def test_a_new_firm_is_paid_its_own_quote_at_most() -> None:
    first, second = quote(1, ("qms_support", "30000.00")), quote(2, ("qms_support", "4000.00"), firm=2)
    whole = dossier(first, second, replacing=(2,))
    mission(whole, 1, state="paid", settled_lines=[{"item": "qms_support", "eligible": "10000.00"}])
    new = mission(whole, 2, delivered_lines=Rows([delivered("qms_support", "9000.00")]))
    assert settled(new)["eligible_total"] == Decimal("4000.00")


class Certificates:
    """The PASSI certificates of firm 1: one of code audits, valid in March 2026."""

    def filter(self, *, firm_id: int) -> "Certificates":
        self.firm_id = firm_id
        return self

    def valid(self, day: date) -> list[Any]:
        held = self.firm_id == 1 and FROM <= day <= UNTIL
        return [one(scopes=[s.SCOPE_OF_ITEM["code_audit"]]), one(scopes=[])] if held else []


@pytest.mark.parametrize(
    ("item", "start", "end", "counts"),
    [
        ("code_audit", FROM, UNTIL, True),
        ("code_audit", date(2026, 2, 28), UNTIL, False),
        ("code_audit", FROM, date(2026, 4, 1), False),
        ("code_audit", None, UNTIL, False),
        ("code_audit", FROM, None, False),
        ("penetration_test", FROM, UNTIL, False),
    ],
)
def test_an_audit_outside_its_passi_validity_counts_for_nothing(
    item: str, start: date | None, end: date | None, counts: bool
) -> None:
    whole = dossier(quote(1, (item, "800.00")), volet=5)
    found = mission(whole, delivered_lines=Rows([delivered(item, "800.00", start, end)]))
    with mock.patch.object(s, "PassiCertificate", one(objects=Certificates())):
        assert settled(found)["eligible_total"] == (Decimal("800.00") if counts else 0)


@pytest.mark.parametrize(("volet", "item"), [(4, "cybersecurity_strategy"), (5, "travel"), (1, "code_audit")])
def test_what_is_no_audit_of_volet_5_needs_no_certificate(volet: int, item: str) -> None:
    whole = dossier(quote(1, (item, "800.00")), volet=volet)
    found = mission(whole, delivered_lines=Rows([delivered(item, "800.00", None, None)]))
    assert [line["audit_valid"] for line in settled(found)["lines"]] == [True]


def test_a_device_without_class_has_its_ceilings() -> None:
    whole = dossier(quote(1, ("cybersecurity_strategy", "20000.00")), volet=4)
    whole.device_kind, whole.device_class = "digital_solution", ""
    found = mission(whole, delivered_lines=Rows([delivered("cybersecurity_strategy", "20000.00")]))
    assert settled(found)["eligible_total"] == Decimal("15000.00")


# --- What is transferred ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("regime", "vat", "amount"),
    [
        ("standard", "20.00", "120.00"),
        ("standard", "0.00", "120.00"),
        ("franchise_293B", "0.00", "100.00"),
        ("franchise_293B", "0.01", "120.00"),
        ("reverse_charge", "0.00", "100.00"),
        ("reverse_charge", "20.00", "120.00"),
    ],
)
def test_the_ttc_is_paid_where_the_invoice_bears_vat(regime: str, vat: str, amount: str) -> None:
    invoice: Any = one(ht=Decimal("100.00"), vat=Decimal(vat), ttc=Decimal("120.00"), number="F-1")
    assert amount_of(invoice, regime) == Decimal(amount)

    def get(*, addressee: str, replaced_at__isnull: bool) -> Any:
        assert (addressee, replaced_at__isnull) == ("bpifrance", True)
        return invoice

    found: Any = one(invoices=one(get=get), firm=one(vat_regime=regime))
    assert due_of(found) == Due(Decimal("100.00"), Decimal(amount), "F-1")
