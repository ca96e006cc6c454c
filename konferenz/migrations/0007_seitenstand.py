from django.db import migrations, models

from konferenz.seitenstand import ausloeser_entfernen


class Migration(migrations.Migration):
    dependencies = [
        ("konferenz", "0006_pflichtseiten"),
    ]

    operations = [
        migrations.CreateModel(
            name="Seitenstand",
            fields=[
                (
                    "platz",
                    models.PositiveSmallIntegerField(primary_key=True, serialize=False, verbose_name="Platz"),
                ),
                ("nummer", models.BigIntegerField(verbose_name="Nummer")),
            ],
            options={
                "verbose_name": "Seitenstand",
                "verbose_name_plural": "Seitenstände",
            },
        ),
        # They are made after all migrations of both apps (arbeitsgruppen/apps.py).
        migrations.RunPython(migrations.RunPython.noop, ausloeser_entfernen),
    ]
