"""Payments in batches, accounts confirmed by two persons."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Payments in batches, accounts confirmed by two persons."""

    dependencies: ClassVar = [
        ("applications", "0010_letters"),
        ("documents", "0002_previews"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="PaymentBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=35, unique=True, verbose_name="référence du lot")),
                ("execution_on", models.DateField(verbose_name="exécution demandée le")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("prepared", "À valider"),
                            ("approved", "Validé, à rapprocher"),
                            ("done", "Rapproché"),
                            ("cancelled", "Annulé"),
                        ],
                        default="prepared",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="préparé le")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="validé le")),
                ("cancelled_at", models.DateTimeField(blank=True, null=True, verbose_name="annulé le")),
                ("motive", models.TextField(blank=True, verbose_name="motif de l’annulation")),
                (
                    "executed_on",
                    models.DateField(blank=True, null=True, verbose_name="exécuté par la banque le"),
                ),
            ],
            options={
                "verbose_name": "lot de virements",
                "verbose_name_plural": "lots de virements",
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="PaymentOrder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reference",
                    models.CharField(max_length=35, unique=True, verbose_name="référence de bout en bout"),
                ),
                ("ht", models.DecimalField(decimal_places=2, max_digits=17, verbose_name="montant HT")),
                (
                    "amount",
                    models.DecimalField(decimal_places=2, max_digits=17, verbose_name="montant à virer"),
                ),
                ("creditor", models.CharField(max_length=140, verbose_name="bénéficiaire")),
                ("account", models.CharField(max_length=40, verbose_name="compte crédité")),
                ("account_fingerprint", models.CharField(max_length=64, verbose_name="empreinte du compte")),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "En cours"), ("paid", "Payé"), ("retired", "Retiré")],
                        default="open",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                (
                    "retiring_asked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="retrait demandé le"),
                ),
                ("motive", models.TextField(blank=True, verbose_name="motif du retrait")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminé le")),
            ],
            options={
                "verbose_name": "ordre de virement",
                "verbose_name_plural": "ordres de virement",
                "ordering": ["batch", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ServiceCertificate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content", models.JSONField(verbose_name="contenu")),
                ("made_at", models.DateTimeField(verbose_name="établi le")),
                ("void_at", models.DateTimeField(blank=True, null=True, verbose_name="caduc depuis")),
            ],
            options={
                "verbose_name": "certificat de service fait",
                "verbose_name_plural": "certificats de service fait",
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="hold",
            name="assignee",
            field=models.CharField(blank=True, max_length=200, verbose_name="cessionnaire"),
        ),
        migrations.AddField(
            model_name="hold",
            name="document",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="documents.document",
                verbose_name="acte",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="notified_on",
            field=models.DateField(blank=True, null=True, verbose_name="cession notifiée le"),
        ),
        migrations.AddField(
            model_name="payment",
            name="reversal_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("AC01", "Numéro de compte inexact (AC01)"),
                    ("AC04", "Compte clos (AC04)"),
                    ("AC06", "Compte bloqué (AC06)"),
                    ("BE04", "Bénéficiaire inconnu de la banque (BE04)"),
                    ("MD06", "Retour à la demande du bénéficiaire (MD06)"),
                    ("MS03", "Raison non précisée par la banque (MS03)"),
                ],
                max_length=20,
                verbose_name="raison du retour",
            ),
        ),
        migrations.AlterField(
            model_name="hold",
            name="reason",
            field=models.CharField(
                choices=[
                    ("started_early", "Prestation, devis signé ou facture antérieurs au contrat"),
                    ("insolvency", "Procédure collective"),
                    ("seizure", "Saisie"),
                    ("assignment", "Cession de créance à un tiers"),
                    ("bank_return", "Virement revenu de la banque"),
                    ("restitution_contested", "Restitution contestée par l’entreprise"),
                    ("iban_change", "Changement de coordonnées bancaires"),
                    ("other", "Autre motif"),
                ],
                max_length=30,
                verbose_name="raison",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", "assignment"), _negated=True),
                    models.Q(
                        models.Q(("assignee", ""), _negated=True),
                        ("document__isnull", False),
                        ("notified_on__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="hold_assignment_documented",
                violation_error_message="Une cession de créance nomme le cessionnaire et garde son acte.",
            ),
        ),
        migrations.AddField(
            model_name="paymentbatch",
            name="approved_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="validé par",
            ),
        ),
        migrations.AddField(
            model_name="paymentbatch",
            name="cancelled_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="annulé par",
            ),
        ),
        migrations.AddField(
            model_name="paymentbatch",
            name="document",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="documents.document",
                verbose_name="fichier",
            ),
        ),
        migrations.AddField(
            model_name="paymentbatch",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="préparé par",
            ),
        ),
        migrations.AddField(
            model_name="paymentorder",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="applications.paymentbatch",
                verbose_name="lot",
            ),
        ),
        migrations.AddField(
            model_name="paymentorder",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="terminé par",
            ),
        ),
        migrations.AddField(
            model_name="paymentorder",
            name="mission",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payment_orders",
                to="applications.mission",
                verbose_name="mission",
            ),
        ),
        migrations.AddField(
            model_name="paymentorder",
            name="payment",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="order",
                to="applications.payment",
                verbose_name="paiement",
            ),
        ),
        migrations.AddField(
            model_name="paymentorder",
            name="retiring_asked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="retrait demandé par",
            ),
        ),
        migrations.AddField(
            model_name="servicecertificate",
            name="document",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="documents.document",
                verbose_name="PDF",
            ),
        ),
        migrations.AddField(
            model_name="servicecertificate",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="établi par",
            ),
        ),
        migrations.AddField(
            model_name="servicecertificate",
            name="mission",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="certificates",
                to="applications.mission",
                verbose_name="mission",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    models.Q(("approved_by", models.F("made_by")), _negated=True),
                    _connector="OR",
                ),
                name="batch_four_eyes",
                violation_error_message="Un lot est validé par une autre personne que celle qui l’a préparé.",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["approved", "done"]), _negated=True),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("approved_by__isnull", False),
                        ("document__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="batch_approved_has_file",
                violation_error_message="Un lot validé a son fichier, sa date et la personne qui l’a validé.",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "open")),
                fields=("mission",),
                name="order_one_open_per_mission",
                violation_error_message="Cette mission est déjà dans un lot.",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("amount__gte", models.F("ht"))),
                name="order_amounts",
                violation_error_message="Le montant à virer est positif et couvre le HT.",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("payment__isnull", False), ("status", "paid")),
                    models.Q(models.Q(("status", "paid"), _negated=True), ("payment__isnull", True)),
                    _connector="OR",
                ),
                name="order_paid_has_payment",
                violation_error_message="Seul un ordre payé a son paiement.",
            ),
        ),
        migrations.AddConstraint(
            model_name="servicecertificate",
            constraint=models.UniqueConstraint(
                condition=models.Q(("void_at__isnull", True)),
                fields=("mission",),
                name="certificate_one_standing",
                violation_error_message="Le service fait est déjà certifié.",
            ),
        ),
    ]
