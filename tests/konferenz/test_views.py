"""Public pages of the event, for everybody, for strangers who are signed in, and for organisers."""

import json
import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from icalendar import Calendar

from konferenz import views
from konferenz.models import Konferenz
from tests.fabriken import (
    FolieFactory,
    KonferenzFactory,
    PersonFactory,
    ProgrammpunktFactory,
    VortragFactory,
)

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")


def oeffentliche(**werte) -> Konferenz:
    return KonferenzFactory(status=Konferenz.Status.VEROEFFENTLICHT, **werte)


def test_startseite_ohne_konferenz_sagt_es(client: Client) -> None:
    assert "Noch ist keine Konferenz veröffentlicht." in client.get("/").text


def test_startseite_zeigt_veroeffentlichte_neueste_zuerst(client: Client) -> None:
    oeffentliche(titel="Erste", datum=date(2020, 1, 1))
    oeffentliche(titel="Zweite", datum=date(2022, 1, 1))
    KonferenzFactory(titel="Archivierte", datum=date(2021, 1, 1), status=Konferenz.Status.ARCHIVIERT)
    KonferenzFactory(titel="Geheime", datum=date(2023, 1, 1))
    text = client.get("/").text
    assert re.findall(r"Erste|Zweite|Archivierte|Geheime", text) == ["Zweite", "Archivierte", "Erste"]


def test_startseite_hat_seiten_wenn_es_viele_konferenzen_sind(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(views, "JE_SEITE", 2)
    for jahr in range(2020, 2025):
        oeffentliche(titel=f"Tagung {jahr}", datum=date(jahr, 1, 1))
    gesehen, adresse = [], "/"
    while adresse:
        text = client.get(adresse).text
        gesehen += re.findall(r"Tagung (\d{4})</a>", text)
        weiter = re.search(r'href="(\?seite=\d+)" rel="next"', text)
        adresse = f"/{weiter[1]}" if weiter else ""
    assert gesehen == ["2024", "2023", "2022", "2021", "2020"]
    letzte = client.get("/?seite=99").text
    assert "Tagung 2020" in letzte
    assert "<title>Dokumentierte Konferenzen, Seite 3" in letzte
    assert '/?seite=3" ' in letzte or '/?seite=3">' in letzte
    assert "Tagung 2024" in client.get("/?seite=x").text


def test_startseite_zeigt_entwuerfe_nur_der_organisation(organisation: Client, fremd: Client) -> None:
    KonferenzFactory(titel="Geheime")
    assert "Geheime" in organisation.get("/").text
    assert "Geheime" not in fremd.get("/").text


@pytest.mark.parametrize("zusatz", ["", "programm.ics", "vortraege/stand/", "heft/"])
def test_entwurf_ist_nur_fuer_die_organisation_da(
    client: Client, fremd: Client, organisation: Client, zusatz: str
) -> None:
    vortrag = VortragFactory(konferenz=KonferenzFactory(slug="geplant"), slug="stand")
    ProgrammpunktFactory(konferenz=vortrag.konferenz)
    adresse = f"/geplant/{zusatz}"
    assert client.get(adresse).status_code == 404
    assert fremd.get(adresse).status_code == 404
    # 202: the Heft is being set.
    assert organisation.get(adresse).status_code == (202 if zusatz == "heft.pdf" else 200)


def test_entwurf_traegt_einen_vermerk_und_veroeffentlichtes_nicht(organisation: Client) -> None:
    entwurf, oeffentlich = KonferenzFactory(), oeffentliche()
    assert "Nur angemeldete Beschäftigte sehen sie" in organisation.get(entwurf.get_absolute_url()).text
    assert "angemeldete Beschäftigte" not in organisation.get(oeffentlich.get_absolute_url()).text


def test_archivierte_konferenz_bleibt_lesbar(client: Client) -> None:
    konferenz = KonferenzFactory(status=Konferenz.Status.ARCHIVIERT)
    assert client.get(konferenz.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    "adresse", ["/gibt-es-nicht/", "/gibt-es-nicht/programm.ics", "/gibt-es-nicht/ag/1/"]
)
def test_unbekannte_konferenz_ergibt_404_auf_deutsch(client: Client, adresse: str) -> None:
    antwort = client.get(adresse)
    assert antwort.status_code == 404
    assert "Seite nicht gefunden" in antwort.text


def test_leere_konferenz_sagt_dass_nichts_erfasst_ist(client: Client) -> None:
    assert "noch nichts erfasst" in client.get(oeffentliche().get_absolute_url()).text


def test_strukturdaten_beschreiben_die_veranstaltung_und_brechen_nicht_aus(client: Client) -> None:
    konferenz = oeffentliche(
        titel="Fachtag </script><b>", datum=date(2024, 5, 3), beginn=time(9, 30), ende=time(16), ort="Ulm"
    )
    text = client.get(konferenz.get_absolute_url()).text
    (roh,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    daten, *_ = json.loads(roh)["@graph"]
    assert daten["@type"] == "Event"
    assert daten["name"] == "Fachtag </script><b>"
    assert daten["startDate"] == "2024-05-03T09:30:00+02:00"
    assert daten["location"]["name"] == "Ulm"
    assert "<b>" not in text


def test_kanonische_adresse_nennt_die_eingestellte_site(client: Client, settings) -> None:
    settings.SITE_URL = "https://doku.example.de"
    konferenz = oeffentliche(slug="fachtag")
    text = client.get(konferenz.get_absolute_url()).text
    assert '<link rel="canonical" href="https://doku.example.de/fachtag/">' in text


def test_kalender_hat_je_programmpunkt_einen_termin_bis_zum_naechsten(client: Client) -> None:
    konferenz = oeffentliche(slug="fachtag", datum=date(2024, 5, 3), beginn=time(9), ende=time(12))
    ProgrammpunktFactory(konferenz=konferenz, beginn=time(9), titel="Grußwort", mitwirkende="Jo Groß, Ulm")
    ProgrammpunktFactory(konferenz=konferenz, beginn=time(10), titel="Gruppe A")
    ProgrammpunktFactory(konferenz=konferenz, beginn=time(10), titel="Gruppe B")
    antwort = client.get("/fachtag/programm.ics")
    assert antwort["Content-Type"].startswith("text/calendar")
    termine = Calendar.from_ical(antwort.content).walk("VEVENT")
    assert [
        (str(t["summary"]).split(" (")[0], t.decoded("dtstart"), t.decoded("dtend")) for t in termine
    ] == [
        ("Grußwort", datetime(2024, 5, 3, 9, tzinfo=BERLIN), datetime(2024, 5, 3, 10, tzinfo=BERLIN)),
        ("Gruppe A", datetime(2024, 5, 3, 10, tzinfo=BERLIN), datetime(2024, 5, 3, 12, tzinfo=BERLIN)),
        ("Gruppe B", datetime(2024, 5, 3, 10, tzinfo=BERLIN), datetime(2024, 5, 3, 12, tzinfo=BERLIN)),
    ]
    assert str(termine[0]["description"]) == "Jo Groß, Ulm"


def test_kalender_ohne_ende_gibt_dem_letzten_termin_eine_dauer(client: Client) -> None:
    konferenz = oeffentliche(slug="fachtag", beginn=None, ende=None)
    ProgrammpunktFactory(konferenz=konferenz, beginn=time(23, 55))
    (termin,) = Calendar.from_ical(client.get("/fachtag/programm.ics").content).walk("VEVENT")
    assert termin.decoded("dtend") > termin.decoded("dtstart")


def test_vortrag_zeigt_folien_listen_und_fehlenden_text(client: Client) -> None:
    vortrag = VortragFactory(konferenz=oeffentliche(slug="fachtag"), slug="stand", titel="Zum Stand")
    vortrag.vortragende.add(PersonFactory(titel="Dr.", vorname="Jo", nachname="Groß"))
    FolieFactory(vortrag=vortrag, ueberschrift="Lage", text="Erstens:\n• eins\n• zwei & drei", bild="")
    FolieFactory(vortrag=vortrag, ueberschrift="Bild", text="", bild="")
    text = client.get("/fachtag/vortraege/stand/").text
    assert "Dr. Jo Groß" in text
    assert re.search(r"<ul>\s*<li>eins</li>\s*<li>zwei &amp; drei</li>\s*</ul>", text)
    assert text.count("kein Text überliefert") == 1


def test_bild_einer_folie_sieht_nur_wer_den_vortrag_sieht(
    client: Client, fremd: Client, organisation: Client
) -> None:
    folie = FolieFactory(vortrag__konferenz__slug="fachtag", vortrag__slug="stand", mit_bild=True)
    adresse = f"/fachtag/vortraege/stand/bild/{folie.pk}/"
    assert client.get(adresse).status_code == 404
    assert fremd.get(adresse).status_code == 404
    assert organisation.get(adresse).status_code == 200
    Konferenz.objects.update(status=Konferenz.Status.VEROEFFENTLICHT)
    assert client.get(adresse)["Content-Type"].startswith("image/")
    folie.bild.storage.delete(folie.bild.name)
    assert client.get(adresse).status_code == 404


def test_vortrag_einer_anderen_konferenz_ist_hier_nicht_da(client: Client) -> None:
    oeffentliche(slug="andere")
    VortragFactory(konferenz=oeffentliche(slug="fachtag"), slug="stand")
    assert client.get("/andere/vortraege/stand/").status_code == 404


def test_konferenz_ohne_programm_hat_keinen_kalender(client: Client) -> None:
    konferenz = oeffentliche(slug="fachtag")
    assert client.get("/fachtag/programm.ics").status_code == 404
    assert "programm.ics" not in client.get(konferenz.get_absolute_url()).text


@pytest.mark.parametrize("zusatz", ["", "programm.ics", "vortraege/stand/"])
def test_oeffentliche_seiten_beantworten_head_und_nehmen_nichts_entgegen(client: Client, zusatz: str) -> None:
    vortrag = VortragFactory(konferenz=oeffentliche(slug="fachtag"), slug="stand")
    ProgrammpunktFactory(konferenz=vortrag.konferenz)
    assert client.head(f"/fachtag/{zusatz}").status_code == 200
    assert client.post(f"/fachtag/{zusatz}").status_code == 405


def test_fremder_rechnername_ergibt_400_auf_deutsch(client: Client) -> None:
    antwort = client.get("/", headers={"host": "boese.example"})
    assert antwort.status_code == 400
    assert "Anfrage nicht verstanden" in antwort.text


def test_stoerung_ergibt_eine_seite_auf_deutsch_ohne_einzelheiten(monkeypatch: pytest.MonkeyPatch) -> None:
    def kaputt(*args: object) -> None:
        raise RuntimeError("geheimes Innenleben")

    monkeypatch.setattr(type(Konferenz.objects), "sichtbar_fuer", kaputt)
    antwort = Client(raise_request_exception=False).get("/")
    assert antwort.status_code == 500
    assert "Störung" in antwort.text
    assert "geheim" not in antwort.text


def test_abgelaufenes_formular_ergibt_403_auf_deutsch(db) -> None:
    antwort = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a", "password": "b"})
    assert antwort.status_code == 403
    assert "Das Formular ist abgelaufen" in antwort.text
