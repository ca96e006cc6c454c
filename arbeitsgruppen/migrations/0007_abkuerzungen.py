"""Abbreviations of the field for every installation; organisers extend and change them from here on.

They were gathered by reading the documentation of 2021, where each stands or has its long form. Left out is
what means several things there: AG (Arbeitsgruppe, Arbeitgeber). EA is Ehrenamt, never Erstaufnahme (LEA).
"""

import uuid

from django.db import migrations
from django.utils import timezone

GRUPPEN = (
    ("IM", "IntMan", "IntMa", "Integrationsmanagement"),
    ("ABH", "Ausländerbehörde"),
    ("EA", "Ehrenamt"),
    ("JC", "Jobcenter"),
    ("Arbeitsagentur", "Agentur für Arbeit"),
    ("BAMF", "Bundesamt für Migration und Flüchtlinge"),
    ("LRA", "Landratsamt"),
    ("GU", "Gemeinschaftsunterkunft"),
    ("IK", "Ikurs", "I-Kurs", "Integrationskurs"),
    ("VwV", "Verwaltungsvorschrift"),
    ("VHS", "Volkshochschule"),
    ("FSJ", "Freiwilliges Soziales Jahr"),
    ("BFD", "Bufdi", "Bundesfreiwilligendienst"),
    ("AK", "Arbeitskreis"),
    ("BuT", "Bildung und Teilhabe"),
    ("EQ", "Einstiegsqualifizierung"),
    ("Kita", "Kindertagesstätte", "Kindertageseinrichtung"),
    ("DSGVO", "Datenschutz-Grundverordnung"),
    ("ÖPNV", "öffentlicher Personennahverkehr"),
    ("PartIntG", "Partizipations- und Integrationsgesetz"),
    ("LADS", "Antidiskriminierungsstelle des Landes"),
    ("BW", "BaWü", "Baden-Württemberg"),
    ("MBE", "Migrationsberatung für erwachsene Zuwanderer"),
    ("JMD", "Jugendmigrationsdienst"),
    ("RP", "Regierungspräsidium"),
    ("AsylbLG", "Asylbewerberleistungsgesetz"),
    ("AsylG", "Asylgesetz"),
    ("AufenthG", "Aufenthaltsgesetz"),
    ("SGB", "Sozialgesetzbuch"),
    ("FlüAG", "Flüchtlingsaufnahmegesetz"),
    ("BeschV", "Beschäftigungsverordnung"),
    ("DeuFöV", "Deutschsprachförderverordnung"),
    ("UMA", "unbegleitete minderjährige Ausländer"),
    ("LEA", "Landeserstaufnahmeeinrichtung"),
)


def anlegen(apps, schema_editor):
    """Store those of which no spelling is there yet, and that in the history, as every change."""
    Abkuerzung = apps.get_model("arbeitsgruppen", "Abkuerzung")
    Verlauf = apps.get_model("arbeitsgruppen", "HistoricalAbkuerzung")
    vorhandene = {
        zeile.strip().casefold()
        for schreibweisen in Abkuerzung.objects.values_list("schreibweisen", flat=True)
        for zeile in schreibweisen.splitlines()
    }
    neue = Abkuerzung.objects.bulk_create(
        Abkuerzung(schreibweisen="\n".join(gruppe))
        for gruppe in GRUPPEN
        if vorhandene.isdisjoint(schreibweise.casefold() for schreibweise in gruppe)
    )
    vorgang, jetzt = uuid.uuid4(), timezone.now()
    Verlauf.objects.bulk_create(
        Verlauf(
            id=abkuerzung.pk,
            schreibweisen=abkuerzung.schreibweisen,
            history_type="+",
            history_date=jetzt,
            history_change_reason="Grundausstattung",
            vorgang=vorgang,
        )
        for abkuerzung in neue
    )


class Migration(migrations.Migration):
    dependencies = [("arbeitsgruppen", "0006_zitieren")]

    operations = [migrations.RunPython(anlegen, migrations.RunPython.noop)]
