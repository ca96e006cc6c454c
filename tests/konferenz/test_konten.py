"""Accounts: who is invited, what a role brings, and how a password is set with a link."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from konferenz import konten
from konferenz.berechtigungen import MINISTERIUM, MODERATION, ORGANISATION, ROLLEN, rollen
from tests.fabriken import ArbeitsgruppeFactory, BenutzerFactory, KonferenzFactory
from tests.formular import formulardaten

pytestmark = pytest.mark.django_db

NEUES = "ein-gutes-wort-22"


@pytest.fixture(autouse=True)
def _post(settings, monkeypatch) -> None:
    """Let mails arrive (in django.core.mail.outbox), and before the answer instead of beside it."""
    settings.POSTAUSGANG = True
    settings.SITE_URL = "https://doku.example.de"
    monkeypatch.setattr(konten, "nebenher_zustellen", konten.zustellen)


@pytest.fixture
def organisatorin() -> User:
    return BenutzerFactory(
        first_name="Sabine", last_name="Häberle", email="haeberle@example.de", rolle=ORGANISATION
    )


@pytest.fixture
def organisation(organisatorin: User, client: Client) -> Client:
    """Return an organiser's client; she is no superuser."""
    client.force_login(organisatorin)
    return client


def einladen(client: Client, **felder):
    person = {
        "first_name": "Ayşe",
        "last_name": "Yılmaz",
        "email": "Yilmaz@Example.de",
        "rolle": MODERATION,
    }
    return client.post(reverse("admin:auth_user_add"), person | felder)


def seite(konto: User) -> str:
    return reverse("admin:auth_user_change", args=[konto.pk])


def senden(client: Client, konto: User, **aenderungen):
    """Open the form of an account, change some fields and send it."""
    return client.post(seite(konto), formulardaten(client.get(seite(konto)), "user_form") | aenderungen)


def link_in(text: Any) -> str:
    (link,) = re.findall(r"https://doku\.example\.de(/konto/kennwort/\S+/)", text)
    return link


def kennwort_setzen(link: str, kennwort: str = NEUES):
    """Follow a link as somebody who is not signed in and send a password; return the last answer."""
    client = Client()
    antwort = client.get(link, follow=True)
    if antwort.status_code != 200:
        return antwort
    daten = {"new_password1": kennwort, "new_password2": kennwort}
    return client.post(antwort.request["PATH_INFO"], daten)


def anmelden(name: str, kennwort: str = NEUES) -> bool:
    client = Client()
    client.post(reverse("admin:login"), {"username": name, "password": kennwort})
    return "_auth_user_id" in client.session


def spuren(konto: User) -> list[str]:
    return [zeile.change_message for zeile in LogEntry.objects.filter(object_id=konto.pk).order_by("pk")]


# Inviting


def test_eingeladene_moderation_bekommt_konto_rolle_gruppen_und_mail(organisation):
    gruppe, andere = ArbeitsgruppeFactory.create_batch(2, konferenz=KonferenzFactory())
    antwort = einladen(organisation, gruppen=[gruppe.pk])
    assert antwort.status_code == 302
    konto = User.objects.get(username="yilmaz@example.de")
    assert (konto.first_name, konto.last_name, konto.email) == ("Ayşe", "Yılmaz", "Yilmaz@Example.de")
    assert konto.is_staff
    assert not konto.is_superuser
    assert not konto.has_usable_password()
    assert rollen(konto) == {MODERATION}
    assert list(konto.arbeitsgruppen.all()) == [gruppe]
    assert not andere.konten.exists()
    (brief,) = mail.outbox
    assert brief.to == ["Yilmaz@Example.de"]
    assert brief.reply_to == ["haeberle@example.de"]
    assert brief.from_email == "Konferenzdokumentation <noreply@localhost>"
    for stelle in ("Guten Tag Ayşe Yılmaz", "Sabine Häberle hat für Sie", "Moderation", str(gruppe)):
        assert stelle in brief.body
    assert str(andere) not in brief.body
    angelegt, gesendet = spuren(konto)
    assert angelegt.endswith(f"Rolle: – → Moderation. zugeordnet: AG {gruppe.nummer} ({gruppe.konferenz}).")
    assert gesendet == "Link gesendet."


def test_eingeladene_setzt_ihr_kennwort_einmal_und_meldet_sich_mit_der_mailadresse_an(organisation):
    einladen(organisation)
    link = link_in(mail.outbox[0].body)
    assert kennwort_setzen(link)["Location"] == reverse("kennwort_gesetzt")
    assert anmelden("YILMAZ@example.de")
    antwort = kennwort_setzen(link, "ein-anderes-wort-33")
    assert antwort.status_code == 410
    assert "Dieser Link gilt nicht mehr" in antwort.content.decode()
    assert reverse("admin_password_reset") in antwort.content.decode()
    assert anmelden("yilmaz@example.de")
    konto = User.objects.get(username="yilmaz@example.de")
    assert spuren(konto)[1:] == ["Link gesendet.", "Kennwort gesetzt."]


@pytest.mark.parametrize(
    ("felder", "stelle", "meldung"),
    [
        ({"email": "keine Adresse"}, "email", "gültige E-Mail-Adresse"),
        ({"email": "x" * 150 + "@example.de"}, "email", "höchstens"),
        ({"email": "", "last_name": ""}, "last_name", "zwingend erforderlich"),
        ({"last_name": "Nul\x00l"}, "last_name", "Nullzeichen"),
        ({"rolle": "Superuser"}, "rolle", "gültige Auswahl"),
        ({"rolle": ""}, "rolle", "zwingend erforderlich"),
        ({"gruppen": ["4711"]}, "gruppen", "4711"),
        ({"gruppen": ["abc"]}, "gruppen", "abc"),
    ],
)
def test_unbrauchbare_einladung_kommt_mit_allem_getippten_zurueck(organisation, felder, stelle, meldung):
    antwort = einladen(organisation, **felder)
    assert antwort.status_code == 200
    fehler = antwort.context["adminform"].form.errors
    assert meldung in " ".join(fehler[stelle])
    assert 'value="Ayşe"' in antwort.content.decode()
    assert User.objects.count() == 1
    assert mail.outbox == []


def test_gruppen_bekommt_nur_die_moderation(organisation):
    antwort = einladen(organisation, rolle=MINISTERIUM, gruppen=[ArbeitsgruppeFactory().pk])
    assert "nur der Moderation zuordnen" in antwort.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize("adresse", ["alt@example.de", "ALT@EXAMPLE.DE"])
def test_einladung_an_eine_vorhandene_adresse_fuehrt_zu_dem_konto(organisation, adresse):
    konto = BenutzerFactory(
        first_name="Jürgen",
        last_name="Weiß",
        email="alt@example.de",
        rolle=MINISTERIUM,
        is_active=False,
    )
    antwort = einladen(organisation, email=adresse)
    assert (
        f'schon ein Konto: <a href="{seite(konto)}">Jürgen Weiß (Ministerium, deaktiviert)</a>'
        in antwort.content.decode()
    )
    assert User.objects.count() == 2
    assert mail.outbox == []


def test_name_in_der_meldung_ueber_ein_vorhandenes_konto_bleibt_text(organisation):
    BenutzerFactory(first_name="<b>", last_name="&", email="yilmaz@example.de")
    assert "&lt;b&gt; &amp;" in einladen(organisation).content.decode()


def test_zweiter_klick_auf_einladen_im_selben_augenblick_legt_kein_zweites_konto_an(
    organisation, monkeypatch
):
    def schneller(**daten):
        BenutzerFactory(username="yilmaz@example.de", email="yilmaz@example.de")
        raise IntegrityError

    monkeypatch.setattr(konten, "anlegen", schneller)
    antwort = einladen(organisation)
    assert "schon ein Konto" in antwort.content.decode()
    assert mail.outbox == []


def test_gruppen_archivierter_konferenzen_werden_nicht_mehr_angeboten(organisation):
    ArbeitsgruppeFactory(konferenz=KonferenzFactory(archiviert=True), titel="Frühere Gruppe")
    ArbeitsgruppeFactory(titel="Heutige Gruppe")
    inhalt = organisation.get(reverse("admin:auth_user_add")).content.decode()
    assert "Heutige Gruppe" in inhalt
    assert "Frühere Gruppe" not in inhalt


# Links that the Organisation hands over


def zeigt_link(antwort) -> str:
    assert antwort.status_code == 200
    assert "no-store" in antwort["Cache-Control"]
    return link_in(antwort.content.decode().replace('"', " "))


def test_ohne_postausgang_wird_der_link_zur_weitergabe_gezeigt(organisation, settings):
    settings.POSTAUSGANG = False
    antwort = einladen(organisation)
    assert "konnte nicht verschickt werden" not in antwort.content.decode()
    assert kennwort_setzen(zeigt_link(antwort)).status_code == 302
    assert anmelden("yilmaz@example.de")


def test_scheitert_der_versand_wird_der_link_gezeigt_und_das_konto_bleibt(organisation, monkeypatch):
    def scheitern(self, *args):
        raise ConnectionRefusedError("nicht erreichbar")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", scheitern)
    antwort = einladen(organisation)
    assert "konnte nicht verschickt werden" in antwort.content.decode()
    assert kennwort_setzen(zeigt_link(antwort)).status_code == 302
    konto = User.objects.get(username="yilmaz@example.de")
    assert spuren(konto)[1:] == ["Link zur Weitergabe angezeigt.", "Kennwort gesetzt."]


def test_neue_einladung_macht_die_fruehere_ungueltig(organisation):
    einladen(organisation)
    konto = User.objects.get(username="yilmaz@example.de")
    organisation.post(reverse("admin:auth_user_link", args=[konto.pk]))
    erste, zweite = (link_in(brief.body) for brief in mail.outbox)
    assert kennwort_setzen(erste).status_code == 410
    assert kennwort_setzen(zweite).status_code == 302


def test_neuer_link_laesst_ein_gesetztes_kennwort_gelten(organisation):
    konto = BenutzerFactory(rolle=MINISTERIUM)
    antwort = organisation.post(reverse("admin:auth_user_link", args=[konto.pk]), {"zeigen": "1"})
    assert anmelden(konto.username, "geheim-und-lang-genug")
    assert mail.outbox == []
    # Signing in has made the link invalid, as it should.
    assert kennwort_setzen(zeigt_link(antwort)).status_code == 410


def test_link_fuer_ein_deaktiviertes_konto_gibt_es_nicht(organisation):
    konto = BenutzerFactory(rolle=MINISTERIUM, is_active=False)
    antwort = organisation.post(reverse("admin:auth_user_link", args=[konto.pk]), follow=True)
    assert "Das Konto ist deaktiviert." in antwort.content.decode()
    assert mail.outbox == []


def test_link_eines_inzwischen_deaktivierten_kontos_gilt_nicht(organisation):
    einladen(organisation)
    User.objects.filter(username="yilmaz@example.de").update(is_active=False)
    assert kennwort_setzen(link_in(mail.outbox[0].body)).status_code == 410


def test_viele_bekommen_auf_einmal_einen_link_und_ohne_adresse_wird_er_gezeigt(organisation):
    mit, ohne = BenutzerFactory(rolle=MODERATION), BenutzerFactory(rolle=MODERATION, email="")
    antwort = organisation.post(
        reverse("admin:auth_user_changelist"),
        {"action": "links_senden", "_selected_action": [mit.pk, ohne.pk]},
    )
    assert [brief.to for brief in mail.outbox] == [[mit.email]]
    (uebergabe,) = antwort.context["uebergaben"]
    assert uebergabe.konto == ohne
    assert zeigt_link(antwort)


# Setting a password


@pytest.mark.parametrize(("tage", "status"), [(5, 302), (6, 410)])
def test_link_gilt_fuenf_tage(monkeypatch, settings, tage, status):
    konto = BenutzerFactory(rolle=MODERATION)
    link = konten.kennwortlink(konto).removeprefix(settings.SITE_URL)
    jetzt = default_token_generator._now()
    spaeter = jetzt + timedelta(days=tage) - timedelta(minutes=1)
    monkeypatch.setattr("django.contrib.auth.tokens.PasswordResetTokenGenerator._now", lambda self: spaeter)
    assert kennwort_setzen(link).status_code == status


@pytest.mark.parametrize("link", ["MQ/abc-def", "abc/setzen", "!/!", "OTk5OTk/setzen", "__/x"])
def test_erfundener_link_sagt_wie_es_weitergeht(client, link):
    antwort = client.get(f"/konto/kennwort/{link}/")
    assert antwort.status_code == 410
    assert "Neuen Link anfordern" in antwort.content.decode()


@pytest.mark.parametrize(
    ("erstes", "zweites", "meldung"),
    [
        ("kurz", "kurz", "Dieses Kennwort ist zu kurz."),
        ("7391846205", "7391846205", "Dieses Kennwort ist komplett numerisch."),
        ("ein-gutes-wort-22", "ein-gutes-wort-23", "Die beiden Kennwörter sind nicht gleich."),
        ("password1", "password1", "Dieses Kennwort ist zu üblich."),
        ("", "", "Dieses Feld ist zwingend erforderlich."),
    ],
)
def test_unbrauchbares_kennwort_wird_abgelehnt_und_der_link_gilt_weiter(client, erstes, zweites, meldung):
    konto = konten.anlegen(vorname="A", nachname="B", adresse="c@example.de", rolle=MODERATION)
    antwort = client.get(link_in(konten.kennwortlink(konto)), follow=True)
    pfad = antwort.request["PATH_INFO"]
    antwort = client.post(pfad, {"new_password1": erstes, "new_password2": zweites})
    assert meldung in antwort.content.decode()
    assert "Passwort" not in antwort.content.decode()
    assert client.post(pfad, {"new_password1": NEUES, "new_password2": NEUES}).status_code == 302


def test_kennwort_wird_mit_dem_bisherigen_geaendert(client):
    konto = BenutzerFactory(rolle=MINISTERIUM)
    client.force_login(konto)
    pfad = reverse("admin:password_change")
    startseite = client.get(reverse("admin:index")).content.decode()
    assert f'<a href="{pfad}">Kennwort ändern</a>' in startseite
    assert "Passwort" not in startseite
    daten = {"old_password": "falsch", "new_password1": NEUES, "new_password2": NEUES}
    inhalt = client.post(pfad, daten).content.decode()
    assert "Passwort" not in inhalt
    assert "Kennwort" in inhalt
    antwort = client.post(pfad, daten | {"old_password": "geheim-und-lang-genug"}, follow=True)
    assert "Ihr Kennwort ist geändert" in antwort.content.decode()
    assert anmelden(konto.username)


def test_neues_kennwort_hebt_die_sperre_nach_falschen_versuchen_auf():
    konto = BenutzerFactory(rolle=MODERATION)
    for _ in range(6):
        anmelden(konto.email, "falsch")
    assert not anmelden(konto.username, "geheim-und-lang-genug")
    kennwort_setzen(link_in(konten.kennwortlink(konto)))
    assert anmelden(konto.username)


# A forgotten password


def vergessen(adresse: str):
    return Client().post(reverse("admin_password_reset"), {"email": adresse})


def test_wer_sein_kennwort_vergessen_hat_bekommt_einen_link():
    konto = BenutzerFactory(rolle=MODERATION)
    vergessen(konto.email.upper())
    (brief,) = mail.outbox
    assert brief.to == [konto.email]
    kennwort_setzen(link_in(brief.body))
    assert anmelden(konto.username)


def test_wer_die_einladung_verpasst_hat_bekommt_so_einen_neuen_link():
    konten.anlegen(vorname="A", nachname="B", adresse="c@example.de", rolle=MODERATION)
    vergessen("c@example.de")
    assert kennwort_setzen(link_in(mail.outbox[0].body)).status_code == 302


def test_antwort_verraet_nicht_ob_es_das_konto_gibt():
    konto = BenutzerFactory(rolle=MODERATION)
    inaktiv = BenutzerFactory(is_active=False)
    antworten = [vergessen(adresse) for adresse in (konto.email, inaktiv.email, "niemand@example.de")]
    assert {(a.status_code, a["Location"]) for a in antworten} == {(302, reverse("kennwort_unterwegs"))}
    assert [brief.to for brief in mail.outbox] == [[konto.email]]


def test_mail_geht_neben_der_antwort_hinaus(monkeypatch):
    # Else the time that sending takes would tell whether there is an account.
    monkeypatch.undo()
    freigabe, gesendet = threading.Event(), threading.Event()

    def langsam(self, *args):
        freigabe.wait(20)
        gesendet.set()
        return 1

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", langsam)
    antwort = vergessen(BenutzerFactory(rolle=MODERATION).email)
    assert antwort.status_code == 302
    assert not gesendet.is_set()
    freigabe.set()
    assert gesendet.wait(20)


def test_scheitern_des_versands_aendert_die_antwort_nicht(monkeypatch):
    def scheitern(self, *args):
        raise TimeoutError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", scheitern)
    assert vergessen(BenutzerFactory(rolle=MODERATION).email)["Location"] == reverse("kennwort_unterwegs")


def test_in_einer_stunde_gehen_hoechstens_drei_mails_an_ein_konto():
    konto, anderes = BenutzerFactory.create_batch(2, rolle=MODERATION)
    for _ in range(5):
        vergessen(konto.email)
    assert len(mail.outbox) == 3
    vergessen(anderes.email)
    assert len(mail.outbox) == 4
    LogEntry.objects.update(action_time=timezone.now() - timedelta(minutes=61))
    vergessen(konto.email)
    assert len(mail.outbox) == 5


def test_ohne_postausgang_sagt_die_seite_an_wen_man_sich_wendet(client, settings):
    settings.POSTAUSGANG = settings.DEBUG = False
    antwort = client.post(reverse("admin_password_reset"), {"email": BenutzerFactory().email})
    assert "Wenden Sie sich an die Organisation" in antwort.content.decode()
    assert mail.outbox == []


def test_keine_adresse_wird_auf_deutsch_abgelehnt(client):
    antwort = client.post(reverse("admin_password_reset"), {"email": "keine"})
    assert "gültige E-Mail-Adresse" in antwort.content.decode()


# Signing in


def test_anmeldung_gelingt_mit_benutzername_und_mailadresse_in_jeder_schreibung():
    konto = BenutzerFactory(username="Sabine", email="sabine@example.de", rolle=ORGANISATION)
    for name in ("Sabine", "sabine", "sabine@example.de", "Sabine@Example.DE"):
        assert anmelden(name, "geheim-und-lang-genug"), name
    assert not anmelden(konto.email, "falsch")


def test_mailadresse_zweier_konten_meldet_keines_davon_an():
    for konto in BenutzerFactory.create_batch(2, email="beide@example.de", mitarbeit=True):
        assert anmelden(konto.username, "geheim-und-lang-genug")
    assert not anmelden("beide@example.de", "geheim-und-lang-genug")


def test_benutzername_geht_der_mailadresse_eines_anderen_vor():
    konto = BenutzerFactory(username="geteilt@example.de", mitarbeit=True)
    BenutzerFactory(email="geteilt@example.de", mitarbeit=True)
    assert konten.anmeldename("geteilt@example.de") == konto.username


def test_sperre_zaehlt_die_versuche_eines_kontos_in_jeder_schreibung():
    konto = BenutzerFactory(username="sabine", email="sabine@example.de", mitarbeit=True)
    for name in ("sabine", "SABINE", "sabine@example.de", "Sabine@example.de", "sabine"):
        anmelden(name, "falsch")
    assert not anmelden(konto.username, "geheim-und-lang-genug")


def test_ohne_mitarbeit_ist_keine_anmeldung_an_der_verwaltung_moeglich(client):
    konto = BenutzerFactory()
    antwort = client.post(
        reverse("admin:login"), {"username": konto.username, "password": "geheim-und-lang-genug"}
    )
    assert "ist keine Anmeldung möglich" in antwort.content.decode()


# The form of an account


def test_andere_rolle_aendert_django_gruppe_und_arbeitsgruppen(organisation, organisatorin):
    gruppe = ArbeitsgruppeFactory()
    konto = BenutzerFactory(rolle=MODERATION, rolle__gruppen=[gruppe], first_name="A", last_name="B")
    assert senden(organisation, konto, rolle=MINISTERIUM).status_code == 302
    geaendert = User.objects.get(pk=konto.pk)
    assert rollen(geaendert) == {MINISTERIUM}
    assert geaendert.is_staff
    assert not konto.arbeitsgruppen.exists()
    (spur,) = LogEntry.objects.filter(object_id=konto.pk)
    assert spur.user == organisatorin
    gewesen = f"AG {gruppe.nummer} ({gruppe.konferenz})"
    assert spur.change_message == f"Rolle: Moderation → Ministerium. nicht mehr zugeordnet: {gewesen}."


def test_andere_gruppen_werden_zugeordnet_und_vermerkt(organisation):
    alte, neue = ArbeitsgruppeFactory(), ArbeitsgruppeFactory()
    konto = BenutzerFactory(rolle=MODERATION, rolle__gruppen=[alte], first_name="A", last_name="B")
    senden(organisation, konto, gruppen=[neue.pk])
    assert list(konto.arbeitsgruppen.all()) == [neue]
    assert spuren(konto) == [
        f"zugeordnet: AG {neue.nummer} ({neue.konferenz}). "
        f"nicht mehr zugeordnet: AG {alte.nummer} ({alte.konferenz})."
    ]


def test_zwei_die_dasselbe_konto_bearbeiten_machen_einander_nichts_rueckgaengig(organisation):
    erste, zweite, dritte = ArbeitsgruppeFactory.create_batch(3)
    konto = BenutzerFactory(rolle=MODERATION, rolle__gruppen=[erste, zweite], first_name="A", last_name="B")
    daten = formulardaten(organisation.get(seite(konto)), "user_form")
    # Meanwhile somebody else assigns the third group and corrects the name.
    konto.arbeitsgruppen.add(dritte)
    User.objects.filter(pk=konto.pk).update(last_name="Berichtigt")
    daten["gruppen-gezeigt"] = [str(erste.pk), str(zweite.pk)]
    organisation.post(seite(konto), daten | {"gruppen": [str(erste.pk)], "first_name": "Anne"})
    konto.refresh_from_db()
    assert set(konto.arbeitsgruppen.all()) == {erste, dritte}
    assert (konto.first_name, konto.last_name) == ("Anne", "Berichtigt")


def test_gleichzeitig_gegebene_andere_rolle_bleibt_wenn_hier_niemand_sie_aendert(organisation):
    konto = BenutzerFactory(rolle=MINISTERIUM, first_name="A", last_name="B")
    daten = formulardaten(organisation.get(seite(konto)), "user_form")
    konten.rolle_geben(konto, ORGANISATION)
    organisation.post(seite(konto), daten | {"first_name": "Anne"})
    assert rollen(User.objects.get(pk=konto.pk)) == {ORGANISATION}


def test_wer_sich_mit_der_mailadresse_anmeldet_tut_es_nach_deren_aenderung_mit_der_neuen(organisation):
    konto = konten.anlegen(vorname="A", nachname="B", adresse="alt@example.de", rolle=MODERATION)
    senden(organisation, konto, email="Neu@example.de")
    konto.refresh_from_db()
    assert (konto.username, konto.email) == ("neu@example.de", "Neu@example.de")
    mit_namen = BenutzerFactory(username="weiss", first_name="A", last_name="B", rolle=MODERATION)
    senden(organisation, mit_namen, email="weiss@example.de")
    mit_namen.refresh_from_db()
    assert mit_namen.username == "weiss"


def test_mailadresse_eines_anderen_kontos_wird_abgelehnt(organisation, organisatorin):
    konto = BenutzerFactory(rolle=MODERATION, first_name="A", last_name="B")
    antwort = senden(organisation, konto, email=organisatorin.email.upper())
    assert "schon ein Konto" in antwort.content.decode()


def test_konto_ausser_dienst_ist_sofort_abgemeldet_und_kommt_wieder(organisation):
    konto = BenutzerFactory(rolle=MINISTERIUM, first_name="A", last_name="B")
    offen = Client()
    offen.force_login(konto)
    daten = formulardaten(organisation.get(seite(konto)), "user_form")
    del daten["is_active"]
    organisation.post(seite(konto), daten)
    assert offen.get(reverse("erfassung")).status_code == 302
    assert not anmelden(konto.username, "geheim-und-lang-genug")
    senden(organisation, konto, is_active="on")
    assert anmelden(konto.username, "geheim-und-lang-genug")
    assert spuren(konto) == ["deaktiviert.", "wieder in Benutzung."]


def test_aktion_deaktiviert_viele_nur_nicht_das_eigene_konto_und_kein_hauptkonto(organisation, organisatorin):
    konto, haupt = BenutzerFactory(rolle=MODERATION), BenutzerFactory(leitung=True)
    antwort = organisation.post(
        reverse("admin:auth_user_changelist"),
        {"action": "deaktivieren", "_selected_action": [konto.pk, haupt.pk, organisatorin.pk]},
        follow=True,
    )
    assert "1 Konto deaktiviert." in antwort.content.decode()
    assert set(User.objects.filter(is_active=True)) == {haupt, organisatorin}
    assert spuren(konto) == ["deaktiviert."]


def test_geloescht_wird_nur_ein_konto_mit_dem_sich_nie_jemand_angemeldet_hat(organisation):
    nie, schon = BenutzerFactory(rolle=MODERATION), BenutzerFactory(rolle=MODERATION)
    User.objects.filter(pk=schon.pk).update(last_login=timezone.now())
    for konto, status in ((nie, 302), (schon, 403)):
        pfad = reverse("admin:auth_user_delete", args=[konto.pk])
        assert organisation.post(pfad, {"post": "yes"}).status_code == status
    assert not User.objects.filter(pk=nie.pk).exists()
    assert User.objects.filter(pk=schon.pk).exists()


# What an organiser can't do: become a superuser, or take over one's account


def test_niemand_wird_ueber_das_formular_hauptkonto(organisation, organisatorin):
    konto = BenutzerFactory(rolle=MINISTERIUM, first_name="A", last_name="B")
    mehr = {"is_superuser": "on", "user_permissions": ["1"], "groups": ["1"], "password": "x", "is_staff": ""}
    for ziel in (konto, organisatorin):
        senden(organisation, ziel, **mehr)
        ziel = User.objects.get(pk=ziel.pk)
        assert not ziel.is_superuser
        assert ziel.is_staff
        assert not ziel.user_permissions.exists()
        assert ziel.check_password("geheim-und-lang-genug")
        assert ziel.groups.count() == 1
    einladen(organisation, **mehr)
    assert not User.objects.filter(is_superuser=True).exists()


def test_die_organisation_sieht_ein_hauptkonto_und_aendert_nichts_daran(organisation):
    haupt = BenutzerFactory(leitung=True, first_name="A", last_name="B")
    inhalt = organisation.get(seite(haupt)).content.decode()
    assert "Organisation (Hauptkonto)" in inhalt
    assert "kontolink" not in inhalt
    for pfad, daten in (
        (seite(haupt), {"email": "meine@example.de", "first_name": "A", "last_name": "B"}),
        (reverse("admin:auth_user_link", args=[haupt.pk]), {"zeigen": "1"}),
        (reverse("admin:auth_user_delete", args=[haupt.pk]), {"post": "yes"}),
    ):
        assert organisation.post(pfad, daten).status_code == 403, pfad
    antwort = organisation.post(
        reverse("admin:auth_user_changelist"),
        {"action": "links_senden", "_selected_action": [haupt.pk]},
        follow=True,
    )
    assert "/konto/kennwort/" not in antwort.content.decode()
    assert mail.outbox == []
    assert User.objects.get(pk=haupt.pk).email == haupt.email


def test_ein_hauptkonto_aendert_ein_anderes_aber_nicht_dessen_rolle(admin_client):
    haupt = BenutzerFactory(leitung=True, first_name="A", last_name="B")
    daten = formulardaten(admin_client.get(seite(haupt)), "user_form")
    assert not {"rolle", "gruppen"} & daten.keys()
    assert admin_client.post(seite(haupt), daten | {"last_name": "Neu"}).status_code == 302
    assert User.objects.get(pk=haupt.pk).last_name == "Neu"


def test_niemand_nimmt_sich_selbst_rolle_oder_zugang(organisation, organisatorin):
    daten = formulardaten(organisation.get(seite(organisatorin)), "user_form")
    assert not {"rolle", "gruppen", "is_active"} & daten.keys()
    daten |= {"rolle": MINISTERIUM, "is_active": "", "last_name": "Neu"}
    assert organisation.post(seite(organisatorin), daten).status_code == 302
    konto = User.objects.get(pk=organisatorin.pk)
    assert (konto.last_name, konto.is_active, rollen(konto)) == ("Neu", True, {ORGANISATION})


@pytest.mark.parametrize("rolle", [MODERATION, MINISTERIUM])
def test_andere_rollen_sehen_keine_konten(client, rolle):
    konto = BenutzerFactory(rolle=rolle)
    client.force_login(konto)
    for pfad in (reverse("admin:auth_user_changelist"), reverse("admin:auth_user_add"), seite(konto)):
        assert client.get(pfad).status_code == 403
    assert "/admin/auth/" not in client.get(reverse("admin:index")).content.decode()


# The list


def test_liste_zeigt_rolle_gruppen_und_zustand(organisation):
    gruppe = ArbeitsgruppeFactory()
    BenutzerFactory(rolle=MODERATION, rolle__gruppen=[gruppe])
    BenutzerFactory(rolle=MINISTERIUM, is_active=False)
    einladen(organisation, rolle=ORGANISATION)
    inhalt = organisation.get(reverse("admin:auth_user_changelist")).content.decode()
    for text in (f"AG {gruppe.nummer} (2021)", "Ministerium", "deaktiviert", "eingeladen ", "in Benutzung"):
        assert text in inhalt
    assert "Jemanden einladen" in inhalt


@pytest.mark.parametrize("rolle", ROLLEN)
def test_liste_laesst_sich_nach_der_rolle_filtern(organisation, rolle):
    konten_je_rolle = {name: BenutzerFactory(rolle=name) for name in ROLLEN}
    antwort = organisation.get(reverse("admin:auth_user_changelist"), {"rolle": rolle})
    gefunden = set(antwort.context["cl"].queryset)
    assert konten_je_rolle[rolle] in gefunden
    assert not gefunden & {konto for name, konto in konten_je_rolle.items() if name != rolle}


def test_liste_braucht_fuer_viele_konten_so_viele_abfragen_wie_fuer_wenige(organisation):
    def abfragen() -> int:
        with CaptureQueriesContext(connection) as erfasst:
            assert organisation.get(reverse("admin:auth_user_changelist")).status_code == 200
        return len(erfasst)

    def mehr(anzahl: int) -> None:
        for _ in range(anzahl):
            BenutzerFactory(rolle=MODERATION, rolle__gruppen=ArbeitsgruppeFactory.create_batch(2))

    mehr(2)
    wenige = abfragen()
    mehr(6)
    assert abfragen() == wenige


def test_verlauf_nennt_den_verfasser_der_moderation_ohne_link_zum_konto(client, organisation, organisatorin):
    konferenz = KonferenzFactory()
    konferenz.titel = "Anders"
    konferenz._history_user = organisatorin
    konferenz.save()
    pfad = reverse("admin:konferenz_konferenz_history", args=[konferenz.pk])
    assert seite(organisatorin) in organisation.get(pfad).content.decode()
    leserin = Client()
    leserin.force_login(BenutzerFactory(rolle=MODERATION))
    inhalt = leserin.get(pfad).content.decode()
    assert organisatorin.username in inhalt
    assert seite(organisatorin) not in inhalt


@pytest.mark.parametrize("unsinn", ["abc", "9" * 40, "-1", ""])
def test_unsinnige_gruppe_wird_abgelehnt_und_stuerzt_nicht_ab(client, unsinn):
    client.force_login(BenutzerFactory(rolle="Organisation"))
    seite = reverse("admin:auth_user_change", args=[BenutzerFactory(rolle="Moderation").pk])
    antwort = client.post(seite, {**formulardaten(client.get(seite)), "gruppen": [unsinn]})
    assert antwort.status_code == 200
