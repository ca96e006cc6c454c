"""The pages of the Erfassung, as a browser without script uses them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Bearbeitung
from konferenz.berechtigungen import MINISTERIUM, MODERATION, ORGANISATION
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    KommentarFactory,
    KonferenzFactory,
)
from tests.formular import formulardaten as _formulardaten

pytestmark = pytest.mark.django_db


@pytest.fixture
def gruppe() -> Arbeitsgruppe:
    gruppe = ArbeitsgruppeFactory(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Was läuft gut?")
    erste = AeusserungFactory(abschnitt=abschnitt, text="Kurze Wege im Landratsamt")
    AeusserungFactory(uebergeordnet=erste, text="vor allem im Jobcenter")
    AeusserungFactory(abschnitt=abschnitt, text="Sprachkurse fehlen im ländlichen Raum", neue_seite=True)
    return gruppe


def formulardaten(antwort: Any, formular: str | None = None) -> dict[str, Any]:
    return dict(_formulardaten(antwort, formular))


def angemeldet(rolle: str, *gruppen: Arbeitsgruppe) -> Client:
    konto = BenutzerFactory(mitarbeit=True, first_name="Ayşe", last_name="Weiß")
    konto.groups.add(Group.objects.get(name=rolle))
    konto.arbeitsgruppen.add(*gruppen)
    client = Client()
    client.force_login(konto)
    return client


@pytest.fixture
def moderation(gruppe: Arbeitsgruppe) -> Client:
    return angemeldet(MODERATION, gruppe)


def adresse(gruppe: Arbeitsgruppe) -> str:
    return f"/admin/erfassung/{gruppe.pk}/"


def seite(client: Client, gruppe: Arbeitsgruppe) -> dict[str, Any]:
    """Return what the form of the page sends when nobody changes anything."""
    return formulardaten(client.get(adresse(gruppe)), "erfassung")


def gesendet(client: Client, gruppe: Arbeitsgruppe, daten: dict[str, Any], aktion: str = "speichern") -> Any:
    return client.post(adresse(gruppe), {**daten, "aktion": aktion})


def texte(gruppe: Arbeitsgruppe) -> list[str]:
    return list(
        Aeusserung.objects.filter(abschnitt__arbeitsgruppe=gruppe)
        .order_by("pk")
        .values_list("text", flat=True)
    )


def meldungen(antwort: Any) -> str:
    return " ".join(str(m) for m in antwort.context["messages"])


# --- one group ------------------------------------------------------------------------------------


def test_was_gezeigt_wird_speichert_sich_unveraendert(moderation, gruppe) -> None:
    daten = seite(moderation, gruppe)
    assert daten["abschnitt-0-text"].split("\r\n") == [
        *("Kurze Wege im Landratsamt", "- vor allem im Jobcenter"),
        *("---", "Sprachkurse fehlen im ländlichen Raum"),
    ]
    vorher = Aeusserung.history.count()
    antwort = moderation.post(adresse(gruppe), {**daten, "aktion": "speichern"}, follow=True)
    assert "nichts geändert" in meldungen(antwort)
    assert Aeusserung.history.count() == vorher


def test_moderation_erfasst_ihre_gruppe(moderation, gruppe) -> None:
    daten = seite(moderation, gruppe)
    daten["abschnitt-0-text"] += "\r\nDolmetscherpool hat sich bewährt"
    antwort = moderation.post(adresse(gruppe), {**daten, "aktion": "speichern"}, follow=True)
    assert antwort.redirect_chain == [(adresse(gruppe), 302)]
    assert texte(gruppe)[-1] == "Dolmetscherpool hat sich bewährt"
    assert "eine neue Äußerung" in meldungen(antwort)
    assert Aeusserung.history.latest("history_id").history_user.first_name == "Ayşe"


@pytest.mark.parametrize(
    ("rolle", "eigene", "status", "lesen", "schreiben"),
    [
        (ORGANISATION, False, "in_bearbeitung", True, True),
        (ORGANISATION, False, "freigegeben", True, True),
        (MODERATION, True, "in_bearbeitung", True, True),
        (MODERATION, True, "zur_pruefung", True, False),
        (MODERATION, False, "in_bearbeitung", True, False),
        (MINISTERIUM, False, "in_bearbeitung", True, False),
    ],
)
def test_wer_liest_und_schreibt(gruppe, rolle, eigene, status, lesen, schreiben) -> None:
    client = angemeldet(rolle, *([gruppe] if eigene else []))
    daten = seite(angemeldet(ORGANISATION), gruppe)
    Arbeitsgruppe.objects.update(status=status)
    antwort = client.get(adresse(gruppe))
    assert (antwort.status_code == 200) == lesen
    assert ('id="erfassung"' in antwort.content.decode()) == schreiben
    vorher = texte(gruppe)
    daten["abschnitt-0-text"] += "\r\nNeu"
    gesendet(client, gruppe, daten)
    assert (texte(gruppe) != vorher) == schreiben


def test_ohne_rolle_und_ohne_anmeldung_gibt_es_nichts_zu_sehen(gruppe, fremd, client) -> None:
    for pfad in (adresse(gruppe), "/admin/erfassung/"):
        assert fremd.get(pfad).status_code == 403
        assert client.get(pfad).headers["Location"].startswith("/admin/login/")
        assert client.post(pfad).status_code == 302
    ohne_rolle = Client()
    ohne_rolle.force_login(BenutzerFactory(mitarbeit=True))
    assert ohne_rolle.get(adresse(gruppe)).status_code == 403


def test_wird_die_gruppe_waehrenddessen_abgeschickt_kommt_der_text_mit_erklaerung_zurueck(
    moderation, gruppe
) -> None:
    daten = seite(moderation, gruppe)
    daten["abschnitt-0-text"] += "\r\nNoch schnell getippt"
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)
    antwort = gesendet(moderation, gruppe, daten)
    assert antwort.status_code == 409
    assert "zur Prüfung" in meldungen(antwort)
    assert formulardaten(antwort, "erfassung")["abschnitt-0-text"].endswith("Noch schnell getippt")
    assert "Noch schnell getippt" not in texte(gruppe)


def test_fehler_nennen_abschnitt_und_zeile_und_der_text_bleibt_stehen(moderation, gruppe) -> None:
    daten = seite(moderation, gruppe)
    daten |= {"abschnitt-0-text": "- ohne Äußerung\r\nx", "abschnitt-0-ueberschrift": ""}
    antwort = gesendet(moderation, gruppe, daten)
    assert antwort.status_code == 422
    inhalt = antwort.content.decode()
    assert "Zeile 1: Ein Unterpunkt braucht eine Äußerung" in inhalt
    assert "Ein Abschnitt braucht eine Überschrift." in inhalt
    assert formulardaten(antwort, "erfassung")["abschnitt-0-text"] == "- ohne Äußerung\r\nx"


def test_ein_nullzeichen_wird_mit_meldung_zurueckgegeben(moderation, gruppe) -> None:
    daten = seite(moderation, gruppe)
    daten["abschnitt-0-text"] += "\r\na\0b"
    antwort = gesendet(moderation, gruppe, daten)
    assert antwort.status_code == 422
    assert "Null" in antwort.content.decode()


@pytest.mark.parametrize(
    "falsch", [{"basis": "kaputt"}, {"basis": ""}, {"basis": '[[],[["k","t","9","",false]]]'}]
)
def test_eine_verstuemmelte_seite_speichert_nichts_und_gibt_den_text_zurueck(
    moderation, gruppe, falsch
) -> None:
    vorher = texte(gruppe)
    daten = {**seite(moderation, gruppe), **falsch}
    daten["abschnitt-0-text"] += "\r\nNeu"
    antwort = gesendet(moderation, gruppe, daten)
    assert "unvollständig" in meldungen(antwort)
    wieder = formulardaten(antwort, "erfassung")
    assert wieder["abschnitt-0-text"].endswith("Neu")
    assert texte(gruppe) == vorher
    gesendet(moderation, gruppe, wieder)
    assert texte(gruppe) == [*vorher, "Neu"]


@pytest.mark.parametrize(
    "daten",
    [
        {},
        {"abschnitt-TOTAL_FORMS": "x", "abschnitt-INITIAL_FORMS": "y"},
        {"abschnitt-TOTAL_FORMS": "100000", "abschnitt-INITIAL_FORMS": "0"},
        {"bearbeitung": "keine-uuid", "aktion": "verwerfen", "entwurf": "x"},
        {"aktion": "teilen-99999999999"},
        {"aktion": "hoch--1"},
        {"antwort-x": "1", "antwort-99999999999999": "y"},
    ],
)
def test_unsinnige_anfragen_enden_nie_im_absturz(moderation, gruppe, daten) -> None:
    vorher = texte(gruppe)
    antwort = moderation.post(adresse(gruppe), daten)
    assert antwort.status_code < 500
    assert texte(gruppe) == vorher


def test_leere_gruppe_bietet_die_gelaeufigen_ueberschriften_und_speichert_nur_ausgefuellte(
    moderation, gruppe
) -> None:
    gruppe.abschnitte.all().delete()
    daten = seite(moderation, gruppe)
    assert [daten[f"abschnitt-{n}-ueberschrift"] for n in range(3)] == [
        "Was läuft gut?",
        "Was läuft nicht gut? Wo hakt es?",
        "Mögliche Lösungsansätze",
    ]
    daten["abschnitt-1-text"] = "Zu wenig Zeit"
    gesendet(moderation, gruppe, daten)
    (abschnitt,) = gruppe.abschnitte.all()
    assert (abschnitt.ueberschrift, abschnitt.kategorie) == ("Was läuft nicht gut? Wo hakt es?", "hakt")


def test_knoepfe_bauen_die_seite_um_ohne_zu_speichern(moderation, gruppe) -> None:
    daten = seite(moderation, gruppe)
    for aktion, wert in (("neu", {}), ("teilen-0", {"teilen-ab-0": "2"}), ("runter-0", {})):
        daten = formulardaten(gesendet(moderation, gruppe, {**daten, **wert}, aktion), "erfassung")
    assert daten["abschnitt-TOTAL_FORMS"] == "3"
    assert daten["abschnitt-1-text"] == "Kurze Wege im Landratsamt\r\n- vor allem im Jobcenter"
    assert daten["abschnitt-0-text"] == "---\r\nSprachkurse fehlen im ländlichen Raum"
    assert gruppe.abschnitte.count() == 1
    daten["abschnitt-0-ueberschrift"] = "Wo hakt es?"
    kennungen = set(Aeusserung.objects.values_list("kennung", flat=True))
    gesendet(moderation, gruppe, daten)
    assert list(gruppe.abschnitte.values_list("ueberschrift", "kategorie")) == [
        ("Wo hakt es?", "hakt"),
        ("Was läuft gut?", "gut"),
    ]
    assert set(Aeusserung.objects.values_list("kennung", flat=True)) == kennungen


def test_verbinden_haengt_die_zeilen_an_den_vorigen_abschnitt(moderation, gruppe) -> None:
    AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Mehr"), text="zuletzt")
    daten = formulardaten(gesendet(moderation, gruppe, seite(moderation, gruppe), "verbinden-1"), "erfassung")
    gesendet(moderation, gruppe, daten)
    (abschnitt,) = gruppe.abschnitte.all()
    assert abschnitt.aeusserungen.eintraege().last().text == "zuletzt"


def test_ein_abschnitt_mit_aeusserungen_geht_erst_nach_einer_rueckfrage(moderation, gruppe) -> None:
    daten = seite(moderation, gruppe)
    antwort = gesendet(moderation, gruppe, daten, "entfernen-0")
    assert "ja, entfernen" in antwort.content.decode()
    assert formulardaten(antwort, "erfassung")["abschnitt-TOTAL_FORMS"] == "1"
    antwort = gesendet(moderation, gruppe, daten, "entfernen-0-ja")
    gesendet(moderation, gruppe, formulardaten(antwort, "erfassung"))
    assert texte(gruppe) == []


# --- several people ---------------------------------------------------------------------------------


def test_zwei_speichern_verschiedenes_und_beides_steht_da(moderation, gruppe) -> None:
    andere = angemeldet(ORGANISATION)
    meine, ihre = seite(moderation, gruppe), seite(andere, gruppe)
    ihre["abschnitt-0-text"] += "\r\nIhre Zeile"
    gesendet(andere, gruppe, ihre)
    meine["abschnitt-0-text"] = meine["abschnitt-0-text"].replace("Kurze Wege", "Kurze, gute Wege")
    antwort = moderation.post(adresse(gruppe), {**meine, "aktion": "speichern"}, follow=True)
    assert "auch anderes gespeichert" in meldungen(antwort)
    assert {"Ihre Zeile", "Kurze, gute Wege im Landratsamt"} <= set(texte(gruppe))


@pytest.mark.parametrize("wahl", ["beide", "meine", "andere"])
def test_ein_konflikt_zeigt_alle_fassungen_und_ein_klick_fuehrt_zusammen(moderation, gruppe, wahl) -> None:
    andere = angemeldet(ORGANISATION)
    meine, ihre = seite(moderation, gruppe), seite(andere, gruppe)
    ihre["abschnitt-0-text"] = ihre["abschnitt-0-text"].replace("Kurze Wege", "Ihre Wege")
    gesendet(andere, gruppe, ihre)
    meine["abschnitt-0-text"] = meine["abschnitt-0-text"].replace("Kurze Wege", "Meine Wege") + "\r\nNeu"
    antwort = gesendet(moderation, gruppe, meine)
    assert antwort.status_code == 409
    inhalt = antwort.content.decode()
    for fassung in ("Kurze Wege im", "Ihre Wege im", "Meine Wege im", "von Ayşe Weiß"):
        assert fassung in inhalt
    assert "Neu" not in texte(gruppe)
    daten = formulardaten(antwort)
    (name,) = [n for n in daten if n.startswith("konflikt-")]
    assert daten[name] == "beide"
    gesendet(moderation, gruppe, {**daten, name: wahl})
    wege = [t.split()[0] for t in texte(gruppe) if "Wege" in t]
    assert wege == {"beide": ["Ihre", "Meine"], "meine": ["Meine"], "andere": ["Ihre"]}[wahl]
    assert "Neu" in texte(gruppe)


def test_vom_konflikt_zurueck_zum_bearbeiten_ist_noch_alles_da(moderation, gruppe) -> None:
    meine = seite(moderation, gruppe)
    Aeusserung.objects.filter(text__startswith="Kurze").update(text="Ihre Wege im Landratsamt")
    meine["abschnitt-0-text"] = meine["abschnitt-0-text"].replace("Kurze Wege", "Meine Wege")
    daten = formulardaten(gesendet(moderation, gruppe, meine))
    zurueck = formulardaten(gesendet(moderation, gruppe, daten, "zurueck"), "erfassung")
    assert zurueck["abschnitt-0-text"] == meine["abschnitt-0-text"]
    assert gesendet(moderation, gruppe, zurueck).status_code == 409


def test_was_nicht_klar_ist_wird_gefragt_und_die_antwort_gilt(moderation, gruppe) -> None:
    kennung = Aeusserung.objects.get(text__startswith="Sprachkurse").kennung
    daten = seite(moderation, gruppe)
    daten["abschnitt-0-text"] = daten["abschnitt-0-text"].replace(
        "Sprachkurse fehlen im ländlichen Raum", "Kurse im Dorf fehlen seit Jahren"
    )
    antwort = gesendet(moderation, gruppe, daten)
    assert antwort.status_code == 409
    nummer = re.search(r'name="antwort-(\d+)"', antwort.content.decode())[1]  # type: ignore[index]
    gesendet(moderation, gruppe, {**formulardaten(antwort), f"antwort-{nummer}": kennung})
    assert Aeusserung.objects.get(kennung=kennung).text == "Kurse im Dorf fehlen seit Jahren"


def test_andere_anwesende_werden_genannt_solange_sie_sich_melden(moderation, gruppe) -> None:
    andere = angemeldet(ORGANISATION)
    andere.get(adresse(gruppe))
    assert "Gerade auch hier: Ayşe Weiß" in moderation.get(adresse(gruppe)).content.decode()
    assert "gerade offen bei Ayşe Weiß" in moderation.get("/admin/erfassung/").content.decode()
    Bearbeitung.objects.update(zuletzt=timezone.now() - timedelta(minutes=2))
    assert "Gerade auch hier:" not in moderation.get(adresse(gruppe)).content.decode()


# --- drafts -----------------------------------------------------------------------------------------


def entwurf_gesichert(client: Client, gruppe: Arbeitsgruppe, zusatz: str) -> dict[str, Any]:
    daten = seite(client, gruppe)
    daten["abschnitt-0-text"] += zusatz
    antwort = client.post(f"{adresse(gruppe)}entwurf/", daten)
    assert set(antwort.json()) == {"gesichert", "anwesend"}
    return daten


def test_ein_entwurf_wird_angeboten_weitergefuehrt_und_ist_nach_dem_speichern_weg(moderation, gruppe) -> None:
    entwurf_gesichert(moderation, gruppe, "\r\nHalb getipp")
    inhalt = moderation.get(adresse(gruppe)).content.decode()
    ziel = re.search(r'href="(\?entwurf=[^"]+)"', inhalt)[1]  # type: ignore[index]
    weiter = formulardaten(moderation.get(adresse(gruppe) + ziel), "erfassung")
    assert weiter["abschnitt-0-text"].endswith("Halb getipp")
    gesendet(moderation, gruppe, weiter)
    assert texte(gruppe)[-1] == "Halb getipp"
    assert not Bearbeitung.objects.filter(entwurf__isnull=False).exists()


def test_ein_verworfener_entwurf_ist_weg(moderation, gruppe) -> None:
    entwurf_gesichert(moderation, gruppe, "\r\nUnsinn")
    kennung = Bearbeitung.objects.get(entwurf__isnull=False).pk
    moderation.post(adresse(gruppe), {"aktion": "verwerfen", "entwurf": str(kennung)})
    assert not Bearbeitung.objects.filter(pk=kennung).exists()


def test_den_entwurf_eines_anderen_sieht_und_verwirft_niemand(moderation, gruppe) -> None:
    entwurf_gesichert(moderation, gruppe, "\r\nGeheim getippt")
    kennung = Bearbeitung.objects.get(entwurf__isnull=False).pk
    andere = angemeldet(ORGANISATION)
    for pfad in (adresse(gruppe), f"{adresse(gruppe)}?entwurf={kennung}"):
        assert "Geheim getippt" not in andere.get(pfad).content.decode()
    andere.post(adresse(gruppe), {"aktion": "verwerfen", "entwurf": str(kennung)})
    daten = {**seite(andere, gruppe), "bearbeitung": str(kennung)}
    andere.post(f"{adresse(gruppe)}entwurf/", daten)
    entwurf = Bearbeitung.objects.get(pk=kennung).entwurf or {}
    assert entwurf["abschnitt-0-text"].endswith("Geheim getippt")


def test_ein_entwurf_mit_nullzeichen_laesst_sich_sichern(moderation, gruppe) -> None:
    entwurf_gesichert(moderation, gruppe, "\r\na\0b")


def test_entwuerfe_sichert_nur_wer_schreiben_darf(gruppe, fremd, client) -> None:
    assert angemeldet(MINISTERIUM).post(f"{adresse(gruppe)}entwurf/").status_code == 403
    assert fremd.post(f"{adresse(gruppe)}entwurf/").status_code == 403
    assert client.post(f"{adresse(gruppe)}entwurf/").status_code == 302


def test_vorschau_zeigt_nummern_unterpunkte_fehler_und_maskiert_html(moderation, gruppe) -> None:
    text = "<b>eins</b>\n- darunter\n---\n• zwei\n---"
    inhalt = moderation.post(f"{adresse(gruppe)}vorschau/", {"text": text}).content.decode()
    assert "2 Äußerungen, 1 Unterpunkt" in inhalt
    assert "&lt;b&gt;eins" in inhalt
    assert "Zeile 5" in inhalt
    assert "Aufzählungszeichen" in inhalt
    assert 'data-von="3" data-bis="4"' in inhalt


# --- all groups -------------------------------------------------------------------------------------


def test_uebersicht_zeigt_stand_zahlen_und_wer_zuletzt_geaendert_hat(moderation, gruppe) -> None:
    andere = ArbeitsgruppeFactory(konferenz=gruppe.konferenz, titel="Wohnen", status="zur_pruefung")
    KommentarFactory(arbeitsgruppe=gruppe)
    daten = seite(moderation, gruppe)
    daten["abschnitt-0-text"] += "\r\nNeu"
    gesendet(moderation, gruppe, daten)
    inhalt = moderation.get("/admin/erfassung/").content.decode()
    for stueck in ("3 Einträge", "1 offener Kommentar", "Ihre Gruppe", "zur Prüfung", "Uhr, Ayşe Weiß"):
        assert stueck in inhalt
    assert inhalt.index(str(gruppe.titel)) < inhalt.index(str(andere.titel))


def test_uebersicht_ohne_konferenz_und_ohne_gruppen_sagt_wie_es_weitergeht() -> None:
    organisation = angemeldet(ORGANISATION)
    assert "Noch gibt es keine Konferenz" in organisation.get("/admin/erfassung/").content.decode()
    konferenz = KonferenzFactory()
    assert "noch keine Arbeitsgruppen" in organisation.get("/admin/erfassung/").content.decode()
    KonferenzFactory()
    antwort = organisation.get(f"/admin/erfassung/?konferenz={konferenz.slug}")
    assert antwort.context["konferenz"] == konferenz


def test_die_abfragen_wachsen_nicht_mit_gruppen_und_aeusserungen(moderation, gruppe) -> None:
    anzahlen: dict[str, list[int]] = {}
    for _ in range(2):
        for pfad in ("/admin/erfassung/", adresse(gruppe)):
            moderation.get(pfad)
            with CaptureQueriesContext(connection) as abfragen:
                moderation.get(pfad)
            anzahlen.setdefault(pfad, []).append(len(abfragen))
        for _ in range(5):
            neue = ArbeitsgruppeFactory(konferenz=gruppe.konferenz)
            abschnitt = AbschnittFactory(arbeitsgruppe=neue)
            neue.konten.add(BenutzerFactory())
            AeusserungFactory.create_batch(3, abschnitt=abschnitt)
            AeusserungFactory.create_batch(3, abschnitt=AbschnittFactory(arbeitsgruppe=gruppe))
            Bearbeitung.objects.create(
                arbeitsgruppe=gruppe, konto=User.objects.latest("pk"), zuletzt=timezone.now()
            )
    assert all(wenige == viele for wenige, viele in anzahlen.values()), anzahlen
