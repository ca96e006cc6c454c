"""What is stored about a person: wherever erasing would find it, and what belongs to an account."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from arbeitsgruppen.auskunft import FRUEHER, KONTO, PERSON, VIELLEICHT, auskunft
from arbeitsgruppen.namensloeschung import NichtGefunden, loeschen
from konferenz.models import Person
from tests.arbeitsgruppen.test_namensloeschung import NAME, person, welt  # noqa: F401  # fixtures
from tests.fabriken import ArbeitsgruppeFactory, BenutzerFactory, KommentarFactory, PersonFactory

pytestmark = pytest.mark.django_db


def befehl(*optionen: str) -> str:
    ausgabe = StringIO()
    call_command("person_auskunft", *optionen, stdout=ausgabe)
    return ausgabe.getvalue()


def test_auskunft_nennt_jede_stelle_an_der_geloescht_wuerde(welt):  # noqa: F811
    geloescht = loeschen(NAME, auch_in_texten=True, nur_zeigen=True).geloescht
    orte = [zeile for zeile in geloescht if not zeile.startswith(("Person", "Moderation", "Verlauf"))]
    assert len(orte) > 15
    genannt = {angabe.wo for angabe in auskunft(NAME).angaben}
    assert [stelle for stelle in orte if stelle not in genannt] == []


def test_auskunft_sagt_was_und_seit_wann(welt, person):  # noqa: F811
    angaben = auskunft(NAME).angaben
    eigene = {angabe.wo: angabe for angabe in angaben if angabe.art == PERSON}
    nachname = eigene[f"Person {person.pk}, Nachname"]
    assert (nachname.was, nachname.seit) == ("Quastenflosser", person.history.last().history_date)
    assert "vorgestellt als „Quastenflosser Consulting“" in eigene[f"Person {person.pk}, Moderation"].was
    frueheres = [angabe.was for angabe in angaben if angabe.art == FRUEHER]
    assert f"{NAME} hilft" in frueheres  # reworded since
    assert f"Gelöschtes von {NAME}" in frueheres


def test_auskunft_aendert_nichts(welt):  # noqa: F811
    vorher = [str(z) for z in Person.history.values()]
    auskunft(NAME)
    assert [str(z) for z in Person.history.values()] == vorher


def test_wer_frueher_so_hiess_steht_dabei():
    umbenannt = PersonFactory(vorname="Jo", nachname="Weiß")
    umbenannt.nachname = "Groß"
    umbenannt.save()
    (angabe,) = auskunft("Jo Weiß").angaben
    assert (angabe.art, angabe.wo) == (FRUEHER, f"Person {umbenannt.pk}")


def test_der_nachname_allein_gilt_nur_als_vielleicht():
    PersonFactory(vorname="Jo", nachname="Quastenflosser")
    KommentarFactory(text="Quastenflosser anrufen")
    arten = {angabe.art for angabe in auskunft("Jo Quastenflosser").angaben}
    assert arten == {PERSON, VIELLEICHT}


@pytest.fixture
def konto():
    return BenutzerFactory(
        username="yilmaz@example.de",
        email="yilmaz@example.de",
        first_name="Ayşe",
        last_name="Yılmaz",
        rolle="Moderation",
        rolle__gruppen=[ArbeitsgruppeFactory(nummer=7)],
    )


@pytest.mark.parametrize("wie", ["Ayşe Yılmaz", "Yılmaz, Ayşe", "YILMAZ@example.de"])
def test_ein_konto_findet_sich_unter_name_und_adresse(konto, wie: str):
    client = Client()
    daten = {"username": konto.username, "password": "geheim-und-lang-genug"}
    client.post(reverse("admin:login"), daten)
    KommentarFactory(verfasst_von=konto)
    ergebnis = auskunft(wie)
    was = {angabe.wo.removeprefix("Konto „yilmaz@example.de“, "): angabe.was for angabe in ergebnis.angaben}
    assert was["Rolle"] == "Moderation"
    assert was["Arbeitsgruppen"].startswith("AG 7 ")
    assert was["Kommentare"].startswith("1 Eintr")
    anmeldungen = [angabe.was for angabe in ergebnis.angaben if angabe.art == "Anmeldung"]
    assert anmeldungen[0] == "angemeldet 127.0.0.1"
    assert anmeldungen[1].startswith("offene Sitzung bis ")
    assert not any("md5$" in angabe.was for angabe in ergebnis.angaben), "der Abdruck gehört nicht hinein"


def test_ein_konto_ohne_namen_findet_sich_unter_dem_benutzernamen():
    BenutzerFactory(username="technik", email="")
    assert {angabe.art for angabe in auskunft("technik").angaben} == {KONTO}


def test_befehl_schreibt_text_oder_json(welt):  # noqa: F811
    text = befehl(NAME)
    assert text.startswith(f"Gespeichert über „{NAME}“, Stand ")
    assert "\nText:\n- " in text
    assert "Bitte selbst prüfen:" in text
    gelesen = json.loads(befehl(NAME, "--json"))
    assert gelesen["name"] == NAME
    assert {"art", "wo", "was", "seit"} == set(gelesen["angaben"][0])
    assert len(gelesen["angaben"]) == len(auskunft(NAME).angaben)


def test_wovon_nichts_da_ist_sagt_der_befehl():
    with pytest.raises(CommandError, match="Über „Jo Niemand“ ist nichts gespeichert"):
        befehl("Jo Niemand")
    with pytest.raises(NichtGefunden, match="Vor- und Nachnamen"):
        auskunft(" ")
