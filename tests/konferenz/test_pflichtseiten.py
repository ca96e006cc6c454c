"""The pages that a public site has to have."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from konferenz.models import Pflichtseite
from tests.fabriken import BenutzerFactory, PflichtseiteFactory, angemeldet
from tests.konferenz.test_admin import adresse, senden

pytestmark = pytest.mark.django_db

ARTEN = Pflichtseite.Art.values
BEISPIEL = "Beispieltext – vor der Veröffentlichung ersetzen"


@pytest.mark.parametrize("art", ARTEN)
@pytest.mark.parametrize("vorhanden", [True, False], ids=["mit Zeile", "ohne Zeile"])
def test_seite_ohne_eigenen_text_zeigt_ein_beispiel_das_sich_so_nennt(client: Client, art, vorhanden) -> None:
    if not vorhanden:
        Pflichtseite.objects.all().delete()
    antwort = client.get(f"/{art}/")
    assert antwort.status_code == 200
    assert BEISPIEL in antwort.text
    assert "[" in Pflichtseite(art=art).inhalt  # gaps for the organisers
    assert antwort.text.count("<h1") == 1
    assert "/admin/" not in antwort.text


def test_seite_zeigt_den_eigenen_text_als_ueberschriften_absaetze_und_punkte(client: Client) -> None:
    PflichtseiteFactory(
        art="impressum", text="# Wer <wir> sind\n\nAmt Ulm\nhttps://ulm.example.de\n\n## Post\n• a\n• b"
    )
    text = client.get("/impressum/").text
    assert BEISPIEL not in text
    assert "<h2>Wer &lt;wir&gt; sind</h2>" in text
    assert '<a href="https://ulm.example.de" rel="nofollow">' in text
    assert "<h3>Post</h3>" in text
    assert text.index("<h3>") < text.index("<li>a</li>")


def test_nur_die_organisation_kommt_von_der_seite_zum_bearbeiten(client: Client) -> None:
    seite = Pflichtseite.objects.get(art="datenschutz")
    formular = reverse("admin:konferenz_pflichtseite_change", args=[seite.pk])
    for rolle, sieht in (("Organisation", True), ("Moderation", False), ("Ministerium", False)):
        leser = angemeldet(BenutzerFactory(rolle=rolle))
        for text in ("", "Eigener Text"):
            PflichtseiteFactory(art="datenschutz", text=text)
            assert (formular in leser.get("/datenschutz/").text) == sieht
    assert formular not in client.get("/datenschutz/").text


def test_formular_beginnt_mit_dem_beispiel_und_laesst_es_unveraendert_beispiel_sein(admin_client) -> None:
    seite = Pflichtseite.objects.get(art="impressum")
    assert "§ 5 des Digitale-Dienste-Gesetzes" in admin_client.get(adresse(seite)).text
    senden(admin_client, seite)
    seite.refresh_from_db()
    assert seite.ist_beispiel
    senden(admin_client, seite, text="Amt Ulm")
    seite.refresh_from_db()
    assert (seite.text, seite.ist_beispiel) == ("Amt Ulm", False)
    assert seite.history.first().text == "Amt Ulm"
    senden(admin_client, seite, text="")
    seite.refresh_from_db()
    assert seite.ist_beispiel


def test_liste_der_verwaltung_sagt_welche_seiten_noch_beispiele_sind(admin_client) -> None:
    PflichtseiteFactory(art="impressum", text="Amt Ulm")
    text = admin_client.get(adresse(Pflichtseite, "changelist")).text
    assert text.count("Beispieltext – bitte ersetzen") == len(ARTEN) - 1
    assert text.count("eigener Text") == 1


@pytest.mark.parametrize(
    "pfad", ["/", "/gibt-es-nicht/", "/admin/login/", "/admin/", "/konto/kennwort-vergessen/"]
)
def test_jede_seite_fuehrt_zu_den_pflichtseiten(client: Client, admin_client, pfad: str) -> None:
    text = (admin_client if pfad == "/admin/" else client).get(pfad).text
    for art in ARTEN:
        assert f'href="/{art}/"' in text


def test_auch_eine_stoerung_fuehrt_zu_den_pflichtseiten(monkeypatch: pytest.MonkeyPatch) -> None:
    def kaputt(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("konferenz.views.Konferenz.objects.sichtbar_fuer", kaputt)
    antwort = Client(raise_request_exception=False).get("/")
    assert antwort.status_code == 500
    for art in ARTEN:
        assert f'href="/{art}/"' in antwort.text


def test_pruefung_der_datenbank_nennt_seiten_mit_beispieltext(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check", databases=["default"])
    assert "Noch mit Beispieltext: Impressum, Datenschutz, " in capsys.readouterr().err
    for art in ARTEN:
        PflichtseiteFactory(art=art, text="Amt Ulm")
    call_command("check", databases=["default"])
    assert "Beispieltext" not in capsys.readouterr().err
