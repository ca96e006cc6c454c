"""Erasing a person's name everywhere."""

import os
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone

from arbeitsgruppen.erfassung import als_json, stand_von
from arbeitsgruppen.importieren import importieren
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Bearbeitung, Heftausgabe, Moderation
from arbeitsgruppen.namensloeschung import NichtGefunden, loeschen
from konferenz.berechtigungen import MINISTERIUM, MODERATION, ORGANISATION
from konferenz.models import Folie, Importstand, Konferenz, Person, Programmpunkt, Vortrag
from tests import vorlage
from tests.arbeitsgruppen.test_aufbewahrung import spuren
from tests.arbeitsgruppen.test_papierkorb import angemeldet, inhalt
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    FolieFactory,
    ImportstandFactory,
    KommentarFactory,
    KonferenzFactory,
    ModerationFactory,
    NotizFactory,
    PersonFactory,
    ProgrammpunktFactory,
    QuelldateiFactory,
    TextseiteFactory,
    VortragFactory,
)
from tests.konferenz.test_admin import adresse, senden
from tests.verlaufspruefung import unverzeichnetes

pytestmark = pytest.mark.django_db

NAME = "Xaver Quastenflosser"


@pytest.fixture
def person():
    name = {"titel": "Dr.", "vorname": "Xaver", "nachname": "Quastenflosser"}
    return PersonFactory(**name, organisation="FaFo", ort="Ulm")


@pytest.fixture
def welt(admin_client, person):
    """Name the person wherever one can, now and in the past."""
    konferenz = KonferenzFactory(hinweis=f"Es führte durch den Tag {NAME}.", veranstalter=f"Büro {NAME}")
    ProgrammpunktFactory(konferenz=konferenz, titel="Begrüßung", mitwirkende=f"Dr. {NAME}, FaFo\nSabine Groß")
    gruppe = ArbeitsgruppeFactory(konferenz=konferenz, fragestellung=f"{NAME} fragt: Was hilft?")
    ModerationFactory(arbeitsgruppe=gruppe, person=person, angabe="Quastenflosser Consulting")
    vortrag = VortragFactory(
        konferenz=konferenz,
        titel=f"{NAME}: Zum Stand",
        slug="xaver-quastenflosser-zum-stand",
        vortragende=[person],
    )
    FolieFactory(vortrag=vortrag, mit_bild=True, bild__filename="Xaver_Quastenflosser.png", text=f"• {NAME}")
    TextseiteFactory(konferenz=konferenz, text=f"Kontakt: x.quastenflosser@ulm.example und {NAME}")
    NotizFactory(konferenz=konferenz, text=f"({NAME}, Fortsetzung)")
    KommentarFactory(arbeitsgruppe=gruppe, text=f"Bitte {NAME} anrufen")
    QuelldateiFactory(arbeitsgruppe=gruppe, name=f"Ergebnisse {NAME}.pptx")
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift=f"Was {NAME} vorschlägt")
    erste = AeusserungFactory(abschnitt=abschnitt, text=f"Laut Herrn Quastenflosser fehlt Zeit, so {NAME}")
    erste.umformulieren(f"Laut {NAME} fehlt Zeit", gruppe)
    erste.save()
    zweite = AeusserungFactory(abschnitt=abschnitt, text=f"{NAME} hilft")
    zweite.umformulieren("Jemand hilft", gruppe)
    zweite.save()
    AeusserungFactory(abschnitt=abschnitt, text=f"Gelöschtes von {NAME}").delete()
    Bearbeitung.objects.create(
        arbeitsgruppe=gruppe,
        konto=BenutzerFactory(),
        zuletzt=timezone.now(),
        entwurf={"basis": als_json(stand_von(gruppe)), "text": f"{NAME} tippt"},
    )
    senden(admin_client, person, ort="Neu-Ulm")
    PersonFactory(vorname="Xaver", nachname="Quastenflosser", organisation="weg").delete()
    umbenannte = PersonFactory(vorname="Xaver", nachname="Quastenflosser", organisation="anders")
    umbenannte.nachname = "Beuteltier"
    umbenannte.save()
    Heftausgabe.objects.create(
        konferenz=konferenz,
        schluessel="0" * 64,
        entwurf=True,
        datei=default_storage.save("hefte/alt.pdf", ContentFile(b"%PDF")),
        fertig=timezone.now(),
    )
    return gruppe


# Everywhere


def test_name_hinterlaesst_in_keiner_tabelle_eine_spur(welt):
    assert len(spuren("Quastenflosser")) > 20
    loeschen(NAME, auch_in_texten=True)
    assert spuren("Quastenflosser") == []
    assert spuren("quastenflosser") == []
    assert unverzeichnetes() == []


def test_andere_personen_und_worte_bleiben(welt):
    loeschen(NAME, auch_in_texten=True)
    assert Programmpunkt.objects.get().mitwirkende == "[Name gelöscht], FaFo\nSabine Groß"
    assert Konferenz.objects.get().hinweis == "Es führte durch den Tag [Name gelöscht]."
    assert [str(p) for p in Person.objects.order_by("pk")] == ["Name gelöscht", "Xaver Beuteltier"]
    assert Vortrag.objects.get().slug == "name-geloescht-zum-stand"


def test_aeusserungen_bleiben_ohne_ausdruecklichen_wunsch_woertlich(welt):
    ergebnis = loeschen(NAME)
    assert any("Äußerung" in zeile and zeile.endswith("Text") for zeile in ergebnis.bleibt)
    assert set(spuren("Quastenflosser")) == {
        "Aeusserung.original",
        "Aeusserung.text",
        "Bearbeitung.entwurf",
        "HistoricalAeusserung.original",
        "HistoricalAeusserung.text",
        "Suchwort.schreibung",  # a list of the words that stand in texts, and there it stays
    }


def test_ersetztes_ist_redaktionell_geaendert_ohne_das_original(welt):
    loeschen(NAME, auch_in_texten=True)
    erste, zweite = Aeusserung.objects.order_by("position")
    assert (erste.text, erste.original) == ("Laut [Name gelöscht] fehlt Zeit", "")
    assert (zweite.text, zweite.original) == ("Jemand hilft", "")
    assert erste.redaktionell_geaendert
    assert erste.history.first().history_change_reason == "Name gelöscht"


def test_moderation_und_vortrag_bleiben_mit_neutraler_person(welt):
    loeschen(NAME)
    moderation = Moderation.objects.get()
    assert (str(moderation.person), moderation.angabe, moderation.person.ort) == ("Name gelöscht", "", "")
    assert [str(p) for p in Vortrag.objects.get().vortragende.all()] == ["Name gelöscht"]


def test_zwei_geloeschte_namen_vertragen_sich(person):
    gruppe = ArbeitsgruppeFactory()
    zweite = PersonFactory(vorname="Anna", nachname="Beuteltier")
    for p in (person, zweite):
        ModerationFactory(arbeitsgruppe=gruppe, person=p)
    loeschen(NAME)
    loeschen("Anna Beuteltier")
    assert [str(m) for m in gruppe.moderationen.all()] == ["Name gelöscht", "Name gelöscht"]


def test_person_ohne_moderation_und_vortrag_verschwindet_auch_aus_dem_papierkorb(person):
    pk = person.pk
    loeschen(NAME)
    assert not Person.objects.exists()
    assert not Person.history.filter(id=pk).exists()


def test_bild_heisst_danach_anders_und_ist_noch_da(welt):
    alt = str(Folie.objects.get().bild)
    loeschen(NAME)
    neu = str(Folie.objects.get().bild)
    assert default_storage.exists(neu)
    assert not default_storage.exists(alt)
    assert "Quastenflosser" not in neu


def test_ausgaben_des_hefts_mit_dem_namen_gehen(welt):
    loeschen(NAME)
    assert not Heftausgabe.objects.exists()
    assert not default_storage.exists("hefte/alt.pdf")


def test_quelldateien_konten_und_blosse_nachnamen_werden_genannt(welt):
    BenutzerFactory(username="xq", first_name="Xaver", last_name="Quastenflosser")
    AeusserungFactory(text="Quastenflosser ist auch ein Fisch")
    pruefen = "\n".join(loeschen(NAME).pruefen)
    assert "Ergebnisse [Name gelöscht].pptx“: der Inhalt der Datei ist nicht durchsucht" in pruefen
    assert "Konto „xq“" in pruefen
    assert "Text: nur der Nachname" in pruefen
    assert Aeusserung.objects.filter(text="Quastenflosser ist auch ein Fisch").exists()


# Dry run, by key, errors


def test_nur_zeigen_aendert_nichts_und_sagt_dasselbe(welt):
    def dateien():
        return sorted(n for _, _, namen in os.walk(default_storage.path("")) for n in namen)

    vorher, alte_dateien = (inhalt(), spuren("Quastenflosser")), dateien()
    gezeigt = loeschen(NAME, nur_zeigen=True, auch_in_texten=True)
    assert (inhalt(), spuren("Quastenflosser")) == vorher
    assert dateien() == alte_dateien
    assert len(gezeigt.geloescht) == len(loeschen(NAME, auch_in_texten=True).geloescht)


def test_mit_der_nummer_bleiben_namensvettern_und_texte(welt, person):
    vetter = PersonFactory(vorname="Xaver", nachname="Quastenflosser", organisation="Caritas")
    ergebnis = loeschen(pk=person.pk)
    assert "andere heißen ebenso" in "\n".join(ergebnis.pruefen)
    vetter.refresh_from_db()
    assert vetter.nachname == "Quastenflosser"
    assert NAME in Konferenz.objects.get().hinweis
    person.refresh_from_db()
    assert str(person) == "Name gelöscht"


def test_mit_der_nummer_einer_einzigen_person_gehen_auch_texte(welt, person):
    loeschen(pk=person.pk, auch_in_texten=True)
    assert spuren("Quastenflosser") == []


@pytest.mark.parametrize(
    "name", ["Quastenflosser, Xaver", "Dr. Xaver Quastenflosser", "xaver quastenflosser"]
)
def test_name_wird_in_jeder_ueblichen_form_verstanden(person, name):
    loeschen(name)
    assert not Person.objects.exists()


def test_wer_nirgends_vorkommt_wird_gemeldet(person):
    with pytest.raises(NichtGefunden, match="„Anna Beuteltier“ kommt nirgends vor"):
        loeschen("Anna Beuteltier")
    with pytest.raises(NichtGefunden, match="Nummer 4711"):
        loeschen(pk=4711)
    with pytest.raises(NichtGefunden, match="Vor- und Nachnamen"):
        loeschen("  ")
    assert Person.objects.count() == 1


def test_nur_in_texten_genannte_werden_gefunden():
    AeusserungFactory(text="Frau Anna Beuteltier wünscht sich Kurse")
    loeschen("Anna Beuteltier", auch_in_texten=True)
    assert Aeusserung.objects.get().text == "[Name gelöscht] wünscht sich Kurse"


# The next import


def test_naechster_import_bringt_den_namen_nicht_zurueck():
    importieren(vorlage.TEXT)
    moderation = Moderation.objects.select_related("person")[0]
    name = f"{moderation.person.vorname} {moderation.person.nachname}"
    assert spuren(name)
    loeschen(name, auch_in_texten=True)
    assert spuren(name) == []
    for ueberschreiben in (False, True, False):
        importieren(vorlage.TEXT, ueberschreiben=ueberschreiben)
        assert spuren(name) == []
        moderation.refresh_from_db()
        assert str(moderation.person) == "Name gelöscht"
        assert moderation.angabe == ""


def test_importstand_behaelt_was_den_namen_nicht_nennt(person):
    konferenz = KonferenzFactory()
    werte = {"text": "Zeit fehlt", "_stelle": "x", "_platz": 0, "_schluessel": "Zeit fehlt"}
    ImportstandFactory(konferenz=konferenz, stand={"aeusserung:1": werte})
    loeschen(NAME, auch_in_texten=True)
    assert Importstand.objects.get().stand == {"aeusserung:1": werte}


# The command


def befehl(*argumente):
    ausgabe = StringIO()
    call_command("person_loeschen", *argumente, stdout=ausgabe)
    return ausgabe.getvalue().splitlines()


def test_befehl_berichtet_je_zeile_eine_stelle(welt):
    zeilen = befehl(NAME, "--nur-zeigen")
    assert zeilen[-1].startswith("Nichts geändert: Gelöscht würde an ")
    assert zeilen[-1].endswith("Was bleibt, ersetzt --auch-in-texten.")
    assert {zeile.split(":")[0] for zeile in zeilen[:-1]} == {"Gelöscht", "Bleibt", "Bitte prüfen"}
    zeilen = befehl(NAME, "--auch-in-texten")
    assert zeilen[-1].startswith("Gelöscht an ")
    assert not any(zeile.startswith("Bleibt") for zeile in zeilen)


@pytest.mark.parametrize("argumente", [[], [NAME, "--pk", "1"]])
def test_befehl_will_entweder_namen_oder_nummer(argumente):
    with pytest.raises(CommandError, match="entweder den Namen oder"):
        befehl(*argumente)


def test_befehl_nennt_ursache_und_abhilfe():
    with pytest.raises(CommandError, match="kommt nirgends vor"):
        befehl(NAME)


# The page


def knopf(person):
    return reverse("person_loeschen", args=[person.pk])


def test_seite_der_person_fuehrt_zum_loeschen(admin_client, person):
    assert knopf(person) in admin_client.get(adresse(person)).content.decode()
    assert knopf(person) not in angemeldet(MODERATION).get(adresse(person)).content.decode()


def test_seite_zeigt_erst_und_loescht_dann(admin_client, welt, person):
    gezeigt = admin_client.get(knopf(person)).content.decode()
    assert "Hier wird gelöscht" in gezeigt
    assert "In Äußerungen steht er wörtlich" in gezeigt
    assert spuren("Quastenflosser")
    antwort = admin_client.post(knopf(person), {"auch_in_texten": "ja"}, follow=True)
    assert "Stellen gelöscht" in antwort.content.decode()
    assert spuren("Quastenflosser") == []


def test_seite_laesst_aeusserungen_ohne_haken_stehen(admin_client, welt, person):
    antwort = admin_client.post(knopf(person), follow=True)
    assert "Bleibt: AG 1" in antwort.content.decode()
    assert "Aeusserung.text" in spuren("Quastenflosser")


@pytest.mark.parametrize(
    ("rolle", "darf"), [(ORGANISATION, True), (MODERATION, False), (MINISTERIUM, False), (None, False)]
)
def test_nur_die_organisation_loescht_namen(person, rolle, darf):
    client = angemeldet(rolle)
    assert client.get(knopf(person)).status_code == (200 if darf else 403)
    assert client.post(knopf(person)).status_code == (302 if darf else 403)
    assert Person.objects.exists() != darf


def test_anonyme_kommen_zur_anmeldung(client, person):
    for antwort in (client.get(knopf(person)), client.post(knopf(person))):
        assert antwort.url.startswith(reverse("admin:login"))
    assert Person.objects.exists()


def test_unbekannte_person_gibt_es_nicht(admin_client):
    assert admin_client.get(reverse("person_loeschen", args=[4711])).status_code == 404


def test_log_der_verwaltung_nennt_den_namen_nicht_mehr(admin_client, person):
    senden(admin_client, person, ort="Ulm")
    assert "Quastenflosser" in LogEntry.objects.get().object_repr
    loeschen(NAME)
    assert LogEntry.objects.get().object_repr == "[Name gelöscht]"
    assert Arbeitsgruppe.objects.count() == 0
