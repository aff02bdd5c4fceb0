"""Powers lent during an absence."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Powers lent during an absence."""

    dependencies: ClassVar = [
        ("accounts", "0003_join_requests"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="PowerDelegation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("manager", "Responsable"), ("controller", "Contrôleur")],
                        max_length=20,
                        verbose_name="fonction déléguée",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="du")),
                ("valid_until", models.DateField(verbose_name="au")),
                ("motive", models.CharField(max_length=200, verbose_name="motif")),
                ("created_at", models.DateTimeField(verbose_name="enregistrée le")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="retirée le")),
                (
                    "giver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="powers_given",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="délégant",
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="powers_received",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="délégataire",
                    ),
                ),
            ],
            options={
                "verbose_name": "délégation de pouvoirs",
                "verbose_name_plural": "délégations de pouvoirs",
                "ordering": ["-valid_from", "-pk"],
                "indexes": [
                    models.Index(fields=["receiver", "valid_until"], name="accounts_powers_received")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                        name="accounts_powers_end_after_start",
                        violation_error_message="La délégation doit se terminer après avoir commencé.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("giver", models.F("receiver")), _negated=True),
                        name="accounts_powers_to_another",
                        violation_error_message="On ne délègue ses pouvoirs qu’à une autre personne.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["manager", "controller"])),
                        name="accounts_powers_role_known",
                        violation_error_message="Seuls les pouvoirs d’un responsable ou d’un contrôleur se délèguent.",
                    ),
                ],
            },
        ),
    ]
