"""What the desk writes beside a dossier: people named in a note, who has its page open, opinions asked outside."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Opinions of people outside, people named in notes, and who is on a dossier."""

    dependencies: ClassVar = [
        ("applications", "0012_exports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="note",
            name="mentioned",
            field=models.ManyToManyField(
                blank=True, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="personnes citées"
            ),
        ),
        migrations.AddField(
            model_name="sight",
            name="here_at",
            field=models.DateTimeField(null=True, verbose_name="page ouverte à"),
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="nom")),
                ("capacity", models.CharField(blank=True, max_length=150, verbose_name="qualité")),
                ("email", models.EmailField(max_length=254, verbose_name="adresse électronique")),
                ("question", models.TextField(max_length=4000, verbose_name="question")),
                ("due_on", models.DateField(verbose_name="réponse attendue le")),
                ("shows_company", models.BooleanField(default=False, verbose_name="montre l’entreprise")),
                ("shows_device", models.BooleanField(default=False, verbose_name="montre le dispositif")),
                ("nonce", models.CharField(max_length=64, verbose_name="sel du lien")),
                (
                    "token_hash",
                    models.CharField(max_length=64, unique=True, verbose_name="empreinte du lien"),
                ),
                ("asked_at", models.DateTimeField(verbose_name="demandé le")),
                ("reminded_at", models.DateTimeField(blank=True, null=True, verbose_name="rappelé le")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="annulé le")),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("favourable", "Favorable"),
                            ("reserved", "Favorable avec réserves"),
                            ("unfavourable", "Défavorable"),
                            ("abstained", "Ne se prononce pas"),
                        ],
                        max_length=15,
                        verbose_name="avis",
                    ),
                ),
                (
                    "answer_text",
                    models.TextField(blank=True, max_length=8000, verbose_name="motifs de l’avis"),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="répondu le")),
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
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opinions",
                        to="applications.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "pieces",
                    models.ManyToManyField(
                        blank=True,
                        related_name="opinions",
                        to="applications.dossierdocument",
                        verbose_name="pièces montrées",
                    ),
                ),
            ],
            options={
                "verbose_name": "avis extérieur",
                "verbose_name_plural": "avis extérieurs",
                "ordering": ["-asked_at", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("answered_at__isnull", True), ("revoked_at__isnull", True)),
                        fields=["due_on"],
                        name="opinion_awaited",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_at__isnull", True)),
                            models.Q(("answered_at__isnull", False), models.Q(("answer", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="opinion_answered_once",
                        violation_error_message="Un avis rendu a sa conclusion et sa date.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_at__isnull", True), ("revoked_at__isnull", True), _connector="OR"
                        ),
                        name="opinion_answered_or_revoked",
                        violation_error_message="Une demande annulée ne reçoit plus d’avis.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at__isnull", True), ("revoked_at__isnull", True)),
                        fields=("dossier", "email"),
                        name="opinion_one_awaited",
                        violation_error_message="Un avis est déjà attendu de cette personne sur ce dossier.",
                    ),
                ],
            },
        ),
    ]
