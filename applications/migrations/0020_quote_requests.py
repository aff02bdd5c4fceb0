import uuid

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0019_unread"),
        ("experts", "0002_account_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="QuoteRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "volet",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="volet",
                    ),
                ),
                ("device_kind", models.CharField(max_length=20, verbose_name="type de dispositif")),
                ("risk_class", models.CharField(blank=True, max_length=5, verbose_name="classe")),
                ("items", models.JSONField(blank=True, default=list, verbose_name="prestations souhaitées")),
                ("region", models.CharField(blank=True, max_length=60, verbose_name="région souhaitée")),
                ("need", models.TextField(verbose_name="besoin")),
                ("asked_at", models.DateTimeField(verbose_name="demandé le")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="envoyé le")),
                ("answer_by", models.DateField(verbose_name="réponse attendue le")),
                (
                    "lapsed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="fin des réponses signalée le"),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="clos le")),
                (
                    "close_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("chosen", "Un devis a été retenu"),
                            ("dropped", "L’entreprise y a renoncé"),
                        ],
                        max_length=10,
                        verbose_name="issue",
                    ),
                ),
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
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quote_requests",
                        to="applications.company",
                        verbose_name="entreprise",
                    ),
                ),
                (
                    "dossier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="quote_requests",
                        to="applications.dossier",
                        verbose_name="dossier",
                    ),
                ),
            ],
            options={
                "verbose_name": "demande de devis",
                "verbose_name_plural": "demandes de devis",
                "ordering": ["-asked_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="QuoteInvitation",
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
                ("suggested", models.BooleanField(default=False, verbose_name="proposé par le portail")),
                ("reason", models.TextField(blank=True, verbose_name="pourquoi ce cabinet")),
                ("rank", models.PositiveSmallIntegerField(default=0, verbose_name="rang")),
                ("invited_at", models.DateTimeField(verbose_name="sollicité le")),
                ("seen_at", models.DateTimeField(blank=True, null=True, verbose_name="lu le")),
                ("reminded_at", models.DateTimeField(blank=True, null=True, verbose_name="relancé le")),
                ("declined_at", models.DateTimeField(blank=True, null=True, verbose_name="décliné le")),
                ("decline_motive", models.TextField(blank=True, verbose_name="motif du refus")),
                ("chosen_at", models.DateTimeField(blank=True, null=True, verbose_name="retenu le")),
                (
                    "firm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quote_invitations",
                        to="experts.expertfirm",
                        verbose_name="cabinet",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="applications.quoterequest",
                        verbose_name="demande de devis",
                    ),
                ),
            ],
            options={
                "verbose_name": "sollicitation d’un cabinet",
                "verbose_name_plural": "sollicitations de cabinets",
                "ordering": ["request", "rank", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Suggestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rank", models.PositiveSmallIntegerField(verbose_name="rang")),
                ("made_at", models.DateTimeField(verbose_name="proposé le")),
                ("live_missions", models.PositiveIntegerField(verbose_name="missions en cours")),
                ("consultants", models.PositiveIntegerField(verbose_name="consultants en activité")),
                (
                    "last_suggested_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="proposé auparavant le"),
                ),
                ("reason", models.TextField(verbose_name="pourquoi ce cabinet")),
                (
                    "firm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suggestions",
                        to="experts.expertfirm",
                        verbose_name="cabinet",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="suggestions",
                        to="applications.quoterequest",
                        verbose_name="demande de devis",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposition d’un cabinet",
                "verbose_name_plural": "propositions de cabinets",
                "ordering": ["request", "rank", "pk"],
            },
        ),
        migrations.AddIndex(
            model_name="quoterequest",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["answer_by"],
                name="quote_request_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="quoterequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("company", "volet"),
                name="quote_request_open_once",
                violation_error_message="Une demande de devis est déjà ouverte pour ce volet.",
            ),
        ),
        migrations.AddConstraint(
            model_name="quoterequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("close_reason", ""), ("closed_at__isnull", True)),
                    models.Q(("closed_at__isnull", False), models.Q(("close_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="quote_request_closed_with_reason",
                violation_error_message="Une demande de devis close dit pourquoi.",
            ),
        ),
        migrations.AddConstraint(
            model_name="quoterequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("volet__gte", 1), ("volet__lte", 5)),
                name="quote_request_volet",
                violation_error_message="Le volet va de 1 à 5.",
            ),
        ),
        migrations.AddConstraint(
            model_name="quoteinvitation",
            constraint=models.UniqueConstraint(
                fields=("request", "firm"),
                name="quote_invitation_once",
                violation_error_message="Ce cabinet est déjà sollicité pour cette demande.",
            ),
        ),
        migrations.AddConstraint(
            model_name="quoteinvitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("chosen_at__isnull", False)),
                fields=("request",),
                name="quote_invitation_one_chosen",
                violation_error_message="Un devis est déjà retenu pour cette demande.",
            ),
        ),
        migrations.AddConstraint(
            model_name="quoteinvitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decline_motive", ""), ("declined_at__isnull", True)),
                    models.Q(
                        ("chosen_at__isnull", True),
                        ("declined_at__isnull", False),
                        models.Q(("decline_motive", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="quote_invitation_declined_with_motive",
                violation_error_message="Un refus porte son motif.",
            ),
        ),
        migrations.AddIndex(
            model_name="suggestion",
            index=models.Index(fields=["firm", "-made_at"], name="suggestion_last_of_firm"),
        ),
        migrations.AddConstraint(
            model_name="suggestion",
            constraint=models.UniqueConstraint(
                fields=("request", "firm"),
                name="suggestion_once",
                violation_error_message="Ce cabinet est déjà proposé pour cette demande.",
            ),
        ),
    ]
