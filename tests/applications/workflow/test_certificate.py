"""The certificate of service done: word for word what the officer checked, frozen on the day, void once it changes."""

import pytest

from applications.models import ServiceCertificate
from applications.services.payments.certificate import content_of, void
from portal import clock
from portal.notifications.models import Outbox
from tests.applications.journeys import Journey

pytestmark = pytest.mark.django_db


def checked() -> Journey:
    journey = Journey().to("closure_submitted")
    journey.act("confirm_restitution", journey.owner, restitution_on=journey.today)
    return journey


def test_it_says_what_was_checked() -> None:
    journey = checked()
    journey.act("certify_service", journey.officer)
    certificate, dossier, mission = ServiceCertificate.objects.get(), journey.dossier, journey.mission
    today, content = journey.today.isoformat(), certificate.content
    assert (certificate.made_by, certificate.made_at, certificate.void_at) == (
        journey.officer,
        journey.now,
        None,
    )
    assert (content["number"], content["on"], content["volet"]) == (dossier.number, today, dossier.volet)
    assert content["company"] == {"name": dossier.company.name, "identifier": dossier.company.identifier}
    assert (content["expert"], content["certified_by"]) == (mission.firm.name, journey.officer.full_name)
    assert dossier.signed_on is not None
    assert content["signed_on"] == dossier.signed_on.isoformat()
    assert content["dates"] == [
        ["Prestation commencée le", dossier.signed_on.isoformat()],
        ["Prestation terminée le", today],
        ["Rapport remis à l’entreprise le", today],
        ["Restitution à l’entreprise le", today],
    ]
    assert content["restitution"] == "confirmée par l’entreprise"
    assert [(line["delivered"], line["eligible"]) for line in content["lines"]] == [
        (str(line.amount), str(line.amount)) for line in dossier.quotes.get().lines.all()
    ]
    assert (content["bpifrance_share"], content["company_share"]) == ("12000.00", "12000.00")
    duty = Outbox.objects.get(kind="render_certificate")
    assert duty.payload == {"certificate": certificate.pk}


def test_it_names_the_report_the_version_of_the_quote_and_the_invoices_as_they_stand() -> None:
    journey = checked()
    journey.mission.invoices.filter(addressee="company").update(acquitted_on=None)
    content = content_of(journey.mission, actor=journey.officer, now=journey.now)
    report, quote = (journey.mission.documents.get(kind=kind) for kind in ("final_report", "signed_quote"))
    assert [
        (piece["label"], piece["name"], piece["sha256"], piece["version"]) for piece in content["pieces"]
    ] == [
        (row.get_kind_display(), row.document.original_name, row.document.sha256, version)
        for row, version in ((report, None), (quote, 1))
    ]
    assert sorted(
        (one["number"], one["ht"], one["ttc"], one["acquitted_on"]) for one in content["invoices"]
    ) == [(one.number, "12000.00", "14400.00", None) for one in journey.mission.invoices.order_by("number")]
    journey.mission.invoices.update(acquitted_on=journey.today)
    journey.mission.invoices.filter(addressee="bpifrance").update(replaced_at=journey.now)
    journey.mission.documents.filter(kind="final_report").update(replaced_at=journey.now)
    later = content_of(journey.mission, actor=journey.officer, now=journey.now)
    assert [one["acquitted_on"] for one in later["invoices"]] == [journey.today.isoformat()]
    assert [piece["label"] for piece in later["pieces"]] == [quote.get_kind_display()]


def test_a_restitution_settled_on_evidence_and_dates_that_are_not_known_are_told_as_such() -> None:
    journey = checked()
    mission = journey.mission
    mission.restitution_evidence, mission.report_given_on = "Compte rendu signé", None
    mission.dossier.signed_on = None
    content = content_of(mission, actor=journey.officer, now=journey.now)
    assert content["restitution"] == "retenue sur preuve\u00a0: Compte rendu signé"
    assert len(content["dates"]) == 3
    assert content["signed_on"] is None


def test_it_is_void_once_and_its_own_mission_s_alone() -> None:
    first, second = checked(), checked()
    for journey in (first, second):
        journey.act("certify_service", journey.officer)
    now = clock.now()
    void(first.mission, now=now)
    void(first.mission, now=clock.now())
    assert [one.void_at for one in ServiceCertificate.objects.order_by("pk")] == [now, None]
