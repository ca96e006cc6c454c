"""What a preview says of itself."""

from datetime import UTC, datetime

import pytest

from konferenz.vorschau import Vorschau


@pytest.mark.parametrize(
    ("vorschau", "text"),
    [
        (
            Vorschau(True),
            "Diese Konferenz ist noch nicht veröffentlicht. Nur angemeldete Beschäftigte sehen sie.",
        ),
        (
            Vorschau(True, [3]),
            "Diese Konferenz ist noch nicht veröffentlicht. Nur angemeldete Beschäftigte sehen sie. "
            "Auch mit der Veröffentlichung bleiben die Ergebnisse der AG 3 verborgen, "
            "bis sie freigegeben sind.",
        ),
        (
            Vorschau(False, [3, 5]),
            "Die Ergebnisse von AG 3 und 5 sind noch nicht freigegeben. "
            "Nur angemeldete Beschäftigte sehen sie.",
        ),
    ],
)
def test_vorschau_nennt_was_die_oeffentlichkeit_noch_nicht_sieht(vorschau, text):
    assert vorschau
    assert vorschau.text == text


def test_vorschau_ueber_einen_link_nennt_wie_lange_er_gilt():
    vorschau = Vorschau(False, [3], bis=datetime(2026, 11, 28, 13, 5, tzinfo=UTC))
    assert vorschau.text == (
        "Die Ergebnisse der AG 3 sind noch nicht freigegeben. Ihr Link gilt bis 28. November 2026, 14:05 Uhr."
    )


def test_seite_auf_der_nichts_verborgen_ist_ist_keine_vorschau():
    assert not Vorschau(False)
