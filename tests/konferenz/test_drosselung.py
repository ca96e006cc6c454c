"""Rate limits: whom they stop, for how long, and that they leave everybody else alone."""

import re
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client
from django.urls import reverse

from konferenz import drosselung
from konferenz.drosselung import GRENZEN, Grenze
from tests.fabriken import BenutzerFactory, KonferenzFactory
from tests.test_rechte import MATRIX

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _gedrosselt(settings, monkeypatch) -> None:
    """Limit to two requests each, with a proxy before us and a clock that stands: no window ends."""
    settings.DROSSELUNG, settings.PROXYS = 1, 1
    jetzt = time.time()
    monkeypatch.setattr("django_ratelimit.core.time", SimpleNamespace(time=lambda: jetzt))
    enge = {
        grenze: Grenze(grenze.name, 2, grenze.in_sekunden, grenze.methoden) for grenze in GRENZEN.values()
    }
    monkeypatch.setattr(drosselung, "GRENZEN", {name: enge[grenze] for name, grenze in GRENZEN.items()})


def fragen(client: Client, wie_oft: int = 3, name: str = "suche", von: str = "203.0.113.7", **mehr: Any):
    # With a parameter that no page knows, for what is kept ready counts for nobody.
    adresse = f"{reverse(name, **mehr)}?neu=1"
    return [client.get(adresse, headers={"x-forwarded-for": von}) for _ in range(wie_oft)]


def zahlen(antworten) -> list[int]:
    return [antwort.status_code for antwort in antworten]


def test_wer_zu_oft_sucht_soll_spaeter_wiederkommen(client: Client) -> None:
    *_, antwort = fragen(client)
    assert antwort.status_code == 429
    assert 1 <= int(antwort["Retry-After"]) <= 60
    assert antwort["Cache-Control"] == "private, no-store"
    assert re.search(r"Anfragen.*erst in einer Minute weiter", antwort.text, re.DOTALL)
    assert not client.cookies


def test_andere_rechner_und_andere_seiten_bleiben_frei(client: Client) -> None:
    fragen(client)
    assert zahlen(fragen(client, 2, von="203.0.113.8")) == [200, 200]
    assert zahlen(fragen(client, 5, "startseite")) == [200] * 5


def test_eine_erfundene_kette_zaehlt_nicht_als_anderer_rechner(client: Client) -> None:
    ketten = [f"198.51.100.{n}, 203.0.113.7" for n in range(3)]
    assert zahlen(fragen(client, 1, von=kette)[0] for kette in ketten) == [200, 200, 429]


def test_im_selben_buero_zaehlt_jedes_konto_fuer_sich() -> None:
    for _ in range(2):
        client = Client()
        client.force_login(BenutzerFactory(rolle="Ministerium"))
        assert zahlen(fragen(client)) == [200, 200, 429]


def test_ein_beliebiger_keks_macht_niemanden_zu_einem_anderen(client: Client, settings) -> None:
    codes = []
    for n in range(3):
        client.cookies[settings.SESSION_COOKIE_NAME] = f"erfunden{n}"
        codes += zahlen(fragen(client, 1))
    assert codes == [200, 200, 429]


def test_daten_einer_konferenz_und_der_suche_zaehlen_zusammen(client: Client) -> None:
    konferenz = KonferenzFactory(veroeffentlicht=True)
    stelle = {"konferenz": konferenz.slug, "endung": "json"}
    assert zahlen(fragen(client, 2, "daten", kwargs=stelle)) == [200, 200]
    assert zahlen(fragen(client, 1, "suchdaten", kwargs={"endung": "csv"})) == [429]


@pytest.mark.parametrize("name", ["admin:login", "admin_password_reset", "rueckmeldung"])
def test_formulare_zaehlen_erst_wenn_jemand_sendet(client: Client, name: str) -> None:
    assert zahlen(fragen(client, 4, name)) == [200] * 4
    daten = {"username": "jo", "password": "x", "email": "jo@example.de"}
    codes = [client.post(reverse(name), daten).status_code for _ in range(3)]
    assert 429 not in codes[:2]
    assert codes[2] == 429


def test_mehr_als_ein_mal_so_viel_auf_wunsch_und_ohne_grenze_mit_null(client: Client, settings) -> None:
    settings.DROSSELUNG = 2
    assert zahlen(fragen(client, 5)) == [200] * 4 + [429]
    settings.DROSSELUNG = 0
    assert zahlen(fragen(client, 5)) == [200] * 5


def test_der_cache_kennt_keine_adresse(client: Client, settings) -> None:
    fragen(client)
    settings.SECRET_KEY = "ein-anderes"
    assert zahlen(fragen(client, 1)) == [200]  # without the key nobody finds the counter of an address
    inhalt = str(cache._cache)  # type: ignore[attr-defined]
    assert "rl:" in inhalt
    assert "203.0.113" not in inhalt


class Kaputt(LocMemCache):
    """A cache whose server is gone."""

    def add(self, *args: Any, **kwargs: Any) -> Any:
        raise ConnectionError("Connection refused")


def test_ohne_cache_kommt_jeder_herein(client: Client, settings) -> None:
    settings.CACHES = {**settings.CACHES, "default": {"BACKEND": "tests.konferenz.test_drosselung.Kaputt"}}
    assert zahlen(fragen(client, 4)) == [200] * 4


def test_jede_gedrosselte_adresse_gibt_es() -> None:
    assert GRENZEN.keys() <= MATRIX.keys()
