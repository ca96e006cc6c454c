from django.db import migrations, models


def andere_adresse_geben(apps, schema_editor):
    """Let a conference at /entwurf/, which from now on is no conference, have another address."""
    Konferenz = apps.get_model("konferenz", "Konferenz")
    vergeben = set(Konferenz.objects.values_list("slug", flat=True))
    for konferenz in Konferenz.objects.filter(slug="entwurf"):
        name = f"entwurf-{konferenz.datum.year}"
        frei = next(slug for slug in (name, *(f"{name}-{n}" for n in range(2, 99))) if slug not in vergeben)
        Konferenz.objects.filter(pk=konferenz.pk).update(slug=frei)
        apps.get_model("konferenz", "HistoricalKonferenz").objects.filter(id=konferenz.pk).update(slug=frei)


class Migration(migrations.Migration):
    dependencies = [
        ("konferenz", "0003_verlauf_vollstaendig"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="konferenz",
            name="konferenz_slug_frei",
        ),
        migrations.RunPython(andere_adresse_geben, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="konferenz",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "slug__in",
                            (
                                "a",
                                "admin",
                                "barrierefreiheit",
                                "datenschutz",
                                "entwurf",
                                "feed",
                                "healthz",
                                "impressum",
                                "konto",
                                "leichte-sprache",
                                "medien",
                                "static",
                                "suche",
                            ),
                        ),
                        _negated=True,
                    ),
                    models.Q(("slug", ""), _negated=True),
                ),
                name="konferenz_slug_frei",
                violation_error_message="Diese Adresse ist für eine andere Seite vergeben. Wählen Sie eine andere.",
            ),
        ),
    ]
