"""A simulation becomes a request whole: shareholders, lines repeated, the pieces that can't be given."""

from html import unescape
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from applications.models import Dossier

pytestmark = pytest.mark.django_db

ANSWERS = [
    ("volet", "5"),
    ("device", "dm.IIa"),
    ("holders", "some"),
    *[(f"holder{row}_share", str(row)) for row in range(1, 6)],
    ("holder5_exempt", "on"),
    ("holder5_headcount", "40,5"),
    ("amount_code_audit", "10 000"),
    ("line1_item", "code_audit"),
    ("line1_amount", "2 500,50"),
    ("line1_complexity", "simple"),
    ("line2_item", "travel"),
    ("line2_amount", "300"),
    ("quote_signed", "non"),
    ("doc_tax_return", "cannot"),
]


def test_nothing_of_a_simulation_is_lost(company, signed_in) -> None:
    address = f"{reverse('dossier_start')}?{urlencode(ANSWERS)}"
    opened = signed_in.post(address, {"company": company.pk, "volet": "5"})
    dossier = Dossier.objects.get()

    holders = dossier.company_facts["shareholders"]
    assert [holder["share"] for holder in holders] == ["1", "2", "3", "4", "5"]
    assert holders[4]["exempt_investor"] is True
    assert holders[4]["headcount"] == "40.5"
    quote = dossier.quotes.get()
    assert quote.signed is False
    assert [(line.item, str(line.amount), line.complexity) for line in quote.lines.order_by("position")] == [
        ("code_audit", "10000.00", ""),
        ("code_audit", "2500.50", "simple"),
        ("travel", "300.00", ""),
    ]
    # The reason of an absence is the company's own words: the portal recalls it, and writes none.
    assert not dossier.documents.exists()
    page = unescape(signed_in.get(opened.url).content.decode())
    assert "Pièces annoncées comme impossibles à fournir\u00a0: Liasse fiscale." in page
