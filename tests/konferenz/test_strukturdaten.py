"""JSON-LD for search engines."""

import json
from datetime import date, time

import pytest

from konferenz.models import Konferenz
from konferenz.strukturdaten import veranstaltung


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
    konferenz = Konferenz(titel="Fachtag", slug="fachtag", datum=date(2024, 1, 5), **werte)
    daten = json.loads(veranstaltung(konferenz, "https://doku.example.de"))
    assert daten["url"] == "https://doku.example.de/fachtag/"
    assert {name: daten[name] for name in erwartet} == erwartet
