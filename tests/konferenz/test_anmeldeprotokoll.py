"""What is noted of sign-ins and accounts: enough to look into a suspicion, no more, and not for long."""

import json
import re
from datetime import timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from arbeitsgruppen.aufbewahrung import leeren
from konferenz import protokollseite
from konferenz.anmeldeprotokoll import UNBEKANNT, eintraege
from tests.fabriken import BenutzerFactory
from tests.formular import formulardaten

pytestmark = pytest.mark.django_db

KENNWORT = "geheim-und-lang-genug"
GEHEIM = "Xylophon-im-falschen-Feld"


@pytest.fixture
def konto() -> User:
    return BenutzerFactory(username="jo", rolle="Organisation")


def anmelden(name: str, kennwort: str = KENNWORT, client: Client | None = None) -> Client:
    client = client or Client(headers={"user-agent": "Geheimbrowser/7.0", "accept": "text/geheim"})
    client.post(reverse("admin:login"), {"username": name, "password": kennwort})
    return client


def protokoll(*optionen: str) -> str:
    ausgabe = StringIO()
    call_command("anmeldeprotokoll", *optionen, stdout=ausgabe)
    return ausgabe.getvalue()


def was(konto: str = "") -> list[tuple[str, str]]:
    """Return what is noted, the earliest first."""
    liste = eintraege(timezone.now() - timedelta(days=1), konto)
    return [(e.konto, e.was) for e in reversed(liste)]


def test_an_und_abmeldung_fehlversuch_und_sperre_stehen_im_protokoll(konto: User) -> None:
    anmelden("jo").post(reverse("admin:logout"))
    for _ in range(5):
        anmelden("jo", "falsch")
    assert was() == [
        ("jo", "angemeldet"),
        ("jo", "abgemeldet"),
        *[("jo", "Anmeldung gescheitert")] * 4,
        ("jo", "gesperrt: zu viele Fehlversuche"),
    ]


def test_was_mit_konten_geschieht_steht_dabei(konto: User) -> None:
    leitung, client = BenutzerFactory(username="chef", leitung=True), Client()
    client.force_login(leitung)
    seite = reverse("admin:auth_user_change", args=[konto.pk])
    felder = formulardaten(client.get(seite), "user_form")
    client.post(seite, felder | {"rolle": "Ministerium", "first_name": "Jo", "last_name": "Weiß"})
    (wer, aenderung) = was()[-1]
    assert wer == "chef"
    assert aenderung.startswith("Konto jo: ")
    assert "Rolle: Organisation → Ministerium" in aenderung
    assert was("jo") == [(wer, aenderung)]
    assert was("niemand") == []


def test_weder_browser_noch_vertippte_kennwoerter_bleiben_stehen(konto: User) -> None:
    anmelden("jo")
    anmelden(GEHEIM, "egal")
    leeren()
    AccessAttempt.objects.all().delete()  # gone a day later: see below
    for modell in apps.get_models(include_auto_created=True):
        for zeile in modell._base_manager.values():
            assert GEHEIM not in str(zeile), modell
            assert "eheim" not in str(zeile).replace(KENNWORT, ""), modell
    assert (UNBEKANNT, "Anmeldung gescheitert") in was()


def altern(modell: type[models.Model], feld: str, **alter: float) -> None:
    modell._base_manager.update(**{feld: timezone.now() - timedelta(**alter)})


def test_nach_dreissig_tagen_ist_es_geloescht_versuche_nach_einem(konto: User) -> None:
    anmelden("jo")
    anmelden("jo", "falsch")
    altern(AccessLog, "attempt_time", days=29)
    altern(AccessFailureLog, "attempt_time", days=29)
    altern(AccessAttempt, "attempt_time", days=1.1)
    leeren()
    bleibt = [modell.objects.count() for modell in (AccessLog, AccessFailureLog, AccessAttempt)]
    assert bleibt == [1, 1, 0]
    altern(AccessLog, "attempt_time", days=30.1)
    altern(AccessFailureLog, "attempt_time", days=30.1)
    assert leeren()["Anmeldungen und Versuche"] == 2
    assert not AccessLog.objects.exists()
    assert not AccessFailureLog.objects.exists()


def test_abgelaufene_sitzungen_gehen_mit(konto: User) -> None:
    client = anmelden("jo")
    leeren()
    assert client.get(reverse("admin:index")).status_code == 200
    altern(Session, "expire_date", minutes=1)
    leeren()
    assert not Session.objects.exists()


def test_befehl_zeigt_zeilen_oder_json_das_neueste_zuerst(konto: User) -> None:
    anmelden("jo").post(reverse("admin:logout"))
    erste, zweite = protokoll().splitlines()
    assert erste.endswith("  jo: abgemeldet von 127.0.0.1")
    assert zweite.endswith("  jo: angemeldet von 127.0.0.1")
    gelesen = [json.loads(zeile) for zeile in protokoll("--json", "--konto", "jo").splitlines()]
    assert [zeile["was"] for zeile in gelesen] == ["abgemeldet", "angemeldet"]
    assert set(gelesen[0]) == {"zeit", "konto", "was", "adresse", "art"}


def test_befehl_sagt_wenn_nichts_da_ist_und_wenn_die_frist_nicht_stimmt() -> None:
    assert protokoll("--tage", "3") == "Nichts verzeichnet.\n"
    assert protokoll("--json") == ""
    with pytest.raises(CommandError, match="--tage muss zwischen 1 und 3650 liegen"):
        protokoll("--tage", "0")


# The page


@pytest.fixture
def leser(konto: User) -> Client:
    client = Client()
    client.force_login(konto)
    return client


def seite(leser: Client, **wahl: Any) -> str:
    antwort = leser.get(reverse("admin:auth_user_protokoll"), wahl)
    assert antwort.status_code == 200
    return antwort.text


def zeilen(text: str) -> list[tuple[str, str]]:
    """Return account and event of each row."""
    muster = r'<th scope="row"><a [^>]*>([^<]*)</a></th>\s*<td>([^<]*)</td>'
    return [(unescape(name), unescape(ereignis)) for name, ereignis in re.findall(muster, text)]


def test_seite_zeigt_was_der_befehl_zeigt(leser: Client) -> None:
    anmelden("jo").post(reverse("admin:logout"))
    anmelden("jo", "falsch")
    anmelden(GEHEIM, "egal")
    text = seite(leser)
    befehl = [zeile.split("  ", 1)[1] for zeile in protokoll().splitlines()]
    assert [f"{name}: {ereignis} von 127.0.0.1" for name, ereignis in zeilen(text)] == befehl
    assert len(befehl) == 5  # the reader's own sign-in is one of them
    assert GEHEIM not in text


def test_ohne_auswahl_ist_niemand_gemeint_auch_wer_keine_mailadresse_hat(leser: Client) -> None:
    User.objects.filter(username="jo").update(email="")
    BenutzerFactory(username="chris", rolle="Moderation")
    anmelden("chris")
    assert {name for name, _ in zeilen(seite(leser))} == {"jo", "chris"}


def test_seite_filtert_nach_konto_art_und_tagen(leser: Client) -> None:
    BenutzerFactory(username="chris", rolle="Moderation")
    anmelden("chris")
    anmelden("chris", "falsch")
    assert {name for name, _ in zeilen(seite(leser))} == {"jo", "chris"}
    assert {name for name, _ in zeilen(seite(leser, konto="CHRIS@example.de"))} == {"chris"}
    assert zeilen(seite(leser, art="versuch")) == [("chris", "Anmeldung gescheitert")]
    assert "Nichts verzeichnet." in seite(leser, art="konto")
    altern(AccessFailureLog, "attempt_time", days=3)
    assert zeilen(seite(leser, konto="chris", tage=1)) == [("chris", "angemeldet")]
    assert len(zeilen(seite(leser, konto="chris", tage=7))) == 2


def test_unsinn_in_der_auswahl_zaehlt_als_nicht_gewaehlt(leser: Client) -> None:
    alles = zeilen(seite(leser))
    for wahl in (
        {"tage": "x"},
        {"tage": "9" * 40},
        {"art": "x"},
        {"seite": "x"},
        {"konto": "\0"},
        {"tage": ""},
    ):
        assert zeilen(seite(leser, **wahl)) == alles, wahl


def test_seite_blaettert(leser: Client) -> None:
    AccessFailureLog.objects.bulk_create(
        AccessFailureLog(username="jo", ip_address="192.0.2.1") for _ in range(120)
    )
    erste, dritte = seite(leser, konto="jo"), seite(leser, konto="jo", seite=3)
    assert (len(zeilen(erste)), len(zeilen(dritte))) == (50, 21)
    assert "Seite 1 von 3" in erste
    assert "konto=jo&amp;seite=2" in erste


def test_seite_fragt_die_datenbank_bei_vielen_zeilen_nicht_oefter(
    leser: Client, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(11):
        seite(leser)
    AccessFailureLog.objects.bulk_create(AccessFailureLog(username="jo") for _ in range(200))
    with django_assert_max_num_queries(11):
        seite(leser)


def test_im_angriff_zeigt_die_seite_die_neuesten_und_sagt_es(leser: Client, monkeypatch) -> None:
    monkeypatch.setattr(protokollseite, "HOECHSTENS", 10)
    chris = BenutzerFactory(username="chris", rolle="Moderation")
    client = anmelden("chris")
    altern(AccessLog, "attempt_time", hours=2)
    AccessFailureLog.objects.bulk_create(AccessFailureLog(username="jo") for _ in range(20))
    client.post(reverse("admin:logout"))  # long after signing in, but the latest of all
    gefunden = eintraege(timezone.now() - timedelta(days=1), hoechstens=10)
    assert [e.was for e in gefunden] == ["abgemeldet", *["Anmeldung gescheitert"] * 9]
    text = seite(leser)
    assert len(zeilen(text)) == 10
    assert "Die neuesten 10 Einträge" in text
    assert "Die neuesten" not in seite(leser, konto=chris.username)


def test_wege_fuehren_dorthin(leser: Client, konto: User) -> None:
    adresse = reverse("admin:auth_user_protokoll")
    assert f'href="{adresse}"' in leser.get(reverse("admin:index")).text
    assert f'href="{adresse}"' in leser.get(reverse("admin:auth_user_changelist")).text
    assert f'href="{adresse}?konto=jo"' in leser.get(reverse("admin:auth_user_change", args=[konto.pk])).text
