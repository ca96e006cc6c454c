"""What programs find at fixed addresses, and what pages tell them of themselves."""

import re
from datetime import datetime, timedelta
from io import BytesIO
from urllib.robotparser import RobotFileParser

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from konferenz.models import Pflichtseite
from tests.fabriken import KonferenzFactory, PflichtseiteFactory

pytestmark = pytest.mark.django_db


def test_robots_txt_schliesst_nur_verwaltung_konten_und_entwuerfe_aus(client: Client, settings) -> None:
    settings.SITE_URL = "https://doku.example.de"
    antwort = client.get("/robots.txt")
    assert antwort["Content-Type"] == "text/plain; charset=utf-8"
    regeln = RobotFileParser()
    regeln.parse(antwort.text.splitlines())
    for offen in ("/", "/fachtag/", "/fachtag/ag/1/", "/a/k3f9dq/", "/impressum/", "/fachtag/heft.pdf"):
        assert regeln.can_fetch("Suchdienst", f"https://doku.example.de{offen}"), offen
    for zu in ("/admin/", "/admin/erfassung/", "/entwurf/marke/", "/konto/kennwort-vergessen/"):
        assert not regeln.can_fetch("Suchdienst", f"https://doku.example.de{zu}"), zu
    assert regeln.site_maps() == ["https://doku.example.de/sitemap.xml"]


def security_txt(client: Client) -> dict[str, list[str]]:
    """Return the fields of the file by their names."""
    antwort = client.get("/.well-known/security.txt")
    assert antwort.status_code == 200
    assert antwort["Content-Type"] == "text/plain; charset=utf-8"
    felder: dict[str, list[str]] = {}
    for zeile in antwort.text.splitlines():
        name, wert = zeile.split(": ", 1)
        felder.setdefault(name, []).append(wert)
    return felder


def test_security_txt_nennt_den_eingestellten_kontakt(client: Client, settings) -> None:
    settings.SITE_URL, settings.KONTAKT_MAIL = "https://doku.example.de", "sicher@example.de"
    felder = security_txt(client)
    assert felder["Contact"] == ["mailto:sicher@example.de"]
    assert felder["Preferred-Languages"] == ["de, en"]
    assert felder["Canonical"] == ["https://doku.example.de/.well-known/security.txt"]
    (ablauf,) = felder["Expires"]
    assert timedelta(0) < datetime.fromisoformat(ablauf) - timezone.now() < timedelta(days=365)


def test_security_txt_nennt_das_impressum_sobald_es_kein_beispiel_ist(client: Client, settings) -> None:
    settings.SITE_URL = "https://doku.example.de"
    assert client.get("/.well-known/security.txt").status_code == 404
    PflichtseiteFactory(art=Pflichtseite.Art.IMPRESSUM, text="Amt Ulm")
    assert security_txt(client)["Contact"] == ["https://doku.example.de/impressum/"]


def test_security_txt_nennt_ohne_tls_keine_webadresse(client: Client, settings) -> None:
    settings.SITE_URL, settings.KONTAKT_MAIL = "http://doku.example.de", "sicher@example.de"
    PflichtseiteFactory(art=Pflichtseite.Art.IMPRESSUM, text="Amt Ulm")
    assert "http" not in str(security_txt(client))


@pytest.mark.parametrize(
    ("adresse", "groesse"), [("/favicon.ico", (48, 48)), ("/apple-touch-icon.png", (180, 180))]
)
def test_symbole_fuer_alte_browser_stehen_wo_sie_gesucht_werden(
    client: Client, adresse: str, groesse
) -> None:
    antwort = client.get(adresse)
    assert antwort.status_code == 200
    assert Image.open(BytesIO(antwort.getvalue())).size == groesse


def test_bild_fuer_geteilte_links_hat_die_uebliche_groesse() -> None:
    assert Image.open(str(finders.find("teilen.png"))).size == (1200, 630)


@pytest.mark.parametrize("pfad", ["/", "/fachtag/", "/impressum/", "/barrierefreiheit/rueckmeldung/"])
def test_seiten_sagen_was_andere_neben_einem_link_zeigen(client: Client, settings, pfad: str) -> None:
    settings.SITE_URL = "https://doku.example.de"
    KonferenzFactory(slug="fachtag", titel="Fachtag & mehr", veroeffentlicht=True)
    text = client.get(pfad).text
    angaben = dict(
        re.findall(r'<meta (?:name="description" )?property="og:([\w:]+)" content="([^"]+)">', text)
    )
    assert set(angaben) == {
        *("title", "description", "url", "type", "locale", "site_name", "image", "image:alt"),
    }
    assert angaben["url"] == f"https://doku.example.de{pfad}"
    assert angaben["image"] == "https://doku.example.de/static/teilen.png"
    if pfad == "/fachtag/":
        assert (angaben["title"], angaben["type"]) == ("Fachtag &amp; mehr", "article")


def test_security_md_nennt_dieselbe_adresse_und_dieselben_sprachen(client: Client, settings) -> None:
    settings.KONTAKT_MAIL = "doku@example.de"
    text = (settings.BASE_DIR / "SECURITY.md").read_text(encoding="utf-8")
    assert text.count(reverse("security_txt")) == 2  # in German and in English
    assert security_txt(client)["Preferred-Languages"] == ["de, en"]
    assert "# Sicherheit\n" in text
    assert "# Security\n" in text
