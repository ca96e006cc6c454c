"""The addresses of the data: what they send to whom, how caches keep it, what it costs."""

import csv
import json
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from arbeitsgruppen.auswahl import Auswahl, ausgewaehlt
from arbeitsgruppen.bild import konferenzbild
from arbeitsgruppen.daten import als_csv, als_json
from arbeitsgruppen.models import Arbeitsgruppe
from konferenz.entwurfslink import Entwurfslink
from konferenz.models import Konferenz
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    FolieFactory,
    KonferenzFactory,
    ModerationFactory,
    ProgrammpunktFactory,
    TextseiteFactory,
)

pytestmark = pytest.mark.django_db

TYPEN = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@pytest.fixture
def konferenz() -> Konferenz:
    konferenz = KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    for nummer in (1, 2):
        gruppe = ArbeitsgruppeFactory(konferenz=konferenz, nummer=nummer)
        AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text=f"aus AG {nummer}")
    return konferenz


@pytest.mark.parametrize("endung", TYPEN)
def test_daten_haben_den_richtigen_typ_namen_und_duerfen_gemerkt_werden(
    client: Client, konferenz, endung: str
) -> None:
    antwort = client.get(f"/fachtag/daten.{endung}")

    assert antwort.status_code == 200
    assert antwort["Content-Type"] == TYPEN[endung]
    assert antwort["Content-Disposition"] == f'inline; filename="fachtag.{endung}"'
    assert antwort["Cache-Control"] == "public, no-cache"
    gruppe = client.get(f"/fachtag/ag/2/daten.{endung}")
    assert gruppe["Content-Disposition"] == f'inline; filename="fachtag-ag-2.{endung}"'


@pytest.mark.parametrize("pfad", ["/fachtag/daten.{}", "/fachtag/ag/1/daten.{}"])
@pytest.mark.parametrize("endung", TYPEN)
def test_wer_die_daten_schon_hat_bekommt_304_bis_sich_etwas_aendert(
    client: Client, konferenz, endung: str, pfad: str
) -> None:
    adresse = pfad.format(endung)
    marke = client.get(adresse)["ETag"]

    antwort = client.get(adresse, headers={"If-None-Match": marke})
    assert (antwort.status_code, antwort.content) == (304, b"")
    assert antwort["Cache-Control"] == "public, no-cache"

    AeusserungFactory(abschnitt__arbeitsgruppe=konferenz.arbeitsgruppen.get(nummer=1))
    assert client.get(adresse, headers={"If-None-Match": marke}).status_code == 200


def test_daten_sind_die_des_hefts(client: Client, konferenz, settings) -> None:
    bild = konferenzbild(konferenz)
    gruppe = ausgewaehlt(bild, Auswahl(gruppen=(2,)))

    assert client.get("/fachtag/daten.json").getvalue() == als_json(bild, settings.SITE_URL)
    assert client.get("/fachtag/daten.csv").getvalue() == als_csv(bild, settings.SITE_URL)
    assert client.get("/fachtag/ag/2/daten.json").getvalue() == als_json(gruppe, settings.SITE_URL)
    assert client.get("/fachtag/ag/2/daten.csv").getvalue() == als_csv(gruppe, settings.SITE_URL)


def test_daten_einer_gruppe_enthalten_nur_sie(client: Client, konferenz) -> None:
    daten = json.loads(client.get("/fachtag/ag/2/daten.json").getvalue())
    assert [gruppe["nummer"] for gruppe in daten["arbeitsgruppen"]] == [2]

    csv_text = client.get("/fachtag/ag/2/daten.csv").getvalue().decode("utf-8-sig")
    assert [zeile[9] for zeile in csv.reader(StringIO(csv_text), delimiter=";")] == ["text", "aus AG 2"]

    with ZipFile(BytesIO(client.get("/fachtag/ag/2/daten.xlsx").getvalue())) as mappe:
        blaetter = b"".join(mappe.read(name) for name in mappe.namelist())
    assert b"aus AG 2" in blaetter
    assert b"aus AG 1" not in blaetter


@pytest.mark.parametrize(
    "pfad", ["/fachtag/daten.pdf", "/fachtag/daten.", "/fachtag/ag/9/daten.csv", "/x/daten.csv"]
)
def test_was_es_nicht_gibt_ergibt_404(client: Client, konferenz, pfad: str) -> None:
    assert client.get(pfad).status_code == 404


def test_nicht_freigegebene_gruppe_fehlt_der_oeffentlichkeit_und_der_entwurf_bleibt_geheim(
    client: Client, organisation: Client, konferenz
) -> None:
    Arbeitsgruppe.objects.filter(nummer=2).update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)

    assert b"aus AG 2" not in client.get("/fachtag/daten.csv").getvalue()
    antwort = organisation.get("/fachtag/daten.csv")
    assert b"aus AG 2" in antwort.getvalue()
    assert antwort["Cache-Control"] == "private, no-store"
    assert antwort["X-Robots-Tag"] == "noindex"
    assert organisation.get("/fachtag/ag/1/daten.csv")["Cache-Control"] == "public, no-cache"


def test_link_zum_entwurf_einer_gruppe_oeffnet_deren_daten_und_keine_anderen(
    client: Client, konferenz
) -> None:
    Konferenz.objects.update(status=Konferenz.Status.ENTWURF)
    gruppe = konferenz.arbeitsgruppen.get(nummer=2)
    client.get(reverse("entwurf", args=[Entwurfslink.fuer(konferenz, 1, gruppe).marke]))

    antwort = client.get("/fachtag/ag/2/daten.json")
    assert b"aus AG 2" in antwort.getvalue()
    assert antwort["Cache-Control"] == "private, no-store"
    assert client.get("/fachtag/ag/1/daten.json").status_code == 404
    assert client.get("/fachtag/daten.json").status_code == 404


def fuellen(konferenz: Konferenz, wie_oft: int) -> None:
    for _ in range(wie_oft):
        punkt = ProgrammpunktFactory(konferenz=konferenz)
        gruppe = ArbeitsgruppeFactory(konferenz=konferenz, programmpunkt=punkt)
        ModerationFactory(arbeitsgruppe=gruppe)
        abschnitt = AbschnittFactory(arbeitsgruppe=gruppe)
        AeusserungFactory(uebergeordnet=AeusserungFactory(abschnitt=abschnitt))
        FolieFactory(vortrag__konferenz=konferenz)
        TextseiteFactory(konferenz=konferenz)


@pytest.mark.parametrize(
    "pfad",
    [
        "/fachtag/daten.json",
        "/fachtag/daten.csv",
        "/fachtag/daten.xlsx",
        "/fachtag/ag/1/daten.xlsx",
        "/fachtag/dcat.jsonld",
    ],
)
def test_zahl_der_abfragen_waechst_nicht_mit_der_konferenz(client: Client, konferenz, pfad: str) -> None:
    fuellen(konferenz, 1)
    with CaptureQueriesContext(connection) as eine:
        client.get(pfad)
    fuellen(konferenz, 3)
    with CaptureQueriesContext(connection) as viele:
        client.get(pfad)
    assert len(viele) == len(eine) <= 14


@pytest.mark.parametrize("name", ["konferenz-1", "aeusserungen-1"])
def test_schema_steht_unter_der_adresse_die_die_daten_nennen(client: Client, settings, name: str) -> None:
    settings.SITE_URL = "https://doku.example.de"
    antwort = client.get(f"/{name}.schema.json")

    assert antwort.status_code == 200
    assert antwort["Content-Type"] == "application/schema+json"
    assert json.loads(antwort.content)["$id"] == f"https://doku.example.de/{name}.schema.json"


def test_adresse_des_schemas_in_den_daten_fuehrt_dorthin(client: Client, konferenz, settings) -> None:
    daten = json.loads(client.get("/fachtag/daten.json").getvalue())

    pfad = daten["$schema"].removeprefix(settings.SITE_URL)
    assert json.loads(client.get(pfad).content)["properties"]["version"]["const"] == daten["version"]


@pytest.mark.parametrize("pfad", ["/gibts-nicht.schema.json", "/konferenz-2.schema.json"])
def test_unbekanntes_schema_ergibt_404(client: Client, pfad: str) -> None:
    assert client.get(pfad).status_code == 404


def test_seiten_fuehren_zu_ihren_daten(client: Client, konferenz) -> None:
    konferenzseite, gruppenseite = client.get("/fachtag/").text, client.get("/fachtag/ag/1/").text
    for endung in TYPEN:
        assert f'href="/fachtag/daten.{endung}"' in konferenzseite
        assert f'href="/fachtag/ag/1/daten.{endung}"' in gruppenseite


def test_zurueckgehaltene_gruppe_bietet_keine_daten_an(client: Client, konferenz) -> None:
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)

    assert "daten.csv" not in client.get("/fachtag/ag/1/").text
