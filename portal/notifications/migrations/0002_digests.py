"""Adds to a notice its action, its family, its subject and how it is e-mailed; and each person’s preferences."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Preference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("family", models.SlugField(db_index=False, max_length=30, verbose_name="famille")),
                (
                    "delivery",
                    models.CharField(
                        choices=[
                            ("now", "Par courriel, tout de suite"),
                            ("daily", "Par courriel, une fois par jour"),
                            ("portal", "Dans le portail seulement"),
                        ],
                        max_length=10,
                        verbose_name="courriel",
                    ),
                ),
            ],
            options={
                "verbose_name": "préférence de notification",
                "verbose_name_plural": "préférences de notification",
            },
        ),
        migrations.AddField(
            model_name="notification",
            name="action_label",
            field=models.CharField(
                default="Ouvrir dans le portail", max_length=80, verbose_name="ce qu’on peut faire"
            ),
        ),
        migrations.AddField(
            model_name="notification",
            name="delivery",
            field=models.CharField(
                choices=[
                    ("now", "Par courriel, tout de suite"),
                    ("daily", "Par courriel, une fois par jour"),
                    ("portal", "Dans le portail seulement"),
                ],
                default="now",
                max_length=10,
                verbose_name="courriel prévu",
            ),
        ),
        migrations.AddField(
            model_name="notification",
            name="emailed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="envoyée par courriel le"),
        ),
        migrations.AddField(
            model_name="notification",
            name="family",
            field=models.SlugField(db_index=False, default="general", max_length=30, verbose_name="famille"),
        ),
        migrations.AddField(
            model_name="notification",
            name="is_blocking",
            field=models.BooleanField(default=False, verbose_name="attend un acte du lecteur"),
        ),
        migrations.AddField(
            model_name="notification",
            name="subject",
            field=models.CharField(blank=True, max_length=60, verbose_name="objet"),
        ),
        migrations.AddField(
            model_name="notification",
            name="subject_label",
            field=models.CharField(blank=True, max_length=100, verbose_name="nom de l’objet"),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(("delivery__in", ["now", "daily", "portal"])),
                name="notification_delivery_known",
                violation_error_message="Ce mode d’envoi est inconnu.",
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_blocking", False), ("delivery", "now"), _connector="OR"),
                name="notification_blocking_at_once",
                violation_error_message="Ce qui attend un acte du lecteur part tout de suite.",
            ),
        ),
        migrations.AddField(
            model_name="preference",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notification_preferences",
                to=settings.AUTH_USER_MODEL,
                verbose_name="personne",
            ),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.UniqueConstraint(
                fields=("user", "family"),
                name="preference_one_per_family",
                violation_error_message="Cette préférence existe déjà.",
            ),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.CheckConstraint(
                condition=models.Q(("delivery__in", ["now", "daily", "portal"])),
                name="preference_delivery_known",
                violation_error_message="Ce mode d’envoi est inconnu.",
            ),
        ),
    ]
