"""Messages about barriers: what anybody sends, and what becomes of it."""

import re
import time
from datetime import timedelta

import pytest
from django.core import mail, signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from arbeitsgruppen.aufbewahrung import leeren
from konferenz.konten import zustellen
from konferenz.models import Rueckmeldung
from konferenz.rueckmeldeformular import SALZ
from konferenz.rueckmeldung import HOECHSTENS
from tests.fabriken import BenutzerFactory, RueckmeldungFactory
from tests.formular import formulardaten
from tests.konferenz.test_admin import adresse, senden

pytestmark = pytest.mark.django_db

SEITE = "/barrierefreiheit/rueckmeldung/"


@pytest.fixture(autouse=True)
def _sofort_zustellen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send mail before the answer, so that a test finds it."""
    monkeypatch.setattr("konferenz.rueckmeldung.nebenher_zustellen", zustellen)


def marke(vor: float = 60) -> str:
    """Return the mark of a form that was made so many seconds ago."""
    return signing.dumps(time.time() - vor, salt=SALZ)


def melden(client: Client, **felder):
    """Send the form as a browser does, a minute after it was opened."""
    daten = {**formulardaten(client.get(SEITE)), "marke": marke(), "text": "Die Schrift ist klein", **felder}
    return client.post(SEITE, daten)


def fehler(antwort) -> str:
    """Return what the page says is wrong; the rest of what was sent stands in it still."""
    assert antwort.status_code == 200
    assert not Rueckmeldung.objects.exists()
    return antwort.text[antwort.text.index("Ihre Nachricht ist noch nicht angekommen") :]


def test_nachricht_wird_gespeichert_und_bestaetigt(client: Client) -> None:
    antwort = melden(
        client, text=" Die Schrift\r\nist klein ", seite="/fachtag/", name="Jo", email="jo@example.de"
    )
    assert antwort.status_code == 302
    assert "Ihre Nachricht ist angekommen" in client.get(antwort["Location"]).text
    nachricht = Rueckmeldung.objects.get()
    assert (nachricht.text, nachricht.seite, nachricht.name, nachricht.email, nachricht.erledigt) == (
        "Die Schrift\nist klein",
        "/fachtag/",
        "Jo",
        "jo@example.de",
        False,
    )


def test_nur_die_nachricht_ist_pflicht(client: Client) -> None:
    assert melden(client).status_code == 302
    assert Rueckmeldung.objects.get().email == ""


def test_formular_kommt_ohne_cookie_aus() -> None:
    client = Client(enforce_csrf_checks=True)
    antwort = melden(client)
    assert antwort.status_code == 302
    client.get(antwort["Location"])
    assert not client.cookies


@pytest.mark.parametrize(
    ("felder", "meldung"),
    [
        ({"text": ""}, "Schreiben Sie, was Sie stört oder was Ihnen fehlt."),
        ({"text": " \n\t "}, "Schreiben Sie, was Sie stört oder was Ihnen fehlt."),
        ({"text": "\0"}, "Schreiben Sie, was Sie stört oder was Ihnen fehlt."),
        ({"text": "ä" * 10_001}, "höchstens 10.000 Zeichen, Ihre hat 10001"),
        ({"email": "jo@"}, "Das ist keine E-Mail-Adresse"),
        ({"leer": "http://spam.example"}, "sah aus wie von einem Programm"),
        ({"marke": ""}, "älter als einen Tag"),
        ({"marke": "erfunden"}, "älter als einen Tag"),
    ],
    ids=lambda wert: str(wert)[:30],
)
def test_was_nicht_ankommt_kommt_mit_meldung_zurueck(client: Client, felder, meldung: str) -> None:
    gesendet = {"seite": "Gruppe & <drei>", "name": "Jo", **felder}
    antwort = melden(client, **gesendet)
    assert meldung in fehler(antwort)
    zurueck = formulardaten(antwort)
    assert (zurueck["seite"], zurueck["name"]) == ("Gruppe & <drei>", "Jo")
    assert (
        str(zurueck["text"]).split() == felder.get("text", "Die Schrift ist klein").replace("\0", "").split()
    )
    assert re.search(r"<title>\s*Fehler: ", antwort.text)


def test_wer_sofort_sendet_sendet_noch_einmal(client: Client) -> None:
    assert "Das ging sehr schnell" in fehler(melden(client, marke=marke(vor=1)))


@pytest.mark.parametrize("felder", [{"leer": "x"}, {"marke": "erfunden"}], ids=str)
def test_was_wie_ein_programm_aussah_kommt_beim_zweiten_mal_an(client: Client, felder, monkeypatch) -> None:
    daten = formulardaten(melden(client, **felder))
    monkeypatch.setattr("konferenz.rueckmeldeformular.FRUEHESTENS", 0)
    assert client.post(SEITE, daten).status_code == 302


def test_zeichen_null_verschwindet_und_zehntausend_zeichen_kommen_an(client: Client) -> None:
    assert melden(client, text="a\0" + "b" * 9_999, name="J\0o").status_code == 302
    nachricht = Rueckmeldung.objects.get()
    assert (len(nachricht.text), nachricht.name) == (10_000, "Jo")


def test_bei_zu_vielen_nachrichten_wird_eine_stunde_lang_keine_angenommen(client: Client) -> None:
    RueckmeldungFactory.create_batch(HOECHSTENS)
    antwort = melden(client)
    assert "ungewöhnlich viele Nachrichten" in antwort.text
    assert str(formulardaten(antwort)["text"]).strip() == "Die Schrift ist klein"
    assert Rueckmeldung.objects.count() == HOECHSTENS
    Rueckmeldung.objects.update(eingegangen=timezone.now() - timedelta(minutes=61))
    assert melden(client).status_code == 302


def test_mail_geht_an_den_kontakt_und_laesst_sich_beantworten(client: Client, settings) -> None:
    settings.POSTAUSGANG, settings.KONTAKT_MAIL = True, "doku@example.de"
    BenutzerFactory(rolle="Organisation")
    melden(client, text='Die "Schrift" & mehr', email="jo@example.de")
    (gesendet,) = mail.outbox
    assert (gesendet.to, gesendet.reply_to) == (["doku@example.de"], ["jo@example.de"])
    assert 'Die "Schrift" & mehr' in gesendet.body
    nachricht = Rueckmeldung.objects.get()
    assert adresse(nachricht) in gesendet.body


def test_ohne_kontakt_geht_die_mail_an_die_organisation(client: Client, settings) -> None:
    settings.POSTAUSGANG = True
    organisation = BenutzerFactory(rolle="Organisation")
    BenutzerFactory(rolle="Organisation", is_active=False)
    BenutzerFactory(rolle="Organisation", email="")
    BenutzerFactory(rolle="Ministerium")
    melden(client)
    (gesendet,) = mail.outbox
    assert (gesendet.to, gesendet.reply_to) == ([organisation.email], [])


def test_ohne_postausgang_wird_nur_gespeichert(client: Client, settings) -> None:
    settings.KONTAKT_MAIL = "doku@example.de"
    assert melden(client).status_code == 302
    assert mail.outbox == []
    assert Rueckmeldung.objects.count() == 1


def test_scheitert_die_mail_ist_die_nachricht_trotzdem_da(client: Client, settings, monkeypatch) -> None:
    settings.POSTAUSGANG, settings.KONTAKT_MAIL = True, "doku@example.de"

    def gescheitert(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", gescheitert)
    assert melden(client).status_code == 302
    assert Rueckmeldung.objects.count() == 1


def test_organisation_hakt_ab_und_loescht_und_aendert_nichts_daran(admin_client) -> None:
    nachricht = RueckmeldungFactory(text="Die Schrift ist klein")
    assert "Die Schrift ist klein" in admin_client.get(adresse(nachricht)).text
    senden(admin_client, nachricht, erledigt="on", text="Alles gut")
    nachricht.refresh_from_db()
    assert (nachricht.erledigt, nachricht.text) == (True, "Die Schrift ist klein")
    andere = RueckmeldungFactory()
    liste = reverse("admin:konferenz_rueckmeldung_changelist")
    admin_client.post(liste, {"action": "als_erledigt_markieren", "_selected_action": [andere.pk]})
    andere.refresh_from_db()
    assert andere.erledigt
    admin_client.post(adresse(andere, "delete"), {"post": "yes"})
    assert list(Rueckmeldung.objects.all()) == [nachricht]


def test_nach_einem_jahr_ist_die_nachricht_geloescht(db) -> None:
    alt, neu = RueckmeldungFactory.create_batch(2)
    Rueckmeldung.objects.filter(pk=alt.pk).update(eingegangen=timezone.now() - timedelta(days=366))
    assert leeren()["Rückmeldungen zur Barrierefreiheit"] == 1
    assert list(Rueckmeldung.objects.all()) == [neu]
