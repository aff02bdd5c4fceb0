import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0017_editions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="dossier",
            name="entered",
            field=models.JSONField(blank=True, null=True, verbose_name="saisi par Bpifrance"),
        ),
        migrations.AlterField(
            model_name="dossierdocument",
            name="kind",
            field=models.CharField(
                choices=[
                    ("quote", "Devis de l’expert, non signé"),
                    ("regularity_certificate", "Attestation de régularité fiscale et sociale"),
                    ("tax_return", "Liasse fiscale"),
                    ("derogation_evidence", "Justificatif de dérogation"),
                    ("other", "Autre pièce"),
                    ("service_contract", "Contrat de prestation signé"),
                    ("final_report", "Rapport final"),
                    ("signed_quote", "Devis signé"),
                    ("company_invoice", "Facture acquittée de la quote-part entreprise"),
                    ("bpifrance_invoice", "Facture de la quote-part Bpifrance"),
                    ("minutes", "Compte rendu"),
                    ("receipt", "Accusé de dépôt"),
                    ("letter", "Courrier"),
                    ("contract", "Contrat Diagnostic DM"),
                    ("amendment", "Avenant"),
                    ("evidence", "Preuve de signature"),
                    ("received_letter", "Courrier reçu de l’entreprise"),
                ],
                max_length=30,
                verbose_name="nature",
            ),
        ),
        migrations.CreateModel(
            name="Assistance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("post", "Courrier"),
                            ("email", "E-mail"),
                            ("phone", "Téléphone"),
                            ("visit", "Visite"),
                        ],
                        max_length=10,
                        verbose_name="reçue par",
                    ),
                ),
                ("received_on", models.DateField(verbose_name="reçue le")),
                (
                    "contact_email",
                    models.EmailField(blank=True, max_length=254, verbose_name="adresse de l’entreprise"),
                ),
                ("opened_at", models.DateTimeField(verbose_name="ouverte à")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="close à")),
                (
                    "end",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("handed", "Remise à l’entreprise"),
                            ("stopped", "Arrêtée par l’entreprise"),
                            ("submitted", "Déposée"),
                            ("withdrawn", "Retirée"),
                            ("passed", "Transférée"),
                            ("left", "Interrompue par un départ"),
                            ("expired", "Laissée sans suite"),
                        ],
                        max_length=10,
                        verbose_name="issue",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="motif")),
                ("remind_on", models.DateField(blank=True, null=True, verbose_name="rappel le")),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assistances",
                        to="applications.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="applications.dossierdocument",
                        verbose_name="courrier reçu",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assistances",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="saisi par",
                    ),
                ),
            ],
            options={
                "verbose_name": "saisie pour une entreprise",
                "verbose_name_plural": "saisies pour des entreprises",
                "ordering": ["-opened_at", "-pk"],
                "indexes": [
                    models.Index(fields=["officer", "-opened_at", "-id"], name="assistance_by_officer"),
                    models.Index(
                        condition=models.Q(("remind_on__isnull", False)),
                        fields=["remind_on"],
                        name="assistance_reminders",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("dossier",),
                        name="assistance_open_once",
                        violation_error_message="Une personne saisit déjà cette demande.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("end", "")),
                            models.Q(("closed_at__isnull", False), models.Q(("end", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="assistance_closed_with_its_end",
                        violation_error_message="Une saisie close dit pourquoi.",
                    ),
                ],
            },
        ),
    ]
