"""The history: which changes belong together, by which way they came, what is recorded past `save()`."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from arbeitsgruppen.importieren import importieren
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe
from konferenz.models import Konferenz, Person, Vortrag
from konferenz.verlauf import letzte_zeilen, verzeichnen, verzeichnete_modelle, vorgang
from tests import vorlage
from tests.fabriken import (
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    PersonFactory,
    VortragFactory,
)
from tests.konferenz.test_admin import adresse, senden
from tests.verlaufspruefung import unverzeichnetes

pytestmark = pytest.mark.django_db


def test_vorgang_fasst_aenderungen_mehrerer_modelle_zusammen():
    with vorgang("Erfassung") as vorher:
        aeusserung = AeusserungFactory()
    zeilen = [aeusserung.history.get(), aeusserung.abschnitt.history.get()]
    assert {zeile.vorgang for zeile in zeilen} == {vorher.nummer}
    assert {zeile.history_change_reason for zeile in zeilen} == {"Erfassung"}


def test_aenderungen_ausserhalb_eines_vorgangs_gehoeren_nicht_zusammen():
    eine, andere = AeusserungFactory(), AeusserungFactory()
    assert eine.history.get().vorgang != andere.history.get().vorgang


def test_formular_der_verwaltung_ist_ein_vorgang_mit_diesem_weg(admin_client):
    person = PersonFactory()
    senden(admin_client, person, nachname="Groß-Gerau", ort="Ulm")
    zeile = person.history.first()
    assert (zeile.nachname, zeile.history_change_reason) == ("Groß-Gerau", "Verwaltung")


def test_loeschen_in_der_verwaltung_hat_diesen_weg(admin_client):
    person = PersonFactory()
    admin_client.post(adresse(person, "delete"), {"post": "yes"})
    assert Person.history.filter(history_type="-").get().history_change_reason == "Verwaltung"


def test_importiertes_ist_ein_vorgang_mit_dem_weg_import():
    importieren(vorlage.TEXT)
    vorgaenge = {
        zeile
        for modell in (Konferenz, Arbeitsgruppe, Abschnitt, Aeusserung)
        for zeile in modell.history.values_list("vorgang", "history_change_reason")
    }
    assert [weg for _, weg in vorgaenge] == ["Import"]
    assert unverzeichnetes() == []


def test_geladene_datei_steht_mit_allem_im_verlauf_ohne_nummer():
    call_command("loaddata", vorlage.SLUG, verbosity=0)
    assert Aeusserung.history.filter(history_type="+", vorgang=None).count() == 464
    assert set(Aeusserung.history.values_list("history_change_reason", flat=True)) == {"Datei geladen"}
    assert unverzeichnetes() == []


def test_geladene_datei_gehoert_zum_vorgang_in_dem_sie_geladen_wird():
    with vorgang("Beispieldaten") as beginn:
        call_command("loaddata", vorlage.SLUG, verbosity=0)
    assert set(Aeusserung.history.values_list("vorgang", flat=True)) == {beginn.nummer}


def test_verzeichnen_schreibt_nur_was_sich_geaendert_hat():
    bleibt, anders = AeusserungFactory.create_batch(2)
    Aeusserung.objects.filter(pk=anders.pk).update(position=7)
    with vorgang("Probe"):
        verzeichnen(Aeusserung.objects.all())
        verzeichnen(Aeusserung.objects.all())
    assert bleibt.history.count() == 1
    assert [(z.position, z.history_type, z.history_change_reason) for z in anders.history.all()] == [
        (7, "~", "Probe"),
        (1, "+", None),
    ]


def test_verzeichnen_ohne_zeilen_fragt_nicht(django_assert_num_queries):
    with django_assert_num_queries(0):
        verzeichnen([])


def test_verzeichnen_braucht_fuer_viele_so_viele_abfragen_wie_fuer_eine(django_assert_num_queries):
    AeusserungFactory.create_batch(30)
    Aeusserung.objects.update(position=9)
    with django_assert_num_queries(3):
        verzeichnen(list(Aeusserung.objects.all()))


def test_letzte_zeilen_nennt_je_zeile_die_juengste_auch_bei_verstellter_uhr():
    person = PersonFactory(nachname="Alt")
    person.nachname = "Neu"
    person.save()
    person.history.filter(nachname="Neu").update(
        history_date=person.history.last().history_date - timedelta(1)
    )
    assert [zeile.nachname for zeile in letzte_zeilen(Person.history.all())] == ["Neu"]


def test_verlauf_weiss_wer_einen_vortrag_hielt_und_wer_eine_gruppe_erfasst():
    person, konto = PersonFactory(), BenutzerFactory()
    vortrag, gruppe = VortragFactory(vortragende=[person]), ArbeitsgruppeFactory()
    gruppe.konten.add(konto)
    assert [zeile.person for zeile in vortrag.history.first().vortragende.all()] == [person]
    assert [zeile.user for zeile in gruppe.history.first().konten.all()] == [konto]


def test_zuweisung_vom_konto_her_steht_im_verlauf_der_gruppe():
    konto, gruppe = BenutzerFactory(), ArbeitsgruppeFactory()
    konto.arbeitsgruppen.add(gruppe)
    assert [zeile.user for zeile in gruppe.history.first().konten.all()] == [konto]
    konto.arbeitsgruppen.remove(gruppe)
    assert not gruppe.history.first().konten.exists()


def test_alle_modelle_mit_inhalt_haben_einen_verlauf():
    namen = {modell.__name__ for modell in verzeichnete_modelle()}
    assert namen == {
        "Konferenz",
        "Person",
        "Programmpunkt",
        "Vortrag",
        "Folie",
        "Textseite",
        "Notiz",
        "Pflichtseite",
        "Arbeitsgruppe",
        "Moderation",
        "Abschnitt",
        "Aeusserung",
        "Weiterfuehrung",
        "Kommentar",
        "Quelldatei",
        "Abkuerzung",
        "Thema",
        "Themenentscheidung",
    }
    assert Vortrag in verzeichnete_modelle()
