"""Bank accounts confirmed by two persons, in force after a delay."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Bank accounts confirmed by two persons, in force after a delay."""

    dependencies: ClassVar = [
        ("experts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="AccountChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("iban", models.CharField(max_length=34, verbose_name="IBAN")),
                ("bic", models.CharField(blank=True, max_length=11, verbose_name="BIC")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("asked", "À confirmer par une seconde personne"),
                            ("confirmed", "Confirmé, en attente du délai de 48 heures"),
                            ("done", "En vigueur"),
                            ("stopped", "Arrêté"),
                        ],
                        default="asked",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="demandé le")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmé le")),
                ("called_on", models.DateField(blank=True, null=True, verbose_name="contre-appel le")),
                (
                    "called_person",
                    models.CharField(blank=True, max_length=150, verbose_name="personne jointe"),
                ),
                ("called_number", models.CharField(blank=True, max_length=30, verbose_name="numéro appelé")),
                (
                    "effective_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="en vigueur à partir du"),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminé le")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="demandé par",
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="confirmé par",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="arrêté par",
                    ),
                ),
                (
                    "firm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="account_changes",
                        to="experts.expertfirm",
                        verbose_name="cabinet",
                    ),
                ),
            ],
            options={
                "verbose_name": "changement de compte bancaire",
                "verbose_name_plural": "changements de compte bancaire",
                "ordering": ["-asked_at", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "confirmed")),
                        fields=["effective_at"],
                        name="account_change_to_apply",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["asked", "confirmed"])),
                        fields=("firm",),
                        name="account_change_one_open",
                        violation_error_message="Un changement de compte est déjà en cours.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by__isnull", True),
                            models.Q(("confirmed_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="account_change_four_eyes",
                        violation_error_message="Un changement de compte se confirme par une seconde personne.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["confirmed", "done"]), _negated=True),
                            models.Q(
                                ("confirmed_by__isnull", False),
                                ("effective_at__gt", models.F("confirmed_at")),
                            ),
                            _connector="OR",
                        ),
                        name="account_change_waits",
                        violation_error_message="Un compte n’entre en vigueur qu’un délai après sa confirmation.",
                    ),
                ],
            },
        ),
    ]
