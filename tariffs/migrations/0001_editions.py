import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EditionText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=10, verbose_name="code")),
                ("label", models.CharField(max_length=80, verbose_name="libellé")),
                ("version", models.PositiveSmallIntegerField(default=1, verbose_name="version")),
                ("file_name", models.CharField(max_length=120, verbose_name="nom du fichier")),
                ("text", models.TextField(verbose_name="texte")),
                ("digest", models.CharField(max_length=64, verbose_name="empreinte SHA-256")),
                ("in_force_from", models.DateField(verbose_name="en vigueur à partir du")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Brouillon"),
                            ("replaced", "Remplacée"),
                            ("published", "Publiée"),
                            ("withdrawn", "Retirée"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("loaded_at", models.DateTimeField(verbose_name="chargée le")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="publiée le")),
                (
                    "cancel_asked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="annulation demandée le"),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="retirée le")),
                (
                    "cancel_asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="annulation demandée par",
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
                        verbose_name="retirée par",
                    ),
                ),
                (
                    "loaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="chargée par",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="publiée par",
                    ),
                ),
            ],
            options={
                "verbose_name": "texte d’édition",
                "verbose_name_plural": "textes d’édition",
                "ordering": ["-loaded_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("code", "version"),
                        name="edition_version",
                        violation_error_message="Cette version de l’édition existe déjà.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "draft")),
                        fields=("code",),
                        name="edition_one_draft",
                        violation_error_message="Une édition n’a qu’un brouillon à la fois.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "published")),
                        fields=("code",),
                        name="edition_published_once",
                        violation_error_message="Une édition ne se publie qu’une fois.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "published")),
                        fields=("in_force_from",),
                        name="edition_one_a_day",
                        violation_error_message="Deux éditions n’entrent pas en vigueur le même jour.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "published"), _negated=True),
                            models.Q(("published_at__isnull", False), ("published_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="edition_published_by",
                        violation_error_message="Une édition publiée dit par qui et quand.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_by__isnull", True),
                            models.Q(("published_by", models.F("loaded_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="edition_second_person",
                        violation_error_message="Qui a chargé une édition ne la publie pas.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancel_asked_at__isnull", True), ("cancel_asked_by__isnull", True)),
                            models.Q(
                                ("cancel_asked_at__isnull", False),
                                ("cancel_asked_by__isnull", False),
                                ("published_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="edition_cancel_asked",
                        violation_error_message="Seule la publication d’une édition peut être annulée.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", True),
                                ("ended_by__isnull", True),
                                ("state__in", ["draft", "published"]),
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                ("state__in", ["replaced", "withdrawn"]),
                            ),
                            _connector="OR",
                        ),
                        name="edition_ended_by",
                        violation_error_message="Un texte retiré ou remplacé dit par qui et quand.",
                    ),
                ],
            },
        ),
    ]
