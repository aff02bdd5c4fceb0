import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0016_figures"),
        ("tariffs", "0001_editions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Rehearsal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="identifiant",
                    ),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="empreinte SHA-256")),
                ("asked_at", models.DateTimeField(verbose_name="demandée le")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("waiting", "En attente"),
                            ("running", "En cours"),
                            ("done", "Terminée"),
                            ("failed", "Échouée"),
                            ("cancelled", "Annulée"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("failure", models.CharField(blank=True, max_length=300, verbose_name="raison de l’échec")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminée le")),
                ("expected", models.PositiveIntegerField(default=0, verbose_name="dossiers à passer")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="dossiers passés")),
                ("last", models.BigIntegerField(default=0, verbose_name="dernier dossier passé")),
                ("more", models.PositiveIntegerField(default=0, verbose_name="reçoivent plus")),
                ("less", models.PositiveIntegerField(default=0, verbose_name="reçoivent moins")),
                (
                    "verdict_alone",
                    models.PositiveIntegerField(default=0, verbose_name="changent d’avis seulement"),
                ),
                ("ineligible", models.PositiveIntegerField(default=0, verbose_name="deviennent inéligibles")),
                ("eligible", models.PositiveIntegerField(default=0, verbose_name="ne sont plus inéligibles")),
                ("unreadable", models.PositiveIntegerField(default=0, verbose_name="illisibles")),
                (
                    "gained",
                    models.DecimalField(decimal_places=2, default=0, max_digits=17, verbose_name="en plus"),
                ),
                (
                    "lost",
                    models.DecimalField(decimal_places=2, default=0, max_digits=17, verbose_name="en moins"),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="demandée par",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rehearsals",
                        to="tariffs.editiontext",
                        verbose_name="texte d’édition",
                    ),
                ),
            ],
            options={
                "verbose_name": "répétition d’édition",
                "verbose_name_plural": "répétitions d’édition",
                "ordering": ["-asked_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="RehearsalLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("volet", models.PositiveSmallIntegerField(verbose_name="volet")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("more", "Reçoit plus"),
                            ("less", "Reçoit moins"),
                            ("verdict", "Change d’avis seulement"),
                            ("unreadable", "Illisible"),
                        ],
                        max_length=10,
                        verbose_name="effet",
                    ),
                ),
                (
                    "becomes",
                    models.CharField(
                        blank=True,
                        choices=[("ineligible", "Devient inéligible"), ("eligible", "N’est plus inéligible")],
                        max_length=10,
                        verbose_name="éligibilité",
                    ),
                ),
                ("verdict_before", models.CharField(blank=True, max_length=15, verbose_name="verdict avant")),
                ("verdict_after", models.CharField(blank=True, max_length=15, verbose_name="verdict après")),
                (
                    "share_before",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=17,
                        null=True,
                        verbose_name="quote-part avant",
                    ),
                ),
                (
                    "share_after",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=17,
                        null=True,
                        verbose_name="quote-part après",
                    ),
                ),
                (
                    "weight",
                    models.DecimalField(decimal_places=2, default=0, max_digits=17, verbose_name="écart"),
                ),
                ("rules", models.JSONField(blank=True, default=list, verbose_name="règles")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="pourquoi illisible")),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="applications.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "rehearsal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="applications.rehearsal",
                        verbose_name="répétition",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne de répétition",
                "verbose_name_plural": "lignes de répétition",
                "ordering": ["-weight", "-pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="rehearsal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("stage__in", ["waiting", "running"])),
                fields=("edition",),
                name="rehearsal_one_at_once",
                violation_error_message="Une répétition de ce texte est déjà en cours.",
            ),
        ),
        migrations.AddIndex(
            model_name="rehearsalline",
            index=models.Index(fields=["rehearsal", "-weight", "-id"], name="rehearsal_line_order"),
        ),
        migrations.AddIndex(
            model_name="rehearsalline",
            index=models.Index(fields=["rehearsal", "kind", "-weight", "-id"], name="rehearsal_line_kind"),
        ),
        migrations.AddConstraint(
            model_name="rehearsalline",
            constraint=models.UniqueConstraint(
                fields=("rehearsal", "dossier"),
                name="rehearsal_line_once",
                violation_error_message="Un dossier n’a qu’une ligne par répétition.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rehearsalline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "unreadable"), ("share_after__isnull", True)),
                    models.Q(
                        models.Q(("kind", "unreadable"), _negated=True),
                        ("share_after__isnull", False),
                        ("share_before__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="rehearsal_line_shares",
                violation_error_message="Une ligne a ses deux quotes-parts, ou dit pourquoi non.",
            ),
        ),
    ]
