import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0014_arrivals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Absence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateField(verbose_name="du")),
                ("until", models.DateField(verbose_name="au")),
                ("recorded_at", models.DateTimeField(verbose_name="saisie le")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminée le")),
            ],
            options={
                "verbose_name": "absence",
                "verbose_name_plural": "absences",
                "ordering": ["-since", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="AssignmentRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rank", models.PositiveIntegerField(verbose_name="rang")),
                ("name", models.CharField(max_length=80, verbose_name="nom")),
                ("volets", models.JSONField(blank=True, default=list, verbose_name="volets")),
                ("regions", models.JSONField(blank=True, default=list, verbose_name="régions")),
                (
                    "ceiling",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="plafond par personne"),
                ),
                ("is_on", models.BooleanField(default=True, verbose_name="en service")),
            ],
            options={
                "verbose_name": "règle d’affectation",
                "verbose_name_plural": "règles d’affectation",
                "ordering": ["rank", "pk"],
            },
        ),
        migrations.CreateModel(
            name="AssignmentSwitch",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="identifiant",
                    ),
                ),
                ("is_on", models.BooleanField(default=True, verbose_name="règles en service")),
            ],
            options={
                "verbose_name": "interrupteur des règles d’affectation",
                "verbose_name_plural": "interrupteur des règles d’affectation",
            },
        ),
        migrations.CreateModel(
            name="BulkAssignment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="identifiant",
                    ),
                ),
                ("motive", models.TextField(verbose_name="motif")),
                ("source", models.CharField(max_length=200, verbose_name="origine")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("prepared", "À confirmer"),
                            ("waiting", "En attente"),
                            ("running", "En cours"),
                            ("done", "Terminée"),
                            ("failed", "Interrompue"),
                            ("cancelled", "Abandonnée"),
                        ],
                        default="prepared",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("failure", models.CharField(blank=True, max_length=300, verbose_name="raison de l’échec")),
                ("prepared_at", models.DateTimeField(verbose_name="préparée le")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminée le")),
            ],
            options={
                "verbose_name": "affectation groupée",
                "verbose_name_plural": "affectations groupées",
                "ordering": ["-prepared_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="BulkAssignmentItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("act", models.CharField(max_length=20, verbose_name="acte")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("rule", models.PositiveIntegerField(blank=True, null=True, verbose_name="règle")),
                ("loads", models.JSONField(blank=True, default=dict, verbose_name="charges")),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("ready", "Peut être affecté"),
                            ("blocked", "Ne peut pas l’être"),
                            ("done", "Affecté"),
                            ("changed", "A changé entre-temps"),
                        ],
                        max_length=10,
                        verbose_name="résultat",
                    ),
                ),
                ("why", models.TextField(blank=True, verbose_name="pourquoi")),
            ],
            options={
                "verbose_name": "dossier d’une affectation groupée",
                "verbose_name_plural": "dossiers d’une affectation groupée",
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="dossier",
            name="assigned_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="confié à"),
        ),
        migrations.AddIndex(
            model_name="dossier",
            index=models.Index(fields=["officer", "-assigned_at"], name="dossier_last_assigned"),
        ),
        migrations.AddField(
            model_name="absence",
            name="cover",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="covers",
                to=settings.AUTH_USER_MODEL,
                verbose_name="intérim",
            ),
        ),
        migrations.AddField(
            model_name="absence",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="absences",
                to=settings.AUTH_USER_MODEL,
                verbose_name="personne absente",
            ),
        ),
        migrations.AddField(
            model_name="absence",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="saisie par",
            ),
        ),
        migrations.AddField(
            model_name="assignmentrule",
            name="officers",
            field=models.ManyToManyField(
                related_name="assignment_rules",
                to=settings.AUTH_USER_MODEL,
                verbose_name="chargés d’affaires",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignmentswitch",
            constraint=models.CheckConstraint(
                condition=models.Q(("id", 1)),
                name="assignment_switch_one",
                violation_error_message="Il n’y a qu’un interrupteur des règles.",
            ),
        ),
        migrations.AddField(
            model_name="bulkassignment",
            name="officer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="confiés à",
            ),
        ),
        migrations.AddField(
            model_name="bulkassignment",
            name="owner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="préparée par",
            ),
        ),
        migrations.AddField(
            model_name="bulkassignmentitem",
            name="bulk",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="items",
                to="applications.bulkassignment",
                verbose_name="affectation groupée",
            ),
        ),
        migrations.AddField(
            model_name="bulkassignmentitem",
            name="dossier",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="applications.dossier",
                verbose_name="dossier",
            ),
        ),
        migrations.AddField(
            model_name="bulkassignmentitem",
            name="officer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="chargé d’affaires choisi",
            ),
        ),
        migrations.AddField(
            model_name="bulkassignmentitem",
            name="previous",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="chargé d’affaires précédent",
            ),
        ),
        migrations.AddIndex(
            model_name="absence",
            index=models.Index(fields=["until", "since"], name="absence_days"),
        ),
        migrations.AddConstraint(
            model_name="absence",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gte", models.F("since"))),
                name="absence_ends_after_start",
                violation_error_message="L’absence doit se terminer après avoir commencé.",
            ),
        ),
        migrations.AddConstraint(
            model_name="absence",
            constraint=models.CheckConstraint(
                condition=models.Q(("person", models.F("cover")), _negated=True),
                name="absence_covered_by_another",
                violation_error_message="L’intérim est assuré par une autre personne.",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignmentrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("ceiling__isnull", True), ("ceiling__gte", 1), _connector="OR"),
                name="assignment_rule_ceiling",
                violation_error_message="Le plafond est d’un dossier au moins.",
            ),
        ),
        migrations.AddIndex(
            model_name="bulkassignment",
            index=models.Index(fields=["-prepared_at"], name="bulk_assignment_latest"),
        ),
        migrations.AddConstraint(
            model_name="bulkassignmentitem",
            constraint=models.UniqueConstraint(
                fields=("bulk", "dossier"),
                name="bulk_assignment_item_once",
                violation_error_message="Ce dossier est déjà dans l’affectation groupée.",
            ),
        ),
    ]
