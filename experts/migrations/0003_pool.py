import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0002_previews"),
        ("experts", "0002_account_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AccreditationDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        choices=[
                            ("grant", "Agréer"),
                            ("refuse", "Refuser"),
                            ("suspend", "Suspendre"),
                            ("reinstate", "Lever la suspension"),
                            ("withdraw", "Retirer"),
                        ],
                        max_length=10,
                        verbose_name="décision",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("proposed", "À décider"), ("taken", "Prise"), ("set_aside", "Écartée")],
                        default="proposed",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="à compter du")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="jusqu’au")),
                ("motive", models.TextField(verbose_name="motif")),
                ("proposed_at", models.DateTimeField(verbose_name="proposée le")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="décidée le")),
                ("answer", models.TextField(blank=True, verbose_name="réponse du responsable")),
            ],
            options={
                "verbose_name": "décision d’agrément",
                "verbose_name_plural": "décisions d’agrément",
                "ordering": ["-proposed_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="FirmPaper",
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
                            ("cv", "CV"),
                            ("insurance", "Attestation d’assurance professionnelle"),
                            ("tax", "Attestation fiscale et sociale"),
                        ],
                        max_length=10,
                        verbose_name="nature",
                    ),
                ),
                ("insurer", models.CharField(blank=True, max_length=150, verbose_name="assureur")),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="valable du")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="valable jusqu’au")),
                ("issued_on", models.DateField(blank=True, null=True, verbose_name="daté du")),
                ("added_at", models.DateTimeField(verbose_name="transmis le")),
                (
                    "next_notice_on",
                    models.DateField(blank=True, null=True, verbose_name="prochain avis d’échéance"),
                ),
            ],
            options={
                "verbose_name": "justificatif du cabinet",
                "verbose_name_plural": "justificatifs du cabinet",
                "ordering": ["-added_at", "-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="accreditation",
            name="accreditation_once",
        ),
        migrations.RemoveConstraint(
            model_name="accreditation",
            name="accreditation_granted_dated",
        ),
        migrations.AddField(
            model_name="accreditation",
            name="next_notice_on",
            field=models.DateField(blank=True, null=True, verbose_name="prochain avis d’échéance"),
        ),
        migrations.AddField(
            model_name="accreditation",
            name="renews",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="renewals",
                to="experts.accreditation",
                verbose_name="renouvelle",
            ),
        ),
        migrations.AddField(
            model_name="consultant",
            name="volets",
            field=models.JSONField(blank=True, default=list, verbose_name="volets"),
        ),
        migrations.AddField(
            model_name="expertfirm",
            name="charter_accepted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="charte acceptée par",
            ),
        ),
        migrations.AddField(
            model_name="expertfirm",
            name="charter_accepted_on",
            field=models.DateField(blank=True, null=True, verbose_name="charte acceptée le"),
        ),
        migrations.AddField(
            model_name="expertfirm",
            name="charter_asked",
            field=models.CharField(
                blank=True, max_length=20, verbose_name="charte dont le cabinet est prévenu"
            ),
        ),
        migrations.AddField(
            model_name="expertfirm",
            name="charter_version",
            field=models.CharField(blank=True, max_length=20, verbose_name="charte acceptée"),
        ),
        migrations.AlterField(
            model_name="accreditation",
            name="status",
            field=models.CharField(
                choices=[
                    ("requested", "Demandé"),
                    ("granted", "Agréé"),
                    ("refused", "Refusé"),
                    ("suspended", "Suspendu"),
                    ("withdrawn", "Retiré"),
                    ("renewed", "Renouvelé"),
                ],
                default="requested",
                max_length=10,
                verbose_name="état",
            ),
        ),
        migrations.AddField(
            model_name="accreditationdecision",
            name="accreditation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="decisions",
                to="experts.accreditation",
                verbose_name="agrément",
            ),
        ),
        migrations.AddField(
            model_name="accreditationdecision",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="décidée par",
            ),
        ),
        migrations.AddField(
            model_name="accreditationdecision",
            name="proposed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="proposée par",
            ),
        ),
        migrations.AddField(
            model_name="firmpaper",
            name="added_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="transmis par",
            ),
        ),
        migrations.AddField(
            model_name="firmpaper",
            name="document",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="documents.document",
                verbose_name="fichier",
            ),
        ),
        migrations.AddField(
            model_name="firmpaper",
            name="firm",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="papers",
                to="experts.expertfirm",
                verbose_name="cabinet",
            ),
        ),
        migrations.AddField(
            model_name="accreditation",
            name="papers",
            field=models.ManyToManyField(
                blank=True,
                related_name="accreditations",
                to="experts.firmpaper",
                verbose_name="justificatifs",
            ),
        ),
        migrations.AddField(
            model_name="consultant",
            name="cv",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="consultants",
                to="experts.firmpaper",
                verbose_name="CV",
            ),
        ),
        migrations.AddIndex(
            model_name="accreditation",
            index=models.Index(
                condition=models.Q(("next_notice_on__isnull", False)),
                fields=["next_notice_on"],
                name="accreditation_to_tell",
            ),
        ),
        migrations.AddConstraint(
            model_name="accreditation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "requested")),
                fields=("firm", "volet"),
                name="accreditation_one_request",
                violation_error_message="Ce cabinet a déjà une demande à l’étude pour ce volet.",
            ),
        ),
        migrations.AddConstraint(
            model_name="accreditation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["granted", "suspended"])),
                fields=("firm", "volet"),
                name="accreditation_one_standing",
                violation_error_message="Ce cabinet a déjà un agrément pour ce volet.",
            ),
        ),
        migrations.AddConstraint(
            model_name="accreditation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["granted", "suspended", "renewed"]), _negated=True),
                    ("granted_on__isnull", False),
                    _connector="OR",
                ),
                name="accreditation_granted_dated",
                violation_error_message="Un agrément accordé porte sa date.",
            ),
        ),
        migrations.AddConstraint(
            model_name="accreditationdecision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "proposed")),
                fields=("accreditation",),
                name="accreditation_one_proposal",
                violation_error_message="Une décision est déjà proposée.",
            ),
        ),
        migrations.AddConstraint(
            model_name="accreditationdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="accreditation_four_eyes",
                violation_error_message="Une décision se prend à deux personnes.",
            ),
        ),
        migrations.AddConstraint(
            model_name="accreditationdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("status", "proposed")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("status__in", ["taken", "set_aside"]),
                    ),
                    _connector="OR",
                ),
                name="accreditation_decision_dated",
                violation_error_message="Une décision prise porte sa date et son auteur.",
            ),
        ),
        migrations.AddIndex(
            model_name="firmpaper",
            index=models.Index(
                condition=models.Q(("next_notice_on__isnull", False)),
                fields=["next_notice_on"],
                name="paper_to_tell",
            ),
        ),
        migrations.AddConstraint(
            model_name="firmpaper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "insurance"), _negated=True),
                    models.Q(("valid_from__isnull", False), ("valid_until__gte", models.F("valid_from"))),
                    _connector="OR",
                ),
                name="paper_insurance_dated",
                violation_error_message="Une attestation d’assurance porte son début et sa fin.",
            ),
        ),
        migrations.AddConstraint(
            model_name="firmpaper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "tax"), _negated=True), ("issued_on__isnull", False), _connector="OR"
                ),
                name="paper_tax_dated",
                violation_error_message="Une attestation fiscale et sociale porte sa date.",
            ),
        ),
    ]
