"""The pages of release, as every role, a stranger and nobody in particular."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe
from konferenz.berechtigungen import MINISTERIUM, MODERATION, ORGANISATION
from konferenz.models import Konferenz
from tests.fabriken import (
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    KonferenzFactory,
    ModerationFactory,
    angemeldet,
)
from tests.formular import formulardaten

pytestmark = pytest.mark.django_db


@pytest.fixture
def gruppe() -> Arbeitsgruppe:
    konferenz = KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    gruppe = ArbeitsgruppeFactory(konferenz=konferenz, nummer=3, titel="Wohnen", in_bearbeitung=True)
    AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text="Es fehlt an Wohnungen")
    return gruppe


@pytest.fixture
def clients(gruppe, client: Client, fremd: Client) -> dict[str, Client]:
    """Return a client of every kind; „eigene“ moderates the group."""
    eigene = BenutzerFactory(rolle=MODERATION)
    gruppe.konten.add(eigene)
    return {
        "Organisation": angemeldet(BenutzerFactory(rolle=ORGANISATION)),
        "eigene": angemeldet(eigene),
        "fremde": angemeldet(BenutzerFactory(rolle=MODERATION)),
        "Ministerium": angemeldet(BenutzerFactory(rolle=MINISTERIUM)),
        "ohne Rolle": angemeldet(BenutzerFactory(mitarbeit=True)),
        "fremd": fremd,
        "anonym": client,
    }


MIT_ROLLE = {"Organisation", "eigene", "fremde", "Ministerium"}


def adresse(objekt: Arbeitsgruppe | Konferenz) -> str:
    art = "konferenz/" if isinstance(objekt, Konferenz) else ""
    return f"/admin/erfassung/{art}{objekt.pk}/stand/"


def knoepfe(antwort: Any) -> list[str]:
    return [
        unescape(re.sub("<[^>]+>", "", knopf)).strip()
        for knopf in re.findall(r'<button class="button[^>]*>(.*?)</button>', antwort.text, re.DOTALL)
    ]


def schritt(client: Client, objekt: Arbeitsgruppe | Konferenz, ziel: str, **felder: str) -> Any:
    """Press the button that leads to `ziel`, as it stands on the page now."""
    daten = {"von": objekt.status, "ziel": ziel, **felder}
    return client.post(adresse(objekt), daten, follow=True)


# --- Who sees and does what


@pytest.mark.parametrize("wer", [*sorted(MIT_ROLLE), "ohne Rolle", "fremd", "anonym"])
def test_stand_sieht_wer_eine_rolle_hat_und_knoepfe_wer_sie_benutzen_darf(clients, gruppe, wer):
    for objekt in (gruppe, gruppe.konferenz):
        antwort = clients[wer].get(adresse(objekt))
        if wer in MIT_ROLLE:
            assert antwort.status_code == 200
            assert "no-store" in antwort["Cache-Control"]
        elif wer == "anonym":
            assert antwort["Location"].startswith("/admin/login/?next=/admin/erfassung/")
        else:
            assert antwort.status_code == 403
    erwartet = {
        "Organisation": ["Zur Prüfung geben (AG 3)", "Freigeben (AG 3)"],
        "eigene": ["Zur Prüfung geben (AG 3)"],
    }
    if wer in MIT_ROLLE:
        assert knoepfe(clients[wer].get(adresse(gruppe))) == erwartet.get(wer, [])
        konferenzknoepfe = knoepfe(clients[wer].get(adresse(gruppe.konferenz)))
        assert ("Archivieren" in konferenzknoepfe) == (wer == "Organisation")
        assert [k for k in konferenzknoepfe if "AG 3" in k] == erwartet.get(wer, [])


@pytest.mark.parametrize("wer", [*sorted(MIT_ROLLE), "ohne Rolle", "fremd", "anonym"])
def test_schritt_einer_gruppe_geht_nur_wer_darf(clients, gruppe, wer):
    antwort = clients[wer].post(adresse(gruppe), {"von": "in_bearbeitung", "ziel": "zur_pruefung"})
    gruppe.refresh_from_db()
    if wer in ("Organisation", "eigene"):
        assert antwort["Location"] == adresse(gruppe)
        assert gruppe.status == "zur_pruefung"
    else:
        assert antwort.status_code == (302 if wer == "anonym" else 403)
        assert gruppe.status == "in_bearbeitung"


@pytest.mark.parametrize("wer", [*sorted(MIT_ROLLE), "ohne Rolle", "fremd", "anonym"])
def test_schritt_der_konferenz_geht_nur_die_organisation(clients, gruppe, wer):
    antwort = clients[wer].post(adresse(gruppe.konferenz), {"von": "veroeffentlicht", "ziel": "archiviert"})
    gruppe.konferenz.refresh_from_db()
    if wer == "Organisation":
        assert antwort["Location"] == adresse(gruppe.konferenz)
        assert gruppe.konferenz.status == "archiviert"
    else:
        assert antwort.status_code == (302 if wer == "anonym" else 403)
        assert gruppe.konferenz.status == "veroeffentlicht"


def test_ohne_marke_der_seite_wird_nichts_geaendert(gruppe):
    client = Client(enforce_csrf_checks=True)
    client.force_login(BenutzerFactory(rolle=ORGANISATION))
    for objekt, ziel in ((gruppe, "freigegeben"), (gruppe.konferenz, "archiviert")):
        assert client.post(adresse(objekt), {"von": objekt.status, "ziel": ziel}).status_code == 403
        status = objekt.status
        objekt.refresh_from_db()
        assert objekt.status == status


@pytest.mark.parametrize("art", ["", "konferenz/"])
def test_stand_von_etwas_unbekanntem_ergibt_404(organisation: Client, art):
    for pk in (4711, 99999999999999999999):
        assert organisation.get(f"/admin/erfassung/{art}{pk}/stand/").status_code == 404
        assert organisation.post(f"/admin/erfassung/{art}{pk}/stand/", {"ziel": "x"}).status_code == 404


# --- The way of a group


def test_gruppe_geht_von_der_moderation_ueber_die_pruefung_an_die_oeffentlichkeit(clients, gruppe, client):
    antwort = clients["eigene"].get(adresse(gruppe))
    daten = formulardaten(antwort, "") | {"ziel": "zur_pruefung"}
    antwort = clients["eigene"].post(adresse(gruppe), daten, follow=True)
    assert "AG 3 ist jetzt „zur Prüfung“." in antwort.text
    assert knoepfe(antwort) == ["Zurück in Bearbeitung geben (AG 3)"]
    assert "Es fehlt an Wohnungen" not in client.get("/fachtag/ag/3/").text

    gruppe.refresh_from_db()
    antwort = schritt(clients["Organisation"], gruppe, "freigegeben")
    assert "AG 3 ist jetzt „freigegeben“. Die Öffentlichkeit sieht ihre Ergebnisse." in antwort.text
    assert "Es fehlt an Wohnungen" in client.get("/fachtag/ag/3/").text
    assert knoepfe(clients["eigene"].get(adresse(gruppe))) == []

    gruppe.refresh_from_db()
    antwort = schritt(clients["Organisation"], gruppe, "in_bearbeitung")
    assert "Die Öffentlichkeit sieht ihre Ergebnisse nicht mehr." in antwort.text
    assert "Es fehlt an Wohnungen" not in client.get("/fachtag/ag/3/").text


def test_stand_nennt_wer_ihn_wann_geaendert_hat(clients, gruppe):
    wer = BenutzerFactory(rolle=ORGANISATION, first_name="Anna", last_name="Groß")
    antwort = schritt(angemeldet(wer), gruppe, "zur_pruefung")
    assert re.search(r"zur Prüfung</span> seit \d+\. \w+ \d{4}, \d\d:\d\d Uhr, durch Anna Groß", antwort.text)


def test_im_entwurf_sagt_die_freigabe_wann_man_sie_sieht(clients, gruppe):
    Konferenz.objects.update(status="entwurf")
    antwort = schritt(clients["Organisation"], gruppe, "freigegeben")
    assert "sobald auch die Konferenz veröffentlicht ist" in antwort.text


@pytest.mark.parametrize("ziel", ["zur_pruefung", "freigegeben"])
def test_gruppe_ohne_aeusserung_fragt_erst_und_tut_es_dann(clients, gruppe, ziel):
    gruppe.abschnitte.all().delete()
    antwort = schritt(clients["Organisation"], gruppe, ziel)
    gruppe.refresh_from_db()
    assert gruppe.status == "in_bearbeitung"
    assert "In AG 3 ist noch keine Äußerung erfasst." in antwort.text
    assert knoepfe(antwort) == ["Ja, auch ohne Äußerungen"]
    schritt(clients["Organisation"], gruppe, ziel, bestaetigt="1")
    gruppe.refresh_from_db()
    assert gruppe.status == ziel


def test_frage_nach_der_leeren_gruppe_verraet_fremden_nichts(clients, gruppe):
    gruppe.abschnitte.all().delete()
    assert schritt(clients["fremde"], gruppe, "zur_pruefung").status_code == 403


def test_zurueck_geht_auch_eine_leere_gruppe_ohne_frage(clients, gruppe):
    gruppe.abschnitte.all().delete()
    Arbeitsgruppe.objects.update(status="zur_pruefung")
    gruppe.refresh_from_db()
    schritt(clients["eigene"], gruppe, "in_bearbeitung")
    gruppe.refresh_from_db()
    assert gruppe.status == "in_bearbeitung"


def test_wer_zu_spaet_kommt_erfaehrt_es_und_es_aendert_sich_nichts(clients, gruppe):
    Arbeitsgruppe.objects.update(status="freigegeben")
    antwort = clients["eigene"].post(adresse(gruppe), {"von": "in_bearbeitung", "ziel": "zur_pruefung"})
    assert antwort.status_code == 409
    assert "AG 3 ist inzwischen „freigegeben“" in antwort.text
    assert "Es wurde nichts geändert." in antwort.text
    gruppe.refresh_from_db()
    assert gruppe.status == "freigegeben"


def test_zweimal_geklickt_ist_einmal_getan(clients, gruppe):
    vorher = gruppe.history.count()
    for _ in range(2):
        antwort = clients["eigene"].post(
            adresse(gruppe), {"von": "in_bearbeitung", "ziel": "zur_pruefung"}, follow=True
        )
        assert "AG 3 ist jetzt „zur Prüfung“." in antwort.text
    assert gruppe.history.count() == vorher + 1


@pytest.mark.parametrize("ziel", ["", "geheim", "freigegeben\x00", "veroeffentlicht"])
def test_schritt_den_es_nicht_gibt_wird_beim_namen_genannt(clients, gruppe, ziel):
    antwort = clients["Organisation"].post(adresse(gruppe), {"von": "in_bearbeitung", "ziel": ziel})
    assert antwort.status_code == 400
    assert "Diesen Schritt gibt es nicht." in antwort.text
    assert clients["Organisation"].post(adresse(gruppe.konferenz), {"ziel": "freigegeben"}).status_code == 400


@pytest.mark.parametrize(
    ("weiter", "ziel"),
    [
        ("/admin/erfassung/", "/admin/erfassung/"),
        ("https://boese.example/", None),
        ("//boese.example/", None),
        ("javascript:alert(1)", None),
        ("", None),
        ("0", None),
        ("gruppenstand", None),
        (f"/{'ä' * 3000}", None),
    ],
    ids=lambda wert: wert and wert[:30],
)
def test_nach_dem_schritt_geht_es_zurueck_aber_nie_zu_fremden(clients, gruppe, weiter, ziel):
    daten = {"von": "in_bearbeitung", "ziel": "zur_pruefung", "weiter": weiter}
    assert clients["eigene"].post(adresse(gruppe), daten)["Location"] == (ziel or adresse(gruppe))


# --- The conference


def test_veroeffentlichen_nennt_was_verborgen_bleibt_und_gibt_gepruefte_mit_frei(clients, gruppe):
    konferenz = gruppe.konferenz
    Konferenz.objects.update(status="entwurf")
    konferenz.refresh_from_db()
    ArbeitsgruppeFactory(konferenz=konferenz, nummer=5, zur_pruefung=True)
    antwort = clients["Organisation"].get(adresse(konferenz))
    assert "dabei freigeben, was zur Prüfung steht: AG 5" in antwort.text
    antwort = schritt(clients["Organisation"], konferenz, "veroeffentlicht", gepruefte="1")
    assert "Die Konferenz ist jetzt veröffentlicht." in antwort.text
    assert "Freigegeben: AG 5." in antwort.text
    assert "Noch nicht freigegeben und nicht zu sehen: die Ergebnisse der AG 3." in antwort.text
    assert set(Arbeitsgruppe.objects.values_list("nummer", "status")) == {
        (3, "in_bearbeitung"),
        (5, "freigegeben"),
    }


def test_gepruefte_werden_nach_der_veroeffentlichung_mit_einem_knopf_freigegeben(clients, gruppe):
    ArbeitsgruppeFactory(konferenz=gruppe.konferenz, nummer=5, zur_pruefung=True)
    antwort = clients["Organisation"].get(adresse(gruppe.konferenz))
    assert "Freigeben, was zur Prüfung steht: AG 5" in knoepfe(antwort)
    daten = formulardaten(antwort, "") | {"ziel": "veroeffentlicht"}
    antwort = clients["Organisation"].post(adresse(gruppe.konferenz), daten, follow=True)
    assert "Freigegeben: AG 5." in antwort.text
    assert "Die Konferenz ist jetzt" not in antwort.text


def test_archivierte_konferenz_bietet_an_ihren_gruppen_nichts_mehr_an(clients, gruppe):
    Konferenz.objects.update(status="archiviert")
    antwort = clients["Organisation"].get(adresse(gruppe.konferenz))
    assert knoepfe(antwort) == ["Aus dem Archiv nehmen", "Zum Entwurf zurücknehmen"]
    assert "Die Konferenz ist archiviert" in clients["Organisation"].get(adresse(gruppe)).text
    antwort = clients["Organisation"].post(adresse(gruppe), {"von": "in_bearbeitung", "ziel": "freigegeben"})
    assert antwort.status_code == 409
    assert "Erst wenn die Organisation sie aus dem Archiv nimmt" in antwort.text


def test_konferenz_ohne_gruppen_hat_eine_seite(organisation: Client):
    konferenz = KonferenzFactory()
    antwort = organisation.get(adresse(konferenz))
    assert "Diese Konferenz hat noch keine Arbeitsgruppen." in antwort.text
    assert "dabei freigeben" not in antwort.text


def test_zahl_der_abfragen_haengt_nicht_an_der_zahl_der_gruppen(
    clients, gruppe, django_assert_max_num_queries
):
    def abfragen(wer: str) -> int:
        with django_assert_max_num_queries(14) as gezaehlt:
            assert clients[wer].get(adresse(gruppe.konferenz)).status_code == 200
        return len(gezaehlt)

    vorher = [abfragen("Organisation"), abfragen("eigene")]
    for _ in range(4):
        neue = ArbeitsgruppeFactory(konferenz=gruppe.konferenz, in_bearbeitung=True)
        neue.konten.set(User.objects.all())
        AeusserungFactory.create_batch(3, abschnitt__arbeitsgruppe=neue)
    assert [abfragen("Organisation"), abfragen("eigene")] == vorher


# --- The admin


def test_aktion_veroeffentlichen_nennt_was_verborgen_bleibt_und_wo_es_freigegeben_wird(
    organisation: Client, gruppe
):
    Konferenz.objects.update(status="entwurf")
    antwort = organisation.post(
        "/admin/konferenz/konferenz/",
        {"action": "veroeffentlichen", "_selected_action": gruppe.konferenz.pk},
        follow=True,
    )
    assert "1 Konferenz veröffentlicht." in antwort.text
    assert "Noch nicht freigegeben und nicht zu sehen sind die Ergebnisse der AG 3." in antwort.text
    assert f'<a href="{adresse(gruppe.konferenz)}">Ansehen und freigeben</a>' in antwort.text
    assert gruppe.konferenz.history.first().history_change_reason == "Freigabe"


@pytest.mark.parametrize(
    ("status", "genannt"), [("veroeffentlicht", True), ("archiviert", True), ("", False)]
)
def test_formular_der_konferenz_nennt_beim_veroeffentlichen_was_verborgen_bleibt(
    organisation: Client, gruppe, status, genannt
):
    Konferenz.objects.update(status="entwurf")
    seite = f"/admin/konferenz/konferenz/{gruppe.konferenz.pk}/change/"
    daten = formulardaten(organisation.get(seite), "konferenz_form") | ({"status": status} if status else {})
    antwort = organisation.post(seite, daten, follow=True)
    assert antwort.status_code == 200
    assert ("Noch nicht freigegeben und nicht zu sehen sind" in antwort.text) is genannt


def test_formulare_der_gruppe_zeigen_ihren_stand_und_aendern_ihn_nicht(organisation: Client, gruppe):
    seite = f"/admin/arbeitsgruppen/arbeitsgruppe/{gruppe.pk}/change/"
    antwort = organisation.get(seite)
    assert f'in Bearbeitung (<a href="{adresse(gruppe)}">ändern</a>)' in antwort.text
    daten = formulardaten(antwort, "arbeitsgruppe_form")
    organisation.post(seite, daten | {"status": "freigegeben", "stand": "freigegeben"})
    seite = f"/admin/konferenz/konferenz/{gruppe.konferenz.pk}/change/"
    daten = formulardaten(organisation.get(seite), "konferenz_form")
    assert organisation.post(seite, daten | {"arbeitsgruppen-0-status": "freigegeben"}).status_code == 302
    gruppe.refresh_from_db()
    assert gruppe.status == "in_bearbeitung"


def test_in_den_formularen_der_verwaltung_aendert_sich_an_archivierten_gruppen_nichts(
    organisation: Client, gruppe
):
    aeusserung = Aeusserung.objects.get()
    moderation = ModerationFactory(arbeitsgruppe=gruppe)
    objekte: tuple[Any, ...] = (gruppe, moderation, aeusserung.abschnitt, aeusserung)
    felder = {"titel": "Neu", "text": "Neu", "ueberschrift": "Neu", "angabe": "Neu"}

    def formular(objekt: Any, seite: str = "change") -> str:
        return f"/admin/arbeitsgruppen/{objekt._meta.model_name}/{objekt.pk}/{seite}/"

    for objekt in objekte:
        assert 'name="_save"' in organisation.get(formular(objekt)).text
    Konferenz.objects.update(status="archiviert")
    for objekt in objekte:
        antwort = organisation.get(formular(objekt))
        assert 'name="_save"' not in antwort.text
        assert "Die Konferenz ist archiviert" in antwort.text
        assert f'href="{adresse(gruppe.konferenz)}"' in antwort.text
        assert organisation.post(formular(objekt), felder).status_code == 403
        assert organisation.post(formular(objekt, "delete"), {"post": "yes"}).status_code == 403
        version = f"history/{objekt.history.first().pk}"
        assert organisation.post(formular(objekt, version), felder).status_code == 403
        liste = f"/admin/arbeitsgruppen/{objekt._meta.model_name}/"
        aktion = {"action": "delete_selected", "_selected_action": objekt.pk, "post": "yes"}
        organisation.post(liste, aktion)
        assert type(objekt).objects.filter(pk=objekt.pk).exists()
    seite = f"/admin/konferenz/konferenz/{gruppe.konferenz.pk}/change/"
    assert 'name="arbeitsgruppen-0-titel"' not in organisation.get(seite).text
    for art in ("arbeitsgruppe", "abschnitt"):
        anlegen = organisation.get(f"/admin/arbeitsgruppen/{art}/add/").text
        assert str(gruppe.konferenz) not in anlegen


# --- Where the preview leads


@pytest.mark.parametrize("wer", sorted(MIT_ROLLE))
def test_vorschau_fuehrt_nur_die_zum_stand_die_ihn_aendern_duerfen(clients, gruppe, wer):
    seite = clients[wer].get("/fachtag/ag/3/").text
    assert "Vorschau:" in seite
    assert (f'href="{adresse(gruppe)}"' in seite) == (wer in ("Organisation", "eigene"))
    seite = clients[wer].get("/fachtag/").text
    assert "Die Ergebnisse der AG 3 sind noch nicht freigegeben" in seite
    assert (f'href="{adresse(gruppe.konferenz)}"' in seite) == (wer == "Organisation")
