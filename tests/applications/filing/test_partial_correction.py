"""A completion opens what it names and nothing else; its answer shows what it changed, before and after."""

import pytest
from django.urls import reverse

from applications.models import CompletionRequest, Dossier
from applications.services import filing
from applications.services.filing_differences import differences
from applications.steps import BY_SLUG
from applications.workflow.refusals import Refused
from portal import clock
from portal.audit.models import Event
from tests.applications.factories import ExpertFirmFactory
from tests.applications.filing.conftest import form_data
from tests.applications.journeys import Journey

pytestmark = pytest.mark.django_db

# Another value for every input of every step, as a forger or an old page would send it.
OTHER = {
    "entreprise": {
        "legal_form": "5499",
        "registered_in": "DE",
        "created_on": "2019-02-03",
        "headcount": "99",
        "turnover": "1",
        "balance_sheet": "2",
        "equity": "3",
        "subscribed_capital": "4",
        "insolvency_proceedings": "oui",
        "in_difficulty": "oui",
        "tax_and_social_up_to_date": "non",
        "shareholders": {"has_holders": "some", "holder0_share": "30", "holder0_name": "Fonds"},
    },
    "dispositif": {
        "name": "Autre nom",
        "description": "Autre description",
        "kind": "dmdiv",
        "risk_class": "III",
        "digital_functions": "non",
        "hardware": "non",
        "targets": "none",
        "ce_marking": "obtained",
        "audience": "patients",
        "purpose": "prevention",
    },
    "volet": {"items": "qms_audit"},
    "expert": {"firm": "", "reason": "Une raison assez longue pour être lue."},
    "devis": {"lines": {"line0_amount": "1"}, "issued_on": "2020-01-01", "signed": "oui"},
    "declarations": {},
}
FIELDS = [(step, target) for step, targets in OTHER.items() for target in targets]


def asked(*items):
    """Return the journey of a request of which these (step, target) are to be mended."""
    journey = Journey().to("under_review")
    named = [
        {"step": step, "target": target, "reason": f"À revoir : {target or step}."} for step, target in items
    ]
    journey.act("request_completion", journey.officer, items=named, message="Merci.")
    return journey


def trace(dossier):
    """Return all that a write could have left."""
    fresh = Dossier.objects.get(pk=dossier.pk)
    quotes = [(quote.issued_on, quote.signed, list(quote.lines.values())) for quote in fresh.quotes.all()]
    device = fresh.device and (fresh.device.name, fresh.device.description, fresh.device.facts)
    return (
        fresh.revision,
        fresh.version,
        fresh.company_facts,
        fresh.device_facts,
        fresh.declarations,
        fresh.commitments,
        fresh.firm_id,
        fresh.company.facts,
        device,
        quotes,
        fresh.draft_steps.count(),
        fresh.presences.count(),
        Event.objects.filter(chain=fresh.chain).count(),
    )


def sent(form, target, value):
    """Return the forged inputs of one target, {} where the page has no such input."""
    inputs = value if isinstance(value, dict) else {target: value}
    return {name: text for name, text in inputs.items() if name in form.fields or name.startswith("holder")}


class TestSealed:
    @pytest.mark.parametrize(("step", "target"), FIELDS)
    def test_every_field_not_named_is_refused_without_trace(self, client, step, target):
        named = (
            ("entreprise", "turnover")
            if (step, target) == ("entreprise", "equity")
            else ("entreprise", "equity")
        )
        journey = asked(named)
        client.force_login(journey.owner)
        url = reverse("filing_step", args=[journey.dossier.pk, step])
        page = client.get(url)
        data = form_data(page) | sent(page.context["form"], target, OTHER[step][target])
        before = trace(journey.dossier)
        for more in ({}, {"autosave": "1"}):
            response = client.post(url, data | more)
            assert response.status_code == 422
            assert "pas à compléter" in response.content.decode()
            assert trace(journey.dossier) == before

    @pytest.mark.parametrize(("step", "target"), [one for one in FIELDS if one[0] in {"entreprise", "devis"}])
    def test_what_is_named_is_open_with_its_reason(self, client, step, target):
        journey = asked((step, target))
        client.force_login(journey.owner)
        page = client.get(reverse("filing_step", args=[journey.dossier.pk, step]))
        form = page.context["form"]
        open_targets = {form.target_of(name) for name, one in form.fields.items() if not one.disabled}
        assert open_targets == {target}
        assert page.content.decode().count(f"À revoir : {target}.") == 2
        assert "Accepté" in page.content.decode()

    def test_the_expert_and_the_quote_s_file_stay_sealed(self, client):
        journey = asked(("entreprise", "equity"))
        client.force_login(journey.owner)
        url = reverse("filing_step", args=[journey.dossier.pk, "expert"])
        before = trace(journey.dossier)
        response = client.post(url, form_data(client.get(url)) | {"firm": str(ExpertFirmFactory().pk)})
        assert response.status_code == 422
        assert trace(journey.dossier) == before

    def test_the_whole_step_opens_when_no_field_is_named(self, client):
        journey = asked(("devis", ""))
        client.force_login(journey.owner)
        form = client.get(reverse("filing_step", args=[journey.dossier.pk, "devis"])).context["form"]
        assert not any(one.disabled for one in form.fields.values())


class TestDifferences:
    @pytest.fixture
    def answered(self, client):
        """Equity mended, the quote left as it was."""
        journey = asked(("entreprise", "equity"), ("devis", "lines"))
        client.force_login(journey.owner)
        url = reverse("filing_step", args=[journey.dossier.pk, "entreprise"])
        client.post(url, form_data(client.get(url)) | {"equity": "412 000,50"})
        return journey

    def test_the_company_reads_them_before_it_files(self, answered, client):
        page = client.get(reverse("filing_step", args=[answered.dossier.pk, "relecture"]))
        rows = page.context["differences"]
        assert [(row["label"], row["reasons"]) for row in rows] == [
            (BY_SLUG["entreprise"].targets["equity"], ["À revoir : equity."]),
            (BY_SLUG["devis"].targets["lines"], ["À revoir : lines."]),
        ]
        assert rows[0]["after"] == ["412\u202f000,50\u00a0€"]
        assert "Sans changement" in page.content.decode()

    def test_the_officer_reads_them_with_the_reason_after(self, answered, client):
        answered.dossier.refresh_from_db()
        answered.act("resubmit", answered.owner, expected_revision=answered.dossier.revision)
        request = CompletionRequest.objects.get(dossier=answered.dossier)
        assert [(one["step"], one["target"]) for one in request.differences] == [("entreprise", "equity")]
        client.force_login(answered.officer)
        page = client.get(reverse("officer_dossier", args=[answered.dossier.pk])).content.decode()
        assert "Ce que le complément a changé" in page
        assert "412\u202f000,50\u00a0€" in page
        assert "À revoir : equity." in page

    def test_they_stay_what_they_were_after_a_later_completion(self, answered):
        answered.dossier.refresh_from_db()
        answered.act("resubmit", answered.owner, expected_revision=answered.dossier.revision)
        items = [{"step": "entreprise", "target": "turnover", "reason": "Autre point."}]
        answered.act("request_completion", answered.officer, items=items, message="")
        first = CompletionRequest.objects.get(dossier=answered.dossier, answered_at__isnull=False)
        assert [one["after"] for one in first.differences] == ["412000.50"]

    def test_a_piece_is_compared_by_its_file(self):
        old = {"pieces": {"quote": [{"key": 1, "name": "a.pdf"}]}}
        new = {"pieces": {"quote": [{"key": 2, "name": "b.pdf"}]}}
        assert [one["target"] for one in differences(old, new)] == ["quote"]
        assert differences(old, old) == []


class TestTaskList:
    def test_the_due_date_and_the_days_left_are_told(self, client):
        journey = asked(("entreprise", "equity"))
        client.force_login(journey.owner)
        page = client.get(reverse("filing_tasks", args=[journey.dossier.pk]))
        due_on = CompletionRequest.objects.get().due_on
        assert page.context["days_left"] == (due_on - clock.today()).days
        assert f"il vous reste {page.context['days_left']} jours" in page.content.decode()

    def test_what_the_verdict_lacks_is_named_with_its_task(self, dossier, signed_in):
        dossier.documents.all().delete()
        page = signed_in.get(reverse("filing_tasks", args=[dossier.pk]))
        assert {one["step"] for one in page.context["lacking"]} == {"pieces"}
        link = reverse("filing_step", args=[dossier.pk, "pieces"])
        assert page.content.decode().count(f'href="{link}"') >= 2
        assert "Il manque encore" in page.content.decode()

    def test_a_failing_rule_says_what_would_change_it(self, dossier, signed_in):
        facts = {**dossier.company_facts, "tax_and_social_up_to_date": False}
        Dossier.objects.filter(pk=dossier.pk).update(company_facts=facts)
        page = signed_in.get(reverse("filing_tasks", args=[dossier.pk])).content.decode()
        assert "Ce qui changerait la réponse" in page


class TestUseCases:
    """The use cases refuse by themselves what a completion leaves sealed, whatever page asks."""

    def writes(self, journey):
        dossier = Dossier.objects.get(pk=journey.dossier.pk)
        quote = dossier.quotes.get()
        lines = [{"item": line.item, "amount": line.amount} for line in quote.lines.all()]
        stand = {"actor": journey.owner, "expected_revision": dossier.revision, "today": clock.today()}
        dated = {"lines": lines, "issued_on": quote.issued_on, "signed": quote.signed}
        device = {"facts": dossier.device_facts, "device": dossier.device, "name": dossier.device.name}
        device["description"] = dossier.device.description
        return {
            "issued_on": lambda: filing.save_quote_lines(dossier, **stand, **dated | {"issued_on": None}),
            "signed": lambda: filing.save_quote_lines(dossier, **stand, **dated | {"signed": True}),
            "lines": lambda: filing.save_quote_lines(dossier, **stand, **dated | {"lines": lines * 2}),
            "name": lambda: filing.save_device(dossier, **stand, **device | {"name": "Autre"}),
            "description": lambda: filing.save_device(dossier, **stand, **device | {"description": "Autre"}),
            "items": lambda: filing.confirm_volet(dossier, **stand, items=[], confirmed=True),
        }

    @pytest.mark.parametrize("target", ["issued_on", "signed", "lines", "name", "description", "items"])
    def test_each_refuses_what_is_not_named(self, target):
        other = ("devis", "lines") if target != "lines" else ("devis", "issued_on")
        journey = asked(other, ("dispositif", "ce_marking"))
        before = trace(journey.dossier)
        with pytest.raises(Refused, match="pas à compléter"):
            self.writes(journey)[target]()
        assert trace(journey.dossier) == before
