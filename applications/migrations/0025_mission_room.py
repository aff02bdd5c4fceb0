"""Minutes with their versions and approvals, phases done; the minutes filed as reports become the first of them."""

import hashlib
import json

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def _sha256(report):
    """Seal what an old report says, in the shape of services.mission.seal at the time of this migration."""
    told = {
        "kind": "other",
        "met_on": report.happened_on.isoformat(),
        "present": "",
        "decided": report.text,
        "next_steps": "",
        "next_meeting_on": None,
        "document": report.document.sha256 if report.document else None,
    }
    written = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def minutes_from_reports(apps, schema_editor):
    reports = apps.get_model("applications", "MissionReport")
    minutes = apps.get_model("applications", "Minutes")
    versions = apps.get_model("applications", "MinutesVersion")
    for report in reports.objects.filter(kind="minutes").select_related("document").order_by("pk"):
        approved_at = report.approved_by_company_at
        one = minutes.objects.create(
            mission_id=report.mission_id,
            side="expert",
            started_by_id=report.filed_by_id,
            started_at=report.filed_at,
        )
        versions.objects.create(
            minutes=one,
            state="approved" if approved_at else "proposed",
            kind="other",
            met_on=report.happened_on,
            decided=report.text,
            document_id=report.document_id,
            written_by_id=report.filed_by_id,
            written_at=report.filed_at,
            proposed_by_id=report.filed_by_id,
            proposed_at=report.filed_at,
            answered_at=approved_at,
            sha256=_sha256(report),
        )
        report.delete()
    # PostgreSQL alters no table that still has checks to do at the end of the transaction.
    schema_editor.connection.check_constraints()


def reports_from_minutes(apps, schema_editor):
    """Keep of each minutes its last version that was proposed; drafts have no place among the reports."""
    reports = apps.get_model("applications", "MissionReport")
    minutes = apps.get_model("applications", "Minutes")
    for one in minutes.objects.order_by("pk"):
        version = one.versions.exclude(state="draft").order_by("number").last()
        if version is not None:
            reports.objects.create(
                mission_id=one.mission_id,
                kind="minutes",
                happened_on=version.met_on,
                text="\n\n".join(filter(None, [version.decided, version.next_steps])),
                document_id=version.document_id,
                filed_by_id=version.proposed_by_id,
                filed_at=version.proposed_at,
                approved_by_company_at=version.answered_at if version.state == "approved" else None,
            )
        one.delete()
    schema_editor.connection.check_constraints()


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0024_live_rows"),
        ("documents", "0002_previews"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Minutes",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[("expert", "Expert"), ("company", "Entreprise")],
                        max_length=10,
                        verbose_name="côté",
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="commencé le")),
                (
                    "key",
                    models.UUIDField(blank=True, null=True, unique=True, verbose_name="clé du formulaire"),
                ),
                (
                    "mission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="minutes",
                        to="applications.mission",
                        verbose_name="mission",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="commencé par",
                    ),
                ),
            ],
            options={
                "verbose_name": "compte rendu",
                "verbose_name_plural": "comptes rendus",
                "ordering": ["mission", "-started_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="MinutesVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(default=1, verbose_name="version")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Brouillon"),
                            ("proposed", "Proposé"),
                            ("correction", "Correction demandée"),
                            ("superseded", "Remplacé"),
                            ("approved", "Approuvé"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("launch", "Réunion de lancement"),
                            ("progress", "Point d’étape"),
                            ("phase", "Fin de phase"),
                            ("restitution", "Restitution"),
                            ("other", "Autre réunion"),
                        ],
                        default="progress",
                        max_length=12,
                        verbose_name="réunion",
                    ),
                ),
                ("met_on", models.DateField(blank=True, null=True, verbose_name="réunion du")),
                ("present", models.TextField(blank=True, verbose_name="présents")),
                ("decided", models.TextField(blank=True, verbose_name="décisions")),
                ("next_steps", models.TextField(blank=True, verbose_name="suites")),
                (
                    "next_meeting_on",
                    models.DateField(blank=True, null=True, verbose_name="prochaine réunion le"),
                ),
                ("revision", models.PositiveIntegerField(default=0, verbose_name="révision")),
                ("written_at", models.DateTimeField(verbose_name="enregistrée le")),
                ("proposed_at", models.DateTimeField(blank=True, null=True, verbose_name="proposée le")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="empreinte")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="réponse le")),
                ("reason", models.TextField(blank=True, verbose_name="correction demandée")),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="réponse de",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="minutes_versions",
                        to="documents.document",
                        verbose_name="fichier joint",
                    ),
                ),
                (
                    "minutes",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="applications.minutes",
                        verbose_name="compte rendu",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="proposée par",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="rédigée par",
                    ),
                ),
            ],
            options={
                "verbose_name": "version d’un compte rendu",
                "verbose_name_plural": "versions des comptes rendus",
                "ordering": ["minutes", "-number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("minutes", "number"),
                        name="minutes_version_once",
                        violation_error_message="Cette version du compte rendu existe déjà.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "draft")),
                        fields=("minutes",),
                        name="minutes_one_draft",
                        violation_error_message="Une version du compte rendu est déjà en préparation.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["proposed", "approved"])),
                        fields=("minutes",),
                        name="minutes_one_in_force",
                        violation_error_message="Une version du compte rendu est déjà proposée ou approuvée.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("proposed_at__isnull", True), ("sha256", ""), ("state", "draft")),
                            models.Q(
                                models.Q(("state", "draft"), _negated=True),
                                models.Q(("sha256", ""), _negated=True),
                                ("met_on__isnull", False),
                                ("proposed_at__isnull", False),
                                ("proposed_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="minutes_proposed_whole",
                        violation_error_message="Un compte rendu proposé est daté, signé de son auteur et scellé.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answered_at__isnull", False), ("state__in", ["approved", "correction"])
                            ),
                            models.Q(
                                models.Q(("state__in", ["approved", "correction"]), _negated=True),
                                ("answered_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="minutes_answered_at",
                        violation_error_message="Une réponse à un compte rendu porte sa date.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "correction"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="minutes_correction_has_reason",
                        violation_error_message="Une correction se demande avec sa raison.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PhaseDone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rank", models.PositiveSmallIntegerField(verbose_name="rang")),
                ("done_on", models.DateField(verbose_name="terminée le")),
                ("marked_at", models.DateTimeField(verbose_name="déclarée le")),
                (
                    "marked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="déclarée par",
                    ),
                ),
                (
                    "mission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="phases_done",
                        to="applications.mission",
                        verbose_name="mission",
                    ),
                ),
            ],
            options={
                "verbose_name": "phase terminée",
                "verbose_name_plural": "phases terminées",
                "ordering": ["mission", "rank"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("mission", "rank"),
                        name="phase_done_once",
                        violation_error_message="Cette phase est déjà déclarée terminée.",
                    )
                ],
            },
        ),
        migrations.RunPython(minutes_from_reports, reports_from_minutes),
        migrations.RemoveField(
            model_name="missionreport",
            name="approved_by_company_at",
        ),
        migrations.AlterField(
            model_name="missionreport",
            name="kind",
            field=models.CharField(
                choices=[("delay", "Retard"), ("incident", "Incident")], max_length=10, verbose_name="nature"
            ),
        ),
    ]
