from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0022_closure_reading"),
    ]

    operations = [
        migrations.AddField(
            model_name="deliveredline",
            name="reference_mark",
            field=models.CharField(blank=True, max_length=64, verbose_name="empreinte du compte rendu"),
        ),
        migrations.AddField(
            model_name="device",
            name="description_mark",
            field=models.CharField(blank=True, max_length=64, verbose_name="empreinte de la description"),
        ),
        migrations.AddField(
            model_name="offer",
            name="method_mark",
            field=models.CharField(blank=True, max_length=64, verbose_name="empreinte de la méthode"),
        ),
        migrations.AddIndex(
            model_name="deliveredline",
            index=models.Index(
                condition=models.Q(("reference_mark", ""), _negated=True),
                fields=["reference_mark"],
                name="delivered_by_reference",
            ),
        ),
        migrations.AddIndex(
            model_name="device",
            index=models.Index(
                condition=models.Q(("description_mark", ""), _negated=True),
                fields=["description_mark"],
                name="device_by_description",
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("method_mark", ""), _negated=True),
                fields=["method_mark"],
                name="offer_by_method",
            ),
        ),
        migrations.AddIndex(
            model_name="quoteline",
            index=models.Index(fields=["item", "quote"], name="quote_line_by_item"),
        ),
    ]
