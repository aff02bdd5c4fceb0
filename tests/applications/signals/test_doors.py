"""What the signals cost, who may read them, and that nobody else ever does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Letter, Quote, QuoteLine
from applications.services.signals import reading
from portal import clock
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.officer.conftest import signed_in
from tests.applications.signals.builders import DESCRIPTION, RIVAL, accepted, change, describe, pair, past_of

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[3]
# Session, person and dossier included, for a dossier with a closure.
MOST_QUERIES = 20


def address(journey: Journey) -> str:
    return reverse("dossier_signals", args=[journey.dossier.pk])


def test_many_rows_cost_the_queries_of_few(django_assert_max_num_queries: Any) -> None:
    ours, theirs = pair("closure_submitted")
    firm = ours.mission.firm
    for journey in (ours, theirs):
        describe(journey, DESCRIPTION)
    theirs.mission.invoices.filter(addressee="company").update(
        number=ours.mission.invoices.order_by("pk")[0].number
    )
    client = signed_in(ours.officer)
    client.get(address(ours))
    with django_assert_max_num_queries(MOST_QUERIES) as few:
        client.get(address(ours))
    for amount in range(20):
        accepted(str(9000 + amount))
        change(firm, clock.today())
        firm.consultants.create(full_name=f"Consultant Numéro{amount}")
        f.MembershipFactory(organisation=firm.organisation)
    for _ in range(3):
        more = Journey(firm=firm).to("closure_submitted")
        describe(more, DESCRIPTION)
    with django_assert_max_num_queries(len(few.captured_queries)):
        page = client.get(address(ours)).content.decode()
    assert page.count("DM-") > 6


def test_past_prices_stop_at_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey().to("under_review")
    lines = Quote.objects.get(dossier=journey.dossier).lines
    lines.filter(item="qms_training").delete()
    for amount in range(8):
        accepted(str(9000 + amount), on=clock.today() - timedelta(days=amount))
    monkeypatch.setattr(reading, "MOST_PAST", 6)
    assert past_of(journey) == [Decimal(9000 + amount) for amount in range(6)]


def test_the_page_stands_alone_and_as_a_fragment_and_writes_nothing() -> None:
    journey = Journey(volet=5).to("under_review")
    QuoteLine.objects.filter(quote__dossier=journey.dossier).update(complexity="simple")
    client = signed_in(journey.officer)
    whole = client.get(address(journey)).content.decode()
    part = client.get(address(journey), headers={"HX-Request": "true"}).content.decode()
    for page in (whole, part):
        assert "Prix éloigné du prix indicatif" in page
        assert "À vérifier" in page
    assert "<html" in whole
    assert "<html" not in part
    dossier_page = client.get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    assert address(journey) in dossier_page
    assert "Prix éloigné" not in dossier_page


def outside(journey: Journey) -> Iterator[tuple[str, int, str]]:
    """Give, for each person of the company and of the firm, what the pages about the dossier answer."""
    pages = (
        address(journey),
        reverse("company_dossier", args=[journey.dossier.pk]),
        reverse("mission_detail", args=[journey.mission.pk]),
        reverse("home"),
        reverse("expert_home"),
    )
    for user in (journey.owner, journey.expert):
        client = Client()
        client.force_login(user)
        for page in pages:
            answer = client.get(page)
            yield page, answer.status_code, answer.content.decode()


def test_neither_the_company_nor_the_firm_reads_any_of_it_nor_do_letters() -> None:
    ours, _ = pair("closure_submitted")
    for amount in ("7300.00", "7311.11", "7322.22", "7333.33", "7344.44", "7355.55"):
        accepted(amount)
    ours.mission.firm.consultants.create(full_name=ours.owner.full_name)
    ours.to("payment_approved")
    told = signed_in(ours.officer).get(address(ours)).content.decode()
    canaries = ("Prix éloigné", "Même rapport final", "Une même personne", "333,33", RIVAL)
    assert [canary for canary in canaries if canary not in told] == []
    read = 0
    for page, status, content in outside(ours):
        assert (status == 200) is not (page == address(ours)) or status in {403, 404}, page
        read += status == 200
        seen = content if page != reverse("expert_home") else content.replace(RIVAL, "")
        assert not [canary for canary in canaries if canary in seen], page
    assert read >= 3
    for letter in Letter.objects.filter(dossier=ours.dossier):
        assert not [canary for canary in canaries if canary in str(letter.__dict__)]


def test_only_the_desks_page_knows_the_signals() -> None:
    """Letters, exports, the company's and the firm's pages can't say what they never import."""
    # What writes marks tells nothing.
    open_to_all = {f"applications.services.signals.{name}" for name in ("marks", "marking")}
    knowing = set()
    for room in ("applications", "diagdm", "experts", "portal", "tariffs"):
        for path in (ROOT / room).rglob("*.py"):
            if "services/signals" in path.as_posix():
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                module = node.module if isinstance(node, ast.ImportFrom) else None
                if (
                    module
                    and module.startswith("applications.services.signals")
                    and module not in open_to_all
                ):
                    knowing.add(path.relative_to(ROOT).as_posix())
    assert knowing == {"applications/views/officer_beside.py"}
