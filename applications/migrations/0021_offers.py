import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0020_quote_requests"),
        ("documents", "0002_previews"),
        ("experts", "0002_account_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Offer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "token",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="jeton"),
                ),
                ("version", models.PositiveSmallIntegerField(default=1, verbose_name="version")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Brouillon"),
                            ("sent", "Envoyée"),
                            ("withdrawn", "Retirée"),
                            ("accepted", "Retenue"),
                            ("superseded", "Remplacée ou non retenue"),
                            ("expired", "Expirée"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="commencée le")),
                ("revision", models.PositiveIntegerField(default=0, verbose_name="révision")),
                ("saved_at", models.DateTimeField(blank=True, null=True, verbose_name="enregistrée le")),
                ("method", models.TextField(blank=True, verbose_name="méthode")),
                ("planning", models.JSONField(blank=True, default=list, verbose_name="planning")),
                (
                    "interview_confirmed_on",
                    models.DateField(blank=True, null=True, verbose_name="entretien de pré-qualification le"),
                ),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="valable jusqu’au")),
                (
                    "ip_choices",
                    models.JSONField(blank=True, default=dict, verbose_name="propriété intellectuelle"),
                ),
                (
                    "confidentiality_choices",
                    models.JSONField(blank=True, default=dict, verbose_name="confidentialité"),
                ),
                (
                    "terms_sha256",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="empreinte des conditions générales"
                    ),
                ),
                ("typed", models.JSONField(blank=True, default=dict, verbose_name="saisie à corriger")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="envoyée le")),
                ("issued_on", models.DateField(blank=True, null=True, verbose_name="datée du")),
                ("edition", models.CharField(blank=True, max_length=10, verbose_name="édition")),
                (
                    "lines_hash",
                    models.CharField(blank=True, max_length=64, verbose_name="empreinte des lignes"),
                ),
                (
                    "total",
                    models.DecimalField(decimal_places=2, default=0, max_digits=17, verbose_name="total"),
                ),
                (
                    "eligible_total",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=17, verbose_name="montant éligible"
                    ),
                ),
                (
                    "bpifrance_share",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=17, verbose_name="quote-part Bpifrance"
                    ),
                ),
                (
                    "company_share",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=17, verbose_name="quote-part entreprise"
                    ),
                ),
                ("content", models.JSONField(blank=True, default=dict, verbose_name="contenu figé")),
                ("change_asked", models.TextField(blank=True, verbose_name="modification demandée")),
                (
                    "change_asked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="modification demandée le"),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="issue le")),
                (
                    "accepted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="retenue par",
                    ),
                ),
                (
                    "change_asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="modification demandée par",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                        verbose_name="PDF",
                    ),
                ),
                (
                    "dossier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="offers",
                        to="applications.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "invitation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="offers",
                        to="applications.quoteinvitation",
                        verbose_name="sollicitation",
                    ),
                ),
                (
                    "quote",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="offer",
                        to="applications.quote",
                        verbose_name="devis",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                        verbose_name="conditions générales",
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
                "verbose_name": "offre",
                "verbose_name_plural": "offres",
                "ordering": ["invitation", "-version"],
            },
        ),
        migrations.CreateModel(
            name="OfferLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="rang")),
                ("item", models.CharField(max_length=40, verbose_name="poste")),
                ("label", models.CharField(blank=True, max_length=200, verbose_name="libellé")),
                (
                    "pricing",
                    models.CharField(
                        choices=[("fixed", "Forfait"), ("days", "Jours × tarif")],
                        default="fixed",
                        max_length=5,
                        verbose_name="prix",
                    ),
                ),
                (
                    "days",
                    models.DecimalField(
                        blank=True, decimal_places=1, max_digits=6, null=True, verbose_name="jours"
                    ),
                ),
                (
                    "daily_rate",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=17,
                        null=True,
                        verbose_name="tarif journalier HT",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=17, verbose_name="montant HT")),
                (
                    "complexity",
                    models.CharField(
                        blank=True,
                        choices=[("simple", "Simple"), ("medium", "Moyen"), ("complex", "Complexe")],
                        max_length=10,
                        verbose_name="complexité",
                    ),
                ),
                (
                    "consultant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="experts.consultant",
                        verbose_name="consultant",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="applications.offer",
                        verbose_name="offre",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne d’offre",
                "verbose_name_plural": "lignes d’offre",
                "ordering": ["offer", "position"],
            },
        ),
        migrations.CreateModel(
            name="OfferModel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="nom")),
                ("volet", models.PositiveSmallIntegerField(verbose_name="volet")),
                ("content", models.JSONField(default=dict, verbose_name="contenu")),
                ("saved_at", models.DateTimeField(verbose_name="enregistré le")),
                (
                    "firm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="offer_models",
                        to="experts.expertfirm",
                        verbose_name="cabinet",
                    ),
                ),
                (
                    "saved_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="enregistré par",
                    ),
                ),
            ],
            options={
                "verbose_name": "modèle d’offre",
                "verbose_name_plural": "modèles d’offre",
                "ordering": ["firm", "name", "pk"],
            },
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("state", "sent")), fields=["valid_until"], name="offer_to_expire"
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(
                fields=("invitation", "version"),
                name="offer_version_once",
                violation_error_message="Cette version de l’offre existe déjà.",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")),
                fields=("invitation",),
                name="offer_one_draft",
                violation_error_message="Une nouvelle version est déjà en préparation.",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["sent", "accepted"])),
                fields=("invitation",),
                name="offer_one_in_force",
                violation_error_message="Une version de cette offre est déjà en vigueur.",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "sent", "withdrawn", "accepted", "superseded", "expired"])
                ),
                name="offer_state_known",
                violation_error_message="L’état de l’offre est inconnu.",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at__isnull", True), ("state", "draft")),
                    models.Q(
                        models.Q(("state", "draft"), _negated=True),
                        ("issued_on__isnull", False),
                        ("sent_at__isnull", False),
                        ("valid_until__isnull", False),
                        models.Q(("lines_hash", ""), _negated=True),
                        models.Q(("terms_sha256", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="offer_sent_whole",
                violation_error_message="Une offre envoyée est datée et complète.",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "accepted"), _negated=True),
                    models.Q(("accepted_by__isnull", False), ("ended_at__isnull", False)),
                    _connector="OR",
                ),
                name="offer_accepted_by_somebody",
                violation_error_message="Une offre retenue dit par qui et quand.",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("bpifrance_share__gte", 0), ("bpifrance_share__lte", models.F("total"))),
                name="offer_share_within_total",
                violation_error_message="La quote-part de Bpifrance dépasse l’offre.",
            ),
        ),
        migrations.AddConstraint(
            model_name="offerline",
            constraint=models.UniqueConstraint(
                fields=("offer", "position"),
                name="offer_line_rank_once",
                violation_error_message="Deux lignes de l’offre portent le même rang.",
            ),
        ),
        migrations.AddConstraint(
            model_name="offerline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0)),
                name="offer_line_not_negative",
                violation_error_message="Le montant d’une ligne ne peut pas être négatif.",
            ),
        ),
        migrations.AddConstraint(
            model_name="offerline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("daily_rate__isnull", True), ("days__isnull", True), ("pricing", "fixed")),
                    models.Q(("daily_rate__gte", 0), ("days__gt", 0), ("pricing", "days")),
                    _connector="OR",
                ),
                name="offer_line_priced_one_way",
                violation_error_message="Une ligne est au forfait, ou en jours et tarif journalier.",
            ),
        ),
        migrations.AddConstraint(
            model_name="offermodel",
            constraint=models.UniqueConstraint(
                fields=("firm", "name"),
                name="offer_model_name_once",
                violation_error_message="Un modèle du cabinet porte déjà ce nom.",
            ),
        ),
        migrations.AddConstraint(
            model_name="offermodel",
            constraint=models.CheckConstraint(
                condition=models.Q(("volet__gte", 1), ("volet__lte", 5)),
                name="offer_model_volet",
                violation_error_message="Le volet va de 1 à 5.",
            ),
        ),
    ]
