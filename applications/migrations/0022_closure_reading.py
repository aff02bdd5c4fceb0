import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0021_offers"),
        ("documents", "0002_previews"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InvoiceDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "addressee",
                    models.CharField(
                        choices=[("company", "Entreprise"), ("bpifrance", "Bpifrance")],
                        max_length=10,
                        verbose_name="destinataire",
                    ),
                ),
                ("number", models.CharField(max_length=60, verbose_name="numéro de facture")),
                ("issued_on", models.DateField(verbose_name="datée du")),
                ("content", models.JSONField(verbose_name="contenu")),
                ("made_at", models.DateTimeField(verbose_name="demandée le")),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                        verbose_name="facture",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="demandée par",
                    ),
                ),
                (
                    "mission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invoice_drafts",
                        to="applications.mission",
                        verbose_name="mission",
                    ),
                ),
            ],
            options={
                "verbose_name": "facture préparée",
                "verbose_name_plural": "factures préparées",
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ClosureReading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("invoice", "Facture"),
                            ("signed_quote", "Devis signé"),
                            ("report", "Rapport final"),
                        ],
                        max_length=12,
                        verbose_name="nature",
                    ),
                ),
                (
                    "addressee",
                    models.CharField(
                        blank=True,
                        choices=[("company", "Entreprise"), ("bpifrance", "Bpifrance")],
                        max_length=10,
                        verbose_name="destinataire",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Lecture en cours"),
                            ("read", "Lue"),
                            ("not_structured", "Sans données électroniques"),
                            ("faulty", "Illisible"),
                        ],
                        default="waiting",
                        max_length=14,
                        verbose_name="état",
                    ),
                ),
                ("facts", models.JSONField(blank=True, default=dict, verbose_name="ce qui est lu")),
                ("faults", models.JSONField(blank=True, default=list, verbose_name="défauts")),
                ("asked_at", models.DateTimeField(verbose_name="demandée le")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="lue le")),
                (
                    "companion",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                        verbose_name="données jointes",
                    ),
                ),
                (
                    "document",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="closure_reading",
                        to="documents.document",
                        verbose_name="fichier",
                    ),
                ),
                (
                    "mission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="closure_readings",
                        to="applications.mission",
                        verbose_name="mission",
                    ),
                ),
            ],
            options={
                "verbose_name": "lecture d’une pièce de clôture",
                "verbose_name_plural": "lectures des pièces de clôture",
                "ordering": ["mission", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("addressee__in", ["company", "bpifrance"]), ("kind", "invoice")),
                            models.Q(models.Q(("kind", "invoice"), _negated=True), ("addressee", "")),
                            _connector="OR",
                        ),
                        name="closure_reading_addressee",
                        violation_error_message="Seule une facture a un destinataire.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("read_at__isnull", True), ("state", "waiting")),
                            models.Q(
                                models.Q(("state", "waiting"), _negated=True), ("read_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="closure_reading_dated",
                        violation_error_message="Une lecture faite porte sa date.",
                    ),
                ],
            },
        ),
    ]
