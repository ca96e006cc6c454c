"""JSON-LD for search engines."""

import json
import re
from datetime import date, time

import pytest
from django.test import Client

from konferenz.models import Konferenz
from konferenz.strukturdaten import als_skript, brotkrumen, datensatz, gruppendatensatz, veranstaltung
from tests.fabriken import ArbeitsgruppeFactory, KonferenzFactory

SITE = "https://doku.example.de"


def konferenz(**werte) -> Konferenz:
    return Konferenz(**{"titel": "Fachtag", "slug": "fachtag", "datum": date(2024, 1, 5), **werte})


@pytest.mark.parametrize(
    ("werte", "erwartet"),
    [
        ({}, {"startDate": "2024-01-05"}),
        (
            {"beginn": time(9), "ende": time(12)},
            {"startDate": "2024-01-05T09:00:00+01:00", "endDate": "2024-01-05T12:00:00+01:00"},
        ),
        ({}, {"eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode"}),
        ({"ort": "Ulm"}, {"eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode"}),
        ({"veranstalter": "FaFo"}, {"organizer": {"@type": "Organization", "name": "FaFo"}}),
        ({"reihe": "Pakt"}, {"superEvent": {"@type": "EventSeries", "name": "Pakt"}}),
    ],
)
def test_angaben_der_konferenz_stehen_in_den_strukturdaten(werte, erwartet) -> None:
    daten = veranstaltung(konferenz(**werte), SITE)
    assert daten["url"] == f"{SITE}/fachtag/"
    assert {name: daten[name] for name in erwartet} == erwartet


def test_datensatz_nennt_dateien_herausgeber_und_lizenz(settings) -> None:
    settings.HERAUSGEBER, settings.DATEN_LIZENZ = "", "cc-by/4.0"
    daten = datensatz(konferenz(veranstalter="FaFo"), SITE)

    assert [d["contentUrl"] for d in daten["distribution"]] == [
        f"{SITE}/fachtag/daten.json",
        f"{SITE}/fachtag/daten.csv",
        f"{SITE}/fachtag/daten.xlsx",
    ]
    assert daten["creator"]["name"] == "FaFo"
    assert daten["license"] == "https://creativecommons.org/licenses/by/4.0/deed.de"
    assert 50 <= len(daten["description"]) <= 5000


def test_datensatz_einer_gruppe_gehoert_zu_dem_der_konferenz() -> None:
    daten = gruppendatensatz(konferenz(), 3, "Wohnen", SITE)

    assert daten["isPartOf"]["@id"] == datensatz(konferenz(), SITE)["@id"]
    assert daten["distribution"][0]["contentUrl"] == f"{SITE}/fachtag/ag/3/daten.json"


def test_brotkrumen_zaehlen_von_eins_und_nennen_ganze_adressen() -> None:
    krumen = brotkrumen([("Alle", "/"), ("Fachtag", "/fachtag/")], SITE)["itemListElement"]

    assert [(k["position"], k["name"], k["item"]) for k in krumen] == [
        (1, "Alle", f"{SITE}/"),
        (2, "Fachtag", f"{SITE}/fachtag/"),
    ]


def test_kein_titel_kommt_aus_dem_skript_heraus() -> None:
    text = als_skript(veranstaltung(konferenz(titel="</script><!-- & \u2028"), SITE))

    assert not re.search("[<>&]", text)
    assert json.loads(text)["@graph"][0]["name"] == "</script><!-- & \u2028"


@pytest.mark.django_db
def test_seiten_tragen_ihre_strukturdaten(client: Client) -> None:
    gruppe = ArbeitsgruppeFactory(konferenz=KonferenzFactory(slug="fachtag", veroeffentlicht=True), nummer=1)

    def arten(pfad: str) -> list[str]:
        (skript,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', client.get(pfad).text)
        return [ding["@type"] for ding in json.loads(skript)["@graph"]]

    assert arten("/fachtag/") == ["Event", "Dataset", "BreadcrumbList"]
    assert arten("/fachtag/ag/1/") == ["BreadcrumbList", "Dataset"]
    gruppe.status = gruppe.Status.ZUR_PRUEFUNG
    gruppe.save()
    assert arten("/fachtag/ag/1/") == ["BreadcrumbList"]
