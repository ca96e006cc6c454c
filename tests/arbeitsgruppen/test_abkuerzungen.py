"""The abbreviations that come with every installation."""

import pytest
from django.core.exceptions import ValidationError

from arbeitsgruppen.models import Abkuerzung
from arbeitsgruppen.suchausdruck import Suchausdruck
from arbeitsgruppen.themen import alle_abkuerzungen
from konferenz.faltung import falten
from tests.verlaufspruefung import unverzeichnetes

pytestmark = pytest.mark.django_db


def test_grundausstattung_ist_da_gueltig_und_im_verlauf():
    assert Abkuerzung.objects.count() == 34
    for abkuerzung in Abkuerzung.objects.all():
        abkuerzung.full_clean()
    assert unverzeichnetes() == []
    assert {zeile.history_change_reason for zeile in Abkuerzung.history.all()} == {"Grundausstattung"}


@pytest.mark.parametrize(
    ("gesucht", "text"),
    [
        ("EA", "Ludwigsburg: Projekt Patenschaften, Matching EA"),
        ("Ehrenamt", "Ludwigsburg: Projekt Patenschaften, Matching EA"),
        ("IM", "die Arbeit des IntMan vorstellen"),
        ("Arbeitsagentur", "Anträge bei der Agentur für Arbeit"),
        ("ABH", "Kontakt zur Ausländerbehörde"),
        ("Integrationskurs", "ohne Ikurs-Berechtigung"),
    ],
)
def test_wer_eine_schreibweise_sucht_findet_die_anderen(gesucht, text):
    assert Suchausdruck.lesen(gesucht, alle_abkuerzungen()).passt(falten(text))


def test_kurze_abkuerzung_ist_nicht_das_gleich_geschriebene_wort():
    tafel = alle_abkuerzungen()
    assert not Suchausdruck.lesen("Integrationsmanagement", tafel).passt(falten("Tee im Café"))
    assert not Suchausdruck.lesen("Ehrenamt", tafel).passt(falten("Idea, Area"))


@pytest.mark.django_db
def test_schreibweise_gehoert_nur_zu_einem_eintrag():
    schon = Abkuerzung.objects.create(schreibweisen="SLZ\nSprachlernzentrum")
    with pytest.raises(ValidationError, match="„SLZ“ steht schon in „SLZ = Sprachlernzentrum“"):
        Abkuerzung(schreibweisen="SLZ\nSchulleitung").full_clean()
    schon.full_clean()
