"""The metadata for open-data portals: checked with the shapes that DCAT-AP.de itself publishes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pyshacl import validate
from rdflib import DCAT, DCTERMS, FOAF, RDF, SKOS, Graph, Literal, Namespace, URIRef

from konferenz.models import Konferenz
from tests.fabriken import (
    AeusserungFactory,
    ArbeitsgruppeFactory,
    KonferenzFactory,
    ModerationFactory,
    VortragFactory,
)

pytestmark = pytest.mark.django_db

FORMEN = Path(__file__).parents[1] / "dcat-ap-de"
DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
EU = "http://publications.europa.eu/resource/authority"
SITE = "https://doku.example.de"
BEREITSTELLER = "http://dcat-ap.de/def/contributors/landBadenWuerttemberg"
# The shapes ask of which list a term is. These lists are on the web; here stand the terms that we use.
LISTEN = {
    f"{EU}/language": ["DEU"],
    f"{EU}/data-theme": ["SOCI", "GOVE"],
    f"{EU}/file-type": ["JSON", "CSV", "XLSX", "PDF"],
    "http://dcat-ap.de/def/licenses": ["dl-by-de/2.0", "dl-zero-de/2.0"],
    "http://dcat-ap.de/def/contributors": ["landBadenWuerttemberg"],
}


@pytest.fixture(autouse=True)
def _angaben(settings) -> None:
    settings.SITE_URL = SITE
    settings.HERAUSGEBER = "Statistisches Landesamt"
    settings.DATEN_KONTAKT = "doku@example.de"
    settings.DATEN_LIZENZ = "dl-by-de/2.0"
    settings.DATEN_BEREITSTELLER = BEREITSTELLER
    settings.DATEN_THEMEN = ("SOCI", "GOVE")


@pytest.fixture
def konferenz() -> Konferenz:
    konferenz = KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    AeusserungFactory(abschnitt__arbeitsgruppe__konferenz=konferenz)
    return konferenz


def graph(client: Client, pfad: str) -> Graph:
    antwort = client.get(pfad)
    assert antwort.status_code == 200
    assert antwort["Content-Type"] == "application/ld+json"
    return Graph().parse(data=antwort.getvalue(), format="json-ld")


def verstoesse(daten: Graph) -> list[str]:
    """Return what the shapes complain about, warnings and hints included."""
    pruefung = Graph()
    for datei in FORMEN.glob("*.ttl"):
        pruefung.parse(datei)
    for liste, begriffe in LISTEN.items():
        for begriff in begriffe:
            daten.add((URIRef(f"{liste}/{begriff}"), SKOS.inScheme, URIRef(liste)))
    _, bericht, _ = validate(daten, shacl_graph=pruefung, inference="none")
    sh = Namespace("http://www.w3.org/ns/shacl#")
    return [
        f"{bericht.value(ergebnis, sh.resultMessage)}: {bericht.value(ergebnis, sh.focusNode)}"
        for ergebnis in bericht.subjects(RDF.type, sh.ValidationResult)
    ]


@pytest.mark.parametrize("pfad", ["/dcat.jsonld", "/fachtag/dcat.jsonld"])
def test_metadaten_entsprechen_dcat_ap_de_mit_allen_konventionen(
    client: Client, konferenz, pfad: str
) -> None:
    assert verstoesse(graph(client, pfad)) == []


def test_pruefung_merkt_was_fehlt(client: Client, konferenz, settings) -> None:
    settings.DATEN_LIZENZ = settings.DATEN_BEREITSTELLER = ""
    gefunden = " ".join(verstoesse(graph(client, "/fachtag/dcat.jsonld")))
    assert "K31" in gefunden
    assert "K12&13" in gefunden


def test_angaben_der_konferenz_stehen_im_datensatz(client: Client, konferenz) -> None:
    konferenz.history.update(history_date=datetime(2024, 5, 3, 9, 30, tzinfo=UTC))
    g = graph(client, "/fachtag/dcat.jsonld")
    (satz,) = g.subjects(RDF.type, DCAT.Dataset)

    assert satz == URIRef(f"{SITE}/fachtag/#daten")
    assert konferenz.titel in str(g.value(satz, DCTERMS.title))
    assert g.value(g.value(satz, DCTERMS.publisher), FOAF.name) == Literal("Statistisches Landesamt")
    assert g.value(satz, DCATDE.contributorID) == URIRef(BEREITSTELLER)
    assert str(g.value(g.value(satz, DCAT.contactPoint), VCARD.hasEmail)) == "mailto:doku@example.de"
    assert set(g.objects(satz, DCAT.theme)) == {URIRef(f"{EU}/data-theme/{t}") for t in ("SOCI", "GOVE")}
    assert datetime.fromisoformat(str(g.value(satz, DCTERMS.issued))) == datetime(
        2024, 5, 3, 9, 30, tzinfo=UTC
    )
    assert datetime.fromisoformat(str(g.value(satz, DCTERMS.modified))) > datetime(2024, 5, 4, tzinfo=UTC)
    assert set(g.objects(None, DCTERMS.license)) == {URIRef("http://dcat-ap.de/def/licenses/dl-by-de/2.0")}
    assert set(map(str, g.objects(None, DCATDE.licenseAttributionByText))) == {"Statistisches Landesamt"}


def test_jede_distribution_gibt_es(client: Client, konferenz, setzer) -> None:
    g = graph(client, "/fachtag/dcat.jsonld")
    adressen = [str(adresse) for adresse in g.objects(None, DCAT.downloadURL)]

    assert len(adressen) == 5
    for adresse in adressen:
        assert client.get(adresse.removeprefix(SITE)).status_code in (200, 202), adresse


def test_ohne_angaben_wird_nichts_behauptet(client: Client, konferenz, settings) -> None:
    settings.HERAUSGEBER = settings.DATEN_KONTAKT = settings.DATEN_LIZENZ = settings.DATEN_BEREITSTELLER = ""
    g = graph(client, "/fachtag/dcat.jsonld")

    for angabe in (DCTERMS.license, DCAT.contactPoint, DCATDE.contributorID):
        assert list(g.objects(None, angabe)) == []
    assert set(map(str, g.objects(None, FOAF.name))) == {konferenz.veranstalter}


def test_katalog_nennt_jede_veroeffentlichte_konferenz_und_keinen_entwurf(
    client: Client, organisation: Client, konferenz
) -> None:
    KonferenzFactory(slug="archiv", archiviert=True)
    KonferenzFactory(slug="geheim", titel="Geheime")

    for wer in (client, organisation):
        g = graph(wer, "/dcat.jsonld")
        (katalog,) = g.subjects(RDF.type, DCAT.Catalog)
        saetze = {str(satz) for satz in g.objects(katalog, DCAT.dataset)}
        assert saetze == {f"{SITE}/fachtag/#daten", f"{SITE}/archiv/#daten"}
        assert "eheim" not in g.serialize(format="nt")
        assert wer.get("/geheim/dcat.jsonld").status_code == 404


def test_katalog_ohne_konferenz_ist_gueltiges_rdf(client: Client) -> None:
    g = graph(client, "/dcat.jsonld")
    assert len(list(g.subjects(RDF.type, DCAT.Catalog))) == 1


def test_wer_die_metadaten_schon_hat_bekommt_304(client: Client, konferenz) -> None:
    marke = client.get("/dcat.jsonld")["ETag"]
    assert client.get("/dcat.jsonld", headers={"If-None-Match": marke}).status_code == 304


def test_titel_mit_anfuehrungszeichen_bleibt_was_er_ist(client: Client, konferenz) -> None:
    konferenz.titel = 'Mit "Zeichen" \\ </script> und Glocke \x07'
    konferenz.save()

    titel = json.loads(client.get("/fachtag/dcat.jsonld").getvalue())["@graph"][0]["dct:title"]["@value"]
    assert konferenz.titel in titel


def test_viele_konferenzen_kosten_so_viele_abfragen_wie_eine(client: Client, konferenz) -> None:
    def abfragen() -> int:
        with CaptureQueriesContext(connection) as erfasst:
            client.get("/dcat.jsonld")
        return len(erfasst)

    eine = abfragen()
    for _ in range(4):
        weitere = KonferenzFactory(veroeffentlicht=True)
        ModerationFactory(arbeitsgruppe=ArbeitsgruppeFactory(konferenz=weitere))
        VortragFactory(konferenz=weitere)
    assert abfragen() == eine == 4
