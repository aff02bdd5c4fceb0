"""Lists the dossiers filed before the list had a table of its own."""

import unicodedata
from datetime import date
from typing import ClassVar

from django.db import migrations

NEVER = date(9999, 12, 31)
BATCH = 500
FREED = {"rejected", "withdrawn", "abandoned", "cancelled", "lapsed"}
TURNS = {
    **dict.fromkeys(FREED | {"closed"}, "ended"),
    **dict.fromkeys(("draft", "incomplete", "contract_sent"), "company"),
    **dict.fromkeys(("in_progress", "work_done", "closure_incomplete"), "expert"),
}


def folded(*texts):
    """Return texts in small letters, without accents nor punctuation."""
    joined = " ".join(texts).casefold().replace("œ", "oe").replace("æ", "ae")
    plain = (one for one in unicodedata.normalize("NFKD", joined) if not unicodedata.combining(one))
    return " ".join("".join(one if one.isalnum() else " " for one in plain).split())


def list_filed(apps, _schema_editor):
    """Make the line of each filed dossier."""
    dossiers = apps.get_model("applications", "Dossier").objects.filter(submitted_at__isnull=False)
    keys = list(dossiers.order_by("pk").values_list("pk", flat=True))
    listing = apps.get_model("applications", "Listing")
    for start in range(0, len(keys), BATCH):
        chosen = dossiers.filter(pk__in=keys[start : start + BATCH]).select_related("company", "device")
        found = chosen.prefetch_related("missions__firm", "deadlines", "quotes__lines", "documents")
        listing.objects.bulk_create([line_of(listing, one) for one in found])


def line_of(listing, dossier):
    """Return the line of one dossier; its verdict is drawn again at its next act."""
    device, company = dossier.device, dossier.company
    running = [one for one in dossier.deadlines.all() if one.closed_on is None]
    nearest = min(running, key=lambda one: (one.due_on, one.pk), default=None)
    firms = [mission.firm.name for mission in dossier.missions.all()]
    names = (dossier.number, company.identifier, company.name, device.name if device else "", *firms)
    free = [device.description] if device else []
    free += [line.label for quote in dossier.quotes.all() for line in quote.lines.all()]
    free += [piece.absent_because for piece in dossier.documents.all()]
    return listing(
        dossier=dossier,
        state=dossier.state,
        turn=TURNS.get(dossier.state, "bpifrance"),
        officer_id=dossier.officer_id,
        volet=dossier.volet,
        edition=dossier.edition,
        device=f"{dossier.device_kind}.{dossier.device_class}" if dossier.device_kind else "",
        region=company.region,
        verdict=dossier.verdict,
        share=dossier.bpifrance_share,
        submitted_at=dossier.submitted_at,
        state_since=dossier.state_since,
        changed_at=dossier.state_since,
        next_due_on=nearest.due_on if nearest else NEVER,
        next_kind=nearest.kind if nearest else "",
        names=folded(*names),
        words=folded(*names, *free)[:20_000],
    )


class Migration(migrations.Migration):
    """Lists the dossiers filed before the list had a table of its own."""

    dependencies: ClassVar = [("applications", "0009_listing")]

    operations: ClassVar = [migrations.RunPython(list_filed, migrations.RunPython.noop)]
