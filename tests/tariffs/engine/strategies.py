"""Cases of every kind for hypothesis: any field may be unknown, any section absent."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from tariffs import catalogue
from tariffs.engine import facts

ITEMS = list(catalogue.get_edition("2024").codes)
flags = st.sampled_from([True, False, None])
volets = st.sampled_from(facts.VOLETS)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value or None."""
    return st.none() | strategy


def cents(most: int) -> st.SearchStrategy[str]:
    """An amount in euros as a text, odd cents included."""
    return st.integers(0, most * 100).map(lambda value: f"{value // 100}.{value % 100:02d}")


def days(first: str, last: str) -> st.SearchStrategy[str]:
    """ISO days."""
    return st.dates(date.fromisoformat(first), date.fromisoformat(last)).map(str)


money = st.sampled_from(["0", "9999999.99", "10000000", "43000000", "49999999.99", "50000000"]) | cents(10**8)
heads = st.sampled_from([0, 12, 249, "249.99", 250]) | st.integers(0, 600)
shareholders = st.fixed_dictionaries(
    {"share": st.sampled_from([0, 25, "25.01", 50, "50.01", 100]) | cents(100)},
    optional={
        "kind": st.sampled_from(facts.SHAREHOLDER_KINDS),
        "exempt_investor": flags,
        "headcount": maybe(heads),
        "turnover": maybe(money),
        "balance_sheet": maybe(money),
    },
)
companies = st.fixed_dictionaries(
    {},
    optional={
        "legal_form": maybe(st.sampled_from(["1000", "5710", "6540", "9220"])),
        "registered_in": maybe(st.sampled_from(["FR", "RE", "DE"])),
        "created_on": maybe(days("2010-01-01", "2026-01-01")),
        "headcount": maybe(heads),
        "turnover": maybe(money),
        "balance_sheet": maybe(money),
        "equity": maybe(money | money.map(lambda value: f"-{value}")),
        "subscribed_capital": maybe(money),
        "insolvency_proceedings": flags,
        "in_difficulty": flags,
        "tax_and_social_up_to_date": flags,
        "volets_used": maybe(st.lists(volets, max_size=2)),
        "shareholders": maybe(st.lists(shareholders, max_size=2)),
    },
)
kinds = st.one_of(
    st.just({}),
    *(
        st.fixed_dictionaries(
            {"kind": st.just(kind), "risk_class": maybe(st.sampled_from(classes or (None,)))}
        )
        for kind, classes in facts.DEVICE_CLASSES.items()
    ),
)
features = st.fixed_dictionaries(
    {},
    optional={
        "digital_functions": flags,
        "hardware": flags,
        "targets": maybe(st.lists(st.sampled_from(facts.TARGETS), max_size=2)),
        "ce_marking": maybe(st.sampled_from(facts.CE_MARKINGS)),
        "audience": maybe(st.sampled_from(facts.AUDIENCES)),
        "purpose": maybe(st.sampled_from(facts.PURPOSES)),
    },
)
devices = st.builds(lambda kind, feature: kind | feature, kinds, features)
quote_lines = st.fixed_dictionaries(
    {"item": st.sampled_from(ITEMS), "amount": cents(120_000)},
    optional={
        "complexity": maybe(st.sampled_from(facts.COMPLEXITIES)),
        "performed_by": maybe(st.sampled_from(facts.PERFORMERS)),
    },
)
quotes = st.fixed_dictionaries({"lines": st.lists(quote_lines, max_size=5)}, optional={"signed": flags})
experts = st.fixed_dictionaries(
    {},
    optional={
        "accredited_volets": st.lists(volets, max_size=3),
        "derogation": st.sampled_from(facts.DEROGATIONS),
        "passi": maybe(
            st.fixed_dictionaries(
                {
                    "valid_from": days("2025-01-01", "2026-02-01"),
                    "valid_until": days("2025-01-01", "2027-01-01"),
                },
                optional={"scopes": st.lists(st.sampled_from(facts.PASSI_SCOPES), max_size=3)},
            )
        ),
    },
)
documents = st.lists(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(facts.DOCUMENT_KINDS)},
        optional={"issued_on": maybe(days("2025-06-01", "2026-01-01")), "covers": st.just(["tax"])},
    )
    | st.fixed_dictionaries(
        {"kind": st.sampled_from(facts.DOCUMENT_KINDS), "absent_because": st.just("perdu")}
    ),
    max_size=4,
)
declarations = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("training_not_cumulated", "business_model_defined", "medical_committee"), flags),
)
cases = st.fixed_dictionaries(
    {"on": st.just("2026-01-01"), "volet": volets, "edition": st.sampled_from(["2023", "2024"])},
    optional={
        "stage": st.sampled_from(facts.STAGES),
        "company": companies,
        "device": devices,
        "declarations": declarations,
        "expert": maybe(experts),
        "quote": maybe(quotes),
        "documents": maybe(documents),
        "validated_on": maybe(days("2023-01-01", "2026-01-01")),
        "contract_signed_on": maybe(days("2024-10-01", "2026-01-01")),
    },
)
priced_devices = st.sampled_from(
    [
        *({"kind": "dm", "risk_class": risk_class} for risk_class in ("IIa", "IIb", "III")),
        *({"kind": "dmdiv", "risk_class": risk_class} for risk_class in "BCD"),
    ]
)
priced_cases = st.fixed_dictionaries(
    {
        "on": st.just("2026-01-01"),
        "volet": volets,
        "device": priced_devices,
        "quote": st.fixed_dictionaries({"lines": st.lists(quote_lines, min_size=1, max_size=6)}),
    },
).flatmap(
    lambda case: st.sampled_from(["2023", "2024"] if case["volet"] <= 3 else ["2024"]).map(
        lambda edition: case | {"edition": edition}
    )
)
