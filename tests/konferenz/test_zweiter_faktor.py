"""The second factor: setting it up, signing in with it, losing it; nothing of it leaks or holds twice."""

import fcntl
import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axes.models import AccessAttempt, AccessFailureLog
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core import mail as django_mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from arbeitsgruppen.auskunft import auskunft
from konferenz import konten, zweiter_faktor
from konferenz.sicherung.bestand import Bestand
from tests.fabriken import BenutzerFactory
from tests.formular import formulardaten
from tests.konferenz.test_anmeldeprotokoll import was

if TYPE_CHECKING:
    from tests.conftest import Anlage

pytestmark = pytest.mark.django_db

KENNWORT = "geheim-und-lang-genug"
VERWALTUNG = "/admin/"
JETZT = 58_000_000


@pytest.fixture(autouse=True)
def _eingeschaltet(settings) -> None:
    settings.ZWEITER_FAKTOR = "moeglich"


@pytest.fixture
def uhr(monkeypatch) -> Callable[[int], None]:
    """Return what sets the step of time; it stands still otherwise."""

    def stellen(schritt: int) -> None:
        monkeypatch.setattr(zweiter_faktor, "uhr", lambda: schritt)

    stellen(JETZT)
    return stellen


@pytest.fixture
def konto(uhr) -> User:
    return BenutzerFactory(username="jo", rolle="Organisation")


def code(geheimnis: str, schritt: int = JETZT) -> str:
    return format_hotp_value(hotp_value(geheimnis, schritt))


def stelle(muster: str, antwort: Any) -> str:
    (treffer,) = re.findall(muster, antwort.text, re.DOTALL)
    return str(treffer)


def geheimnis_der_seite(antwort: Any) -> str:
    return stelle(r'kd-schluessel">([A-Z2-7 ]+)<', antwort).replace(" ", "")


def codes_der_seite(antwort: Any) -> list[str]:
    return stelle(r'id="codes">([\d\s]+)<', antwort).splitlines()


def einrichten(konto: User, schritt: int = JETZT - 1) -> tuple[str, list[str]]:
    """Give an account a second factor, with a code from a moment ago; return secret and recovery codes."""
    geheimnis = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    codes = zweiter_faktor.einrichten(konto, geheimnis, code(geheimnis, schritt))
    assert codes is not None
    return geheimnis, codes


def kennwort_eingeben(name: str = "jo", kennwort: str = KENNWORT, **weiteres: str) -> tuple[Client, Any]:
    client = Client()
    daten = {"username": name, "password": kennwort, **weiteres}
    return client, client.post(reverse("admin:login"), daten)


def code_eingeben(client: Client, eingabe: str) -> Any:
    return client.post(reverse("zweiter_faktor_code"), {"code": eingabe})


def angemeldet(client: Client) -> bool:
    return client.get(VERWALTUNG).status_code == 200


# Off


def test_ausgeschaltet_ist_alles_wie_zuvor(settings, konto: User) -> None:
    einrichten(konto)
    settings.ZWEITER_FAKTOR = "aus"
    client, antwort = kennwort_eingeben()
    assert antwort["Location"] == VERWALTUNG
    assert angemeldet(client)
    assert "Zweiter Faktor" not in client.get(VERWALTUNG).text
    for name in ("zweiter_faktor", "zweiter_faktor_code", "zweiter_faktor_einrichten"):
        assert client.get(reverse(name)).status_code == 404
    assert client.get(reverse("admin:auth_user_zweiter_faktor", args=[konto.pk])).status_code == 404


def test_ohne_zweiten_faktor_genuegt_das_kennwort_wenn_er_nur_moeglich_ist(konto: User) -> None:
    client, antwort = kennwort_eingeben(next="/admin/konferenz/person/")
    assert antwort["Location"] == "/admin/konferenz/person/"
    assert angemeldet(client)


# Setting it up


def test_einrichten_zeigt_schluessel_und_bild_und_danach_einmal_die_codes(konto: User) -> None:
    client, _ = kennwort_eingeben()
    seite = client.get(reverse("zweiter_faktor"), follow=True)
    assert seite.redirect_chain[-1][0] == reverse("zweiter_faktor_einrichten")
    geheimnis = geheimnis_der_seite(seite)
    assert f"secret={geheimnis}" in seite.text
    assert "<svg" in seite.text
    assert "style=" not in stelle(r'kd-qr".*?(<svg.*?</svg>)', seite)
    assert geheimnis_der_seite(client.get(reverse("zweiter_faktor_einrichten"))) == geheimnis
    antwort = client.post(
        reverse("zweiter_faktor_einrichten"), {"kennwort": KENNWORT, "code": code(geheimnis)}
    )
    codes = codes_der_seite(antwort)
    assert len(set(codes)) == 10
    assert "no-store" in antwort["Cache-Control"]
    assert zweiter_faktor.hat(konto)
    # Once: reloading, or sending again, brings none of them back.
    for nochmal in (
        client.get(reverse("zweiter_faktor"), follow=True),
        client.post(
            reverse("zweiter_faktor_einrichten"),
            {"kennwort": KENNWORT, "code": code(geheimnis)},
            follow=True,
        ),
    ):
        assert codes[0] not in nochmal.text
        assert "noch 10 übrig" in nochmal.text
    assert was()[-1] == ("jo", "Konto jo: Zweiter Faktor eingerichtet.")


def test_wer_einen_einrichtet_ist_ueberall_sonst_abgemeldet(konto: User) -> None:
    fremder, _ = kennwort_eingeben()
    client, _ = kennwort_eingeben()
    geheimnis = geheimnis_der_seite(client.get(reverse("zweiter_faktor_einrichten")))
    felder = {"kennwort": KENNWORT, "code": "000000"}
    client.post(reverse("zweiter_faktor_einrichten"), felder)
    assert angemeldet(fremder)
    client.post(reverse("zweiter_faktor_einrichten"), felder | {"code": code(geheimnis, JETZT - 1)})
    assert zweiter_faktor.hat(konto)
    assert (angemeldet(client), angemeldet(fremder)) == (True, False)
    neuer, _ = kennwort_eingeben()  # with the same password as ever
    code_eingeben(neuer, code(geheimnis))
    assert angemeldet(neuer)


def test_ein_kennwort_das_inzwischen_ein_anderes_ist_bleibt(konto: User, monkeypatch) -> None:
    client, _ = kennwort_eingeben()
    geheimnis = geheimnis_der_seite(client.get(reverse("zweiter_faktor_einrichten")))
    richtig = zweiter_faktor.einrichten

    def dazwischen(*angaben: Any) -> Any:
        konto.set_password("ein-gutes-wort-22")
        konto.save()
        return richtig(*angaben)

    monkeypatch.setattr(zweiter_faktor, "einrichten", dazwischen)
    client.post(reverse("zweiter_faktor_einrichten"), {"kennwort": KENNWORT, "code": code(geheimnis)})
    konto.refresh_from_db()
    assert konto.check_password("ein-gutes-wort-22")
    assert not angemeldet(client)


@pytest.mark.parametrize(
    ("felder", "meldung"),
    [
        ({"kennwort": KENNWORT, "code": "000000"}, "Dieser Code stimmt nicht."),
        ({"kennwort": "falsch", "code": None}, "Das Kennwort stimmt nicht."),
        ({"kennwort": KENNWORT, "code": ""}, "Dieses Feld ist zwingend erforderlich."),
        ({"kennwort": KENNWORT, "code": "٣" * 6}, "Dieser Code stimmt nicht."),
    ],
)
def test_ohne_richtigen_code_und_kennwort_wird_nichts_eingerichtet(
    konto: User, felder: dict[str, Any], meldung: str
) -> None:
    client, _ = kennwort_eingeben()
    geheimnis = geheimnis_der_seite(client.get(reverse("zweiter_faktor_einrichten")))
    felder = {name: code(geheimnis) if wert is None else wert for name, wert in felder.items()}
    antwort = client.post(reverse("zweiter_faktor_einrichten"), felder)
    assert meldung in antwort.text
    assert not zweiter_faktor.hat(konto)
    assert geheimnis_der_seite(antwort) == geheimnis


def test_beim_einrichten_laesst_sich_kein_kennwort_erraten(konto: User) -> None:
    client, _ = kennwort_eingeben()
    felder = {"kennwort": "falsch", "code": "1"}
    antworten = [client.post(reverse("zweiter_faktor_einrichten"), felder).status_code for _ in range(6)]
    assert antworten == [200] * 4 + [429] * 2
    felder["kennwort"] = KENNWORT
    assert client.post(reverse("zweiter_faktor_einrichten"), felder).status_code == 429
    assert ("jo", "falsches Kennwort beim Einrichten des zweiten Faktors") in was()
    assert not zweiter_faktor.hat(konto)


def test_wer_kein_kennwort_hat_braucht_keinen(konto: User) -> None:
    konto.set_unusable_password()
    konto.save()
    client = Client()
    client.force_login(konto)
    antwort = client.get(reverse("zweiter_faktor_einrichten"))
    assert "Sie brauchen ihn nicht." in antwort.text
    assert "<form class" not in antwort.text


def test_gast_wird_zur_anmeldung_geschickt() -> None:
    for name in ("zweiter_faktor", "zweiter_faktor_einrichten", "zweiter_faktor_code"):
        assert Client().get(reverse(name))["Location"].startswith(reverse("admin:login"))


# What is stored


def test_weder_schluessel_noch_codes_stehen_lesbar_in_der_datenbank(konto: User) -> None:
    client, _ = kennwort_eingeben()
    geheimnis = geheimnis_der_seite(client.get(reverse("zweiter_faktor_einrichten")))
    antwort = client.post(
        reverse("zweiter_faktor_einrichten"), {"kennwort": KENNWORT, "code": code(geheimnis)}
    )
    codes = [c.replace(" ", "") for c in codes_der_seite(antwort)]
    client.post(reverse("admin:logout"))
    client, _ = kennwort_eingeben()
    code_eingeben(client, "12345678")
    stand = [
        str(zeile)
        for modell in apps.get_models(include_auto_created=True)
        for zeile in modell._base_manager.values()
    ] + [str(sitzung.get_decoded()) for sitzung in Session.objects.all()]
    assert stand
    for geheim in (geheimnis, *codes, "12345678"):
        assert [zeile for zeile in stand if geheim in zeile] == []


def test_nach_einem_neuen_schluessel_der_anwendung_sagt_die_seite_was_zu_tun_ist(
    settings, konto: User
) -> None:
    geheimnis, _ = einrichten(konto)
    alt = settings.SECRET_KEY
    settings.SECRET_KEY = "ein-anderer-schluessel-" + "y" * 40
    client, _ = kennwort_eingeben()
    antwort = code_eingeben(client, code(geheimnis))
    assert "Bitten Sie die Organisation der Konferenz, ihn zurückzusetzen." in antwort.text
    assert not angemeldet(client)
    settings.SECRET_KEY_FALLBACKS = [alt]
    client, _ = kennwort_eingeben()
    assert code_eingeben(client, code(geheimnis)).status_code == 302
    assert angemeldet(client)


def test_er_gehoert_zur_sicherung() -> None:
    assert Authenticator in Bestand.vorhandener().modelle()


def test_auskunft_nennt_ihn_aber_keine_geheimnisse(konto: User) -> None:
    einrichten(konto)
    angaben = {angabe.wo: angabe.was for angabe in auskunft("jo").angaben}
    assert angaben["Konto „jo“, zweiter Faktor"] == (
        "eingerichtet; gespeichert sind sein Schlüssel und der der Wiederherstellungscodes, verschlüsselt"
    )
    assert not any("uthenti" in wo for wo in angaben)


# Signing in


def test_anmeldung_fragt_nach_dem_kennwort_den_code_und_fuehrt_ans_ziel(konto: User) -> None:
    geheimnis, _ = einrichten(konto)
    client, antwort = kennwort_eingeben(next="/admin/konferenz/person/")
    assert antwort["Location"] == reverse("zweiter_faktor_code")
    assert not angemeldet(client)
    assert "one-time-code" in client.get(reverse("zweiter_faktor_code")).text
    ziffern = code(geheimnis)
    antwort = code_eingeben(client, f" {ziffern[:3]} {ziffern[3:]}")
    assert antwort["Location"] == "/admin/konferenz/person/"
    assert angemeldet(client)
    assert ("jo", "angemeldet mit zweitem Faktor") in was()


def test_falscher_code_meldet_nicht_an_und_steht_im_protokoll(konto: User) -> None:
    einrichten(konto)
    client, _ = kennwort_eingeben()
    antwort = code_eingeben(client, "000000")
    assert "Dieser Code stimmt nicht, oder er wurde schon benutzt." in antwort.text
    assert not angemeldet(client)
    assert was()[-1] == ("jo", "Anmeldung gescheitert: falscher Code")


def test_derselbe_code_gilt_nur_einmal(konto: User, uhr) -> None:
    geheimnis, _ = einrichten(konto)
    erster, _ = kennwort_eingeben()
    zweiter, _ = kennwort_eingeben()
    code_eingeben(erster, code(geheimnis))
    code_eingeben(zweiter, code(geheimnis))
    assert (angemeldet(erster), angemeldet(zweiter)) == (True, False)
    uhr(JETZT + 1)
    code_eingeben(zweiter, code(geheimnis))  # still within the time that clocks may differ
    assert not angemeldet(zweiter)
    code_eingeben(zweiter, code(geheimnis, JETZT + 1))
    assert angemeldet(zweiter)


def test_code_vom_einrichten_gilt_kein_zweites_mal(konto: User) -> None:
    geheimnis, _ = einrichten(konto, JETZT)
    client, _ = kennwort_eingeben()
    code_eingeben(client, code(geheimnis))
    assert not angemeldet(client)


@pytest.mark.parametrize(("daneben", "gilt"), [(-2, False), (-1, False), (0, True), (1, True), (2, False)])
def test_uhren_duerfen_dreissig_sekunden_abweichen(konto: User, daneben: int, gilt: bool) -> None:
    geheimnis, _ = einrichten(konto)  # with the step before
    client, _ = kennwort_eingeben()
    code_eingeben(client, code(geheimnis, JETZT + daneben))
    assert angemeldet(client) == gilt


def test_wiederherstellungscode_gilt_einmal(konto: User) -> None:
    _, codes = einrichten(konto)
    client, _ = kennwort_eingeben()
    assert code_eingeben(client, f"{codes[3][:4]} {codes[3][4:]}").status_code == 302
    assert angemeldet(client)
    assert "noch 9 übrig" in client.get(reverse("zweiter_faktor")).text
    client, _ = kennwort_eingeben()
    assert "schon benutzt" in code_eingeben(client, codes[3]).text
    assert code_eingeben(client, codes[4]).status_code == 302


def test_fuenf_falsche_codes_sperren_wie_fuenf_falsche_kennwoerter(konto: User) -> None:
    geheimnis, _ = einrichten(konto)
    client, _ = kennwort_eingeben()
    antworten = [code_eingeben(client, f"00000{n}") for n in range(5)]
    assert [a.status_code for a in antworten] == [200, 200, 200, 200, 429]
    assert "für eine Viertelstunde gesperrt" in antworten[-1].text
    antwort = code_eingeben(client, code(geheimnis))
    assert antwort.status_code == 429
    assert not angemeldet(client)
    assert kennwort_eingeben()[1].status_code == 429
    assert was()[-1][1] == "gesperrt: zu viele Fehlversuche"


def test_das_richtige_kennwort_allein_faengt_nicht_von_vorn_an(konto: User) -> None:
    geheimnis, _ = einrichten(konto)
    antworten = []
    for n in range(5):
        client, _ = kennwort_eingeben()
        antworten.append(code_eingeben(client, f"00000{n}").status_code)
    assert antworten == [200, 200, 200, 200, 429]
    AccessAttempt.objects.all().delete()
    for _ in range(4):
        code_eingeben(client, "000000")
    code_eingeben(client, code(geheimnis))
    assert angemeldet(client)
    client, _ = kennwort_eingeben()
    assert code_eingeben(client, "000000").status_code == 200


def test_falsche_codes_zaehlen_von_allen_adressen_zusammen(konto: User) -> None:
    geheimnis, _ = einrichten(konto)
    for n in range(10):
        client, _ = kennwort_eingeben()
        client.defaults["REMOTE_ADDR"] = f"192.0.2.{n}"
        assert "Dieser Code stimmt nicht" in code_eingeben(client, "000000").text
    client, _ = kennwort_eingeben()
    client.defaults["REMOTE_ADDR"] = "192.0.2.99"
    assert "Warten Sie eine Stunde" in code_eingeben(client, code(geheimnis)).text
    assert not angemeldet(client)
    AccessFailureLog.objects.all().delete()
    assert code_eingeben(client, code(geheimnis)).status_code == 302


def durch_die_organisation(konto: User) -> None:
    client = Client()
    client.force_login(BenutzerFactory(rolle="Organisation"))
    client.post(reverse("admin:auth_user_zweiter_faktor", args=[konto.pk]))


def mit_dem_befehl(konto: User) -> None:
    call_command("zweiter_faktor_zuruecksetzen", konto.username)


@pytest.mark.parametrize("zuruecksetzen", [durch_die_organisation, mit_dem_befehl])
def test_wer_nach_zehn_falschen_codes_zurueckgesetzt_wird_kommt_hinein(
    konto: User, uhr, zuruecksetzen: Callable[[User], None]
) -> None:
    einrichten(konto)
    for n in range(10):
        client, _ = kennwort_eingeben()
        client.defaults["REMOTE_ADDR"] = f"192.0.2.{n}"
        code_eingeben(client, "000000")
    zuruecksetzen(konto)
    geheimnis, _ = einrichten(konto)
    client, _ = kennwort_eingeben()
    assert "Dieser Code stimmt nicht" in code_eingeben(client, "000000").text
    code_eingeben(client, code(geheimnis))
    assert angemeldet(client)


@pytest.mark.parametrize("zuruecksetzen", [durch_die_organisation, mit_dem_befehl])
def test_zuruecksetzen_hebt_auch_die_sperre_der_anmeldung_auf(
    konto: User, zuruecksetzen: Callable[[User], None]
) -> None:
    einrichten(konto)
    client, _ = kennwort_eingeben()
    for _ in range(5):
        code_eingeben(client, "000000")
    assert kennwort_eingeben()[1].status_code == 429
    zuruecksetzen(konto)
    assert angemeldet(kennwort_eingeben()[0])


@pytest.mark.parametrize("daneben", ["neue Codes", "von morgen"])
def test_neue_wiederherstellungscodes_und_eine_falsche_uhr_heben_die_sperre_nicht_auf(
    konto: User, daneben: str
) -> None:
    geheimnis, _ = einrichten(konto)
    for n in range(10):
        client, _ = kennwort_eingeben()
        client.defaults["REMOTE_ADDR"] = f"192.0.2.{n}"
        code_eingeben(client, "000000")
    if daneben == "neue Codes":
        zweiter_faktor.neue_codes(konto)
    else:
        Authenticator.objects.update(created_at=timezone.now() + timedelta(days=1))
    client, _ = kennwort_eingeben()
    assert "Warten Sie eine Stunde" in code_eingeben(client, code(geheimnis)).text


def test_was_eingegeben_wurde_heben_auch_die_versuche_nicht_auf(konto: User) -> None:
    einrichten(konto)
    client, _ = kennwort_eingeben()
    code_eingeben(client, "987654")
    assert AccessAttempt.objects.exists()
    assert not any("987654" in str(zeile) for zeile in AccessAttempt.objects.values())


def test_zwischen_den_schritten_ist_niemand_angemeldet_und_nicht_ewig_zeit(konto: User) -> None:
    geheimnis, _ = einrichten(konto)
    client, _ = kennwort_eingeben()
    assert "_auth_user_id" not in client.session
    sitzung = client.session
    sitzung["account_login"] = {**sitzung["account_login"], "initiated_at": 1}
    sitzung.save()
    assert code_eingeben(client, code(geheimnis))["Location"] == reverse("admin:login")
    assert not angemeldet(client)


def test_wer_dazwischen_deaktiviert_wird_kommt_nicht_hinein(konto: User) -> None:
    geheimnis, _ = einrichten(konto)
    client, _ = kennwort_eingeben()
    User.objects.update(is_active=False)
    assert code_eingeben(client, code(geheimnis))["Location"] == reverse("admin:login")
    assert "_auth_user_id" not in client.session


def test_unsinn_im_feld_ist_ein_falscher_code(konto: User) -> None:
    einrichten(konto)
    for eingabe in ("", "٣٣٣٣٣٣", "a\x00b", "9" * 5000, "½", "\u200b"):
        client, _ = kennwort_eingeben()
        AccessAttempt.objects.all().delete()
        AccessFailureLog.objects.all().delete()
        assert code_eingeben(client, eingabe).status_code == 200
        assert not angemeldet(client)


def test_als_jemand_anders_anmelden_beginnt_von_vorn(konto: User) -> None:
    einrichten(konto)
    BenutzerFactory(username="chris", rolle="Moderation")
    client, _ = kennwort_eingeben()
    client.post(reverse("admin:login"), {"username": "chris", "password": KENNWORT})
    assert client.session["_auth_user_id"] == str(User.objects.get(username="chris").pk)
    antwort = client.post(reverse("admin:login"), {"username": "jo", "password": KENNWORT})
    assert antwort["Location"] == reverse("zweiter_faktor_code")
    assert "_auth_user_id" not in client.session


# Looking after it


def test_mit_code_gibt_es_neue_wiederherstellungscodes(konto: User) -> None:
    geheimnis, alte = einrichten(konto)
    client = Client()
    client.force_login(konto)
    assert "Dieser Code stimmt nicht" in client.post(reverse("zweiter_faktor"), {"code": "000000"}).text
    antwort = client.post(reverse("zweiter_faktor"), {"code": code(geheimnis), "codes": "1"})
    neue = [c.replace(" ", "") for c in codes_der_seite(antwort)]
    assert not set(neue) & set(alte)
    client, _ = kennwort_eingeben()
    assert code_eingeben(client, alte[0]).status_code == 200
    assert code_eingeben(client, neue[0]).status_code == 302


def test_ein_falscher_code_eines_angemeldeten_ist_keine_gescheiterte_anmeldung(konto: User) -> None:
    geheimnis, _ = einrichten(konto)
    client = Client()
    client.force_login(konto)
    client.post(reverse("zweiter_faktor"), {"code": "000000"})
    assert was()[-1] == ("jo", "falscher Code beim Ändern des zweiten Faktors")
    for n in range(9):  # towards the lock they count all the same
        client.post(reverse("zweiter_faktor"), {"code": "000000"}, REMOTE_ADDR=f"192.0.2.{n}")
    client, _ = kennwort_eingeben()
    client.defaults["REMOTE_ADDR"] = "192.0.2.99"
    assert "Warten Sie eine Stunde" in code_eingeben(client, code(geheimnis)).text


def test_mit_code_laesst_er_sich_entfernen(konto: User) -> None:
    _, codes = einrichten(konto)
    client = Client()
    client.force_login(konto)
    assert client.post(reverse("zweiter_faktor"), {"code": "1", "entfernen": "1"}).status_code == 200
    assert zweiter_faktor.hat(konto)
    client.post(reverse("zweiter_faktor"), {"code": codes[0], "entfernen": "1"})
    assert not Authenticator.objects.exists()
    assert angemeldet(client)
    assert was()[-1] == ("jo", "Konto jo: Zweiter Faktor entfernt.")


def test_organisation_setzt_ihn_zurueck_nach_rueckfrage(konto: User) -> None:
    einrichten(konto)
    leitung, client = BenutzerFactory(username="chef", rolle="Organisation"), Client()
    client.force_login(leitung)
    seite = client.get(reverse("admin:auth_user_change", args=[konto.pk]))
    adresse = reverse("admin:auth_user_zweiter_faktor", args=[konto.pk])
    assert adresse in seite.text
    frage = client.get(adresse)
    assert "Vergewissern Sie sich" in frage.text
    assert zweiter_faktor.hat(konto)
    antwort = client.post(adresse, formulardaten(frage), follow=True)
    assert "ist zurückgesetzt" in antwort.text
    assert adresse not in antwort.text
    assert not Authenticator.objects.exists()
    assert was()[-1] == ("chef", "Konto jo: Zweiter Faktor zurückgesetzt.")
    assert angemeldet(kennwort_eingeben()[0])
    assert "hat keinen zweiten Faktor" in client.post(adresse, follow=True).text


def test_wessen_zweiter_faktor_sich_aendert_erfaehrt_es_mit_der_post(
    konto: User, settings, monkeypatch
) -> None:
    settings.POSTAUSGANG = True
    monkeypatch.setattr(konten, "nebenher_zustellen", konten.zustellen)
    _, codes = einrichten(konto)
    client = Client()
    client.force_login(konto)
    client.post(reverse("zweiter_faktor"), {"code": codes[0], "entfernen": "1"})
    (mail,) = django_mail.outbox
    assert mail.to == ["jo@example.de"]
    assert "Zweiter Faktor entfernt." in mail.body
    User.objects.update(email="")
    einrichten(konto)
    client.force_login(BenutzerFactory(rolle="Organisation"))
    client.post(reverse("admin:auth_user_zweiter_faktor", args=[konto.pk]))
    assert not zweiter_faktor.hat(konto)
    assert len(django_mail.outbox) == 1


def test_liste_der_konten_zeigt_wer_einen_hat(konto: User, settings, django_assert_max_num_queries) -> None:
    client = Client()
    client.force_login(konto)
    liste = reverse("admin:auth_user_changelist")
    for _ in range(20):
        BenutzerFactory(rolle="Moderation")
    einrichten(konto)
    with django_assert_max_num_queries(15):
        seite = client.get(liste)
    spalte = re.findall(r"field-mit_zweitem_faktor.*?>(ja|nein)<", seite.text)
    assert sorted(spalte) == ["ja", *["nein"] * 20]
    settings.ZWEITER_FAKTOR = "aus"
    assert "mit_zweitem_faktor" not in client.get(liste).text


def test_den_eigenen_setzt_niemand_ohne_code_zurueck_und_den_des_hauptkontos_nur_ein_hauptkonto(
    konto: User,
) -> None:
    haupt = BenutzerFactory(leitung=True)
    einrichten(konto)
    einrichten(haupt)
    client = Client()
    client.force_login(konto)
    eigener = client.post(reverse("admin:auth_user_zweiter_faktor", args=[konto.pk]))
    assert eigener["Location"] == reverse("zweiter_faktor")
    assert client.post(reverse("admin:auth_user_zweiter_faktor", args=[haupt.pk])).status_code == 403
    assert zweiter_faktor.hat(konto)
    assert zweiter_faktor.hat(haupt)


@pytest.mark.parametrize("rolle", ["Ministerium", "Moderation", None])
def test_zuruecksetzen_darf_nur_die_organisation(konto: User, rolle: str | None) -> None:
    einrichten(konto)
    client = Client()
    client.force_login(BenutzerFactory(rolle=rolle, mitarbeit=True))
    adresse = reverse("admin:auth_user_zweiter_faktor", args=[konto.pk])
    assert [client.get(adresse).status_code, client.post(adresse).status_code] == [403, 403]
    assert Client().post(adresse)["Location"].startswith(reverse("admin:login"))
    assert zweiter_faktor.hat(konto)


def test_befehl_setzt_ihn_zurueck(konto: User, capsys) -> None:
    einrichten(konto)
    call_command("zweiter_faktor_zuruecksetzen", "JO@example.de")
    assert "jo hat keinen zweiten Faktor mehr" in capsys.readouterr().out
    assert not zweiter_faktor.hat(konto)
    assert was()[-1] == ("jo", "Konto jo: Zweiter Faktor zurückgesetzt (mit dem Befehl auf dem Server).")
    with pytest.raises(CommandError, match="hat keinen zweiten Faktor"):
        call_command("zweiter_faktor_zuruecksetzen", "jo")
    with pytest.raises(CommandError, match="Ein Konto „niemand“ gibt es nicht"):
        call_command("zweiter_faktor_zuruecksetzen", "niemand")
    User.objects.update(email="")
    einrichten(konto)
    with pytest.raises(CommandError, match="Ein Konto „“ gibt es nicht"):
        call_command("zweiter_faktor_zuruecksetzen", "")


def test_mit_dem_konto_geht_auch_er(konto: User) -> None:
    einrichten(konto)
    konto.delete()
    assert not Authenticator.objects.exists()


# Required


def test_pflicht_fuehrt_bei_der_anmeldung_zum_einrichten_und_erst_danach_hinein(
    settings, konto: User
) -> None:
    settings.ZWEITER_FAKTOR = "pflicht"
    client, antwort = kennwort_eingeben(next="/admin/konferenz/person/")
    assert antwort["Location"] == reverse("zweiter_faktor_einrichten")
    assert not angemeldet(client)
    seite = client.get(reverse("zweiter_faktor_einrichten"))
    assert "Ihr Kennwort" not in stelle(r"<form class.*</form>", seite)
    geheimnis = geheimnis_der_seite(seite)
    client.post(reverse("zweiter_faktor_einrichten"), {"code": "000000"})
    assert not angemeldet(client)
    antwort = client.post(reverse("zweiter_faktor_einrichten"), {"code": code(geheimnis)})
    assert len(codes_der_seite(antwort)) == 10
    assert 'href="/admin/konferenz/person/"' in antwort.text
    assert angemeldet(client)
    assert ("jo", "angemeldet, dabei zweiten Faktor eingerichtet") in was()


def test_pflicht_beendet_sitzungen_die_ohne_begonnen_haben(settings, konto: User) -> None:
    client, _ = kennwort_eingeben()
    assert angemeldet(client)
    settings.ZWEITER_FAKTOR = "pflicht"
    assert not angemeldet(client)
    geheimnis, _ = einrichten(konto)
    client, _ = kennwort_eingeben()
    code_eingeben(client, code(geheimnis))
    assert angemeldet(client)


@pytest.mark.parametrize("knopf", ["ersetzen", "entfernen"])  # the latter in a page from before
def test_bei_pflicht_bleibt_der_bisherige_bis_der_neue_da_ist(settings, konto: User, knopf: str) -> None:
    settings.ZWEITER_FAKTOR = "pflicht"
    geheimnis, codes = einrichten(konto)
    client, _ = kennwort_eingeben()
    code_eingeben(client, code(geheimnis))
    seite = client.get(reverse("zweiter_faktor"))
    assert "Neu einrichten" in seite.text
    assert "Zweiten Faktor entfernen" not in seite.text
    antwort = client.post(reverse("zweiter_faktor"), {"code": codes[0], knopf: "1"}, follow=True)
    assert antwort.redirect_chain == [(reverse("zweiter_faktor_einrichten"), 302)]
    assert "Ihr bisheriger zweiter Faktor gilt, bis der neue eingerichtet ist" in antwort.text
    # Still the former one: the password alone sets up none, and its recovery codes hold.
    assert kennwort_eingeben()[1]["Location"] == reverse("zweiter_faktor_code")
    neues = geheimnis_der_seite(antwort)
    assert neues != geheimnis
    falsch = client.post(reverse("zweiter_faktor_einrichten"), {"kennwort": KENNWORT, "code": "000000"})
    assert "Dieser Code stimmt nicht." in falsch.text
    assert code_eingeben(kennwort_eingeben()[0], codes[1]).status_code == 302
    antwort = client.post(
        reverse("zweiter_faktor_einrichten"), {"kennwort": KENNWORT, "code": code(neues, JETZT - 1)}
    )
    neue = [c.replace(" ", "") for c in codes_der_seite(antwort)]
    assert angemeldet(client)
    assert was()[-1] == ("jo", "Konto jo: Zweiter Faktor neu eingerichtet.")
    for eingabe, gilt in [(codes[2], False), (neue[0], True), (code(neues), True)]:
        browser, _ = kennwort_eingeben()
        code_eingeben(browser, eingabe)
        assert angemeldet(browser) == gilt


@pytest.mark.parametrize("seit", [None, -601, 60])
def test_neu_eingerichtet_wird_nur_gleich_nach_einem_richtigen_code(konto: User, seit: int | None) -> None:
    einrichten(konto)
    client = Client()
    client.force_login(konto)
    sitzung = client.session
    if seit is not None:
        sitzung["zweiter_faktor_ersetzen"] = int(time.time()) + seit
        sitzung.save()
    antwort = client.post(reverse("zweiter_faktor_einrichten"), {"kennwort": KENNWORT, "code": "1"})
    assert antwort["Location"] == reverse("zweiter_faktor")


def test_gaeste_und_ihre_links_bleiben_bei_pflicht(settings, client: Client, konto: User) -> None:
    settings.ZWEITER_FAKTOR = "pflicht"
    sitzung = client.session
    sitzung["entwurfslinks"] = ["x"]
    sitzung.save()
    client.get("/")
    assert client.session["entwurfslinks"] == ["x"]


# Several processes at once, as gunicorn's are

EINRICHTEN = """
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
    from django.contrib.auth.models import User
    from konferenz import zweiter_faktor

    zweiter_faktor.uhr = lambda: {jetzt}
    geheimnis = "JBSWY3DPEHPK3PXP"
    code = lambda schritt: format_hotp_value(hotp_value(geheimnis, schritt))
    codes = zweiter_faktor.einrichten(User.objects.get(username="jo"), geheimnis, code({jetzt} - 1))
    print(*codes, *(code({jetzt} + n) for n in range(20)))
"""
VERSUCHEN = """
    import fcntl
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import RequestFactory
    from konferenz import zweiter_faktor

    zweiter_faktor.uhr = lambda: {jetzt}
    zweiter_faktor.SPIELRAUM, zweiter_faktor.HOECHSTENS = 20, 10**6
    settings.AXES_FAILURE_LIMIT = 10**6
    konto = User.objects.get(username="jo")
    print("BEREIT", flush=True)
    fcntl.flock(open("{schranke}"), fcntl.LOCK_SH)
    for code in {codes}:
        if zweiter_faktor.pruefen(RequestFactory().post("/"), konto, code):
            print("GILT", code)
"""


@pytest.mark.django_db(transaction=True)
def test_kein_code_gilt_in_zwei_prozessen(anlage: "Callable[[], Anlage]", tmp_path: Path) -> None:
    BenutzerFactory(username="jo")
    ort = anlage()
    codes = ort.python(EINRICHTEN.format(jetzt=JETZT)).split()[-30:]
    programm = VERSUCHEN.format(jetzt=JETZT, codes=codes, schranke=tmp_path / "schranke")
    with (tmp_path / "schranke").open("w") as schranke:
        fcntl.flock(schranke, fcntl.LOCK_EX)
        prozesse = [ort.python_starten(programm) for _ in range(4)]
        ort.warten(lambda: all("BEREIT" in ort.protokoll(prozess) for prozess in prozesse))
    for prozess in prozesse:
        assert prozess.wait(120) == 0, ort.protokoll(prozess)
    gegolten = [zeile for prozess in prozesse for zeile in re.findall(r"GILT (\d+)", ort.protokoll(prozess))]
    assert len(gegolten) == len(set(gegolten))
    # Each recovery code once, and the latest of the app; of the others those that came before a later one.
    assert {*codes[:10], codes[-1]} <= set(gegolten) <= set(codes)
