"""Say on each firm which charter it last accepted, and when the ends already known are to be told."""

from datetime import timedelta

from django.db import migrations

FIRST_NOTICE = timedelta(days=90)


def remember_charters(apps, _schema_editor):
    accepted = (
        apps.get_model("experts", "Accreditation")
        .objects.exclude(charter_version="")
        .exclude(charter_accepted_on=None)
        .order_by("charter_accepted_on", "pk")
    )
    firms = apps.get_model("experts", "ExpertFirm").objects
    for one in accepted.iterator():
        firms.filter(pk=one.firm_id).update(
            charter_version=one.charter_version,
            charter_accepted_on=one.charter_accepted_on,
            charter_accepted_by=one.charter_accepted_by_id,
        )


def plan_notices(apps, _schema_editor):
    granted = apps.get_model("experts", "Accreditation").objects.filter(
        status="granted", valid_until__isnull=False
    )
    for rows in (granted, apps.get_model("experts", "PassiCertificate").objects.all()):
        for row in rows.order_by("pk").iterator():
            type(row).objects.filter(pk=row.pk).update(next_notice_on=row.valid_until - FIRST_NOTICE)


class Migration(migrations.Migration):
    dependencies = [
        ("experts", "0004_passi_register"),
    ]

    operations = [
        migrations.RunPython(remember_charters, migrations.RunPython.noop),
        migrations.RunPython(plan_notices, migrations.RunPython.noop),
    ]
