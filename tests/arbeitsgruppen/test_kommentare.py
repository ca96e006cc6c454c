"""Comments: who writes them and deals with them, and that nobody else ever sees one."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.test import Client

from arbeitsgruppen.kommentare import anzahl_offene, erledigen, schreiben
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Kommentar
from konferenz.berechtigungen import MINISTERIUM, MODERATION, ORGANISATION
from konferenz.entwurfslink import Entwurfslink
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    KommentarFactory,
    KonferenzFactory,
    angemeldet,
)

pytestmark = pytest.mark.django_db

MIT_ROLLE = ["Organisation", "eigene", "fremde", "Ministerium"]
ALLE = [*MIT_ROLLE, "ohne Rolle", "anonym"]
DUERFEN_ERLEDIGEN = {"Organisation", "eigene"}


@pytest.fixture
def aeusserung() -> Aeusserung:
    """Return a released statement of AG 3."""
    konferenz = KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    gruppe = ArbeitsgruppeFactory(konferenz=konferenz, nummer=3)
    return AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text="Es fehlt an Wohnungen")


@pytest.fixture
def gruppe(aeusserung) -> Arbeitsgruppe:
    return aeusserung.abschnitt.arbeitsgruppe


@pytest.fixture
def konten(gruppe) -> dict[str, Any]:
    """Return an account of every kind; „eigene“ moderates the group."""
    return {
        "Organisation": BenutzerFactory(rolle=ORGANISATION),
        "eigene": BenutzerFactory(rolle=MODERATION, rolle__gruppen=[gruppe]),
        "fremde": BenutzerFactory(rolle=MODERATION),
        "Ministerium": BenutzerFactory(rolle=MINISTERIUM, first_name="Anna", last_name="Groß"),
        "ohne Rolle": BenutzerFactory(mitarbeit=True),
        "anonym": AnonymousUser(),
    }


@pytest.fixture
def clients(konten) -> dict[str, Client]:
    return {w: angemeldet(k) if isinstance(k, User) else Client() for w, k in konten.items()}


def liste(gruppe: Arbeitsgruppe, anfrage: str = "") -> str:
    return f"/admin/erfassung/{gruppe.pk}/kommentare/{anfrage}"


def texte(antwort: Any) -> list[str]:
    return [unescape(t) for t in re.findall(r'<div class="fg-text">(.*?)</div>', antwort.text, re.DOTALL)]


# --- Logic


@pytest.mark.parametrize("wer", ALLE)
def test_kommentieren_darf_wer_eine_rolle_hat(konten, gruppe, aeusserung, wer):
    if wer not in MIT_ROLLE:
        with pytest.raises(PermissionDenied):
            schreiben(konten[wer], gruppe, "Stimmt das?")
        assert not Kommentar.objects.exists()
        return
    for ziel in (None, aeusserung):
        kommentar, neu = schreiben(konten[wer], gruppe, "Stimmt das?", ziel)
        assert neu
        assert kommentar.verfasst_von == konten[wer]
        assert kommentar.aeusserung == ziel
    assert kommentar.history.get().history_change_reason == "Kommentar"


@pytest.mark.parametrize("wer", ALLE)
def test_erledigen_darf_die_organisation_und_die_moderation_der_gruppe(konten, gruppe, wer):
    kommentar = KommentarFactory(arbeitsgruppe=gruppe)
    for erledigt in (True, True, False):
        if wer in DUERFEN_ERLEDIGEN:
            erledigen(konten[wer], kommentar, gruppe, erledigt=erledigt)
        else:
            with pytest.raises(PermissionDenied):
                erledigen(konten[wer], kommentar, gruppe, erledigt=erledigt)
        kommentar.refresh_from_db()
        darf = erledigt and wer in DUERFEN_ERLEDIGEN
        assert (kommentar.erledigt is not None) == darf
        assert kommentar.erledigt_von == (konten[wer] if darf else None)
    # To press twice is recorded once.
    assert kommentar.history.count() == (3 if wer in DUERFEN_ERLEDIGEN else 1)


def test_erledigtes_bleibt_das_des_ersten_der_es_erledigt_hat(konten, gruppe):
    kommentar = KommentarFactory(arbeitsgruppe=gruppe)
    erledigen(konten["eigene"], kommentar, gruppe, erledigt=True)
    erledigen(konten["Organisation"], kommentar, gruppe, erledigt=True)
    kommentar.refresh_from_db()
    assert kommentar.erledigt_von == konten["eigene"]


def test_dasselbe_zweimal_gesagt_ist_einmal_gesagt_solange_es_offen_ist(konten, gruppe, aeusserung):
    erster, _ = schreiben(konten["Ministerium"], gruppe, "Stimmt das?", aeusserung)
    assert schreiben(konten["Ministerium"], gruppe, "Stimmt das?", aeusserung) == (erster, False)
    # Somebody else, about something else, or again later: those are others.
    for wer, ziel in (("fremde", aeusserung), ("Ministerium", None)):
        assert schreiben(konten[wer], gruppe, "Stimmt das?", ziel)[1]
    erledigen(konten["Organisation"], erster, gruppe, erledigt=True)
    assert schreiben(konten["Ministerium"], gruppe, "Stimmt das?", aeusserung)[1]
    assert Kommentar.objects.count() == 4


def test_gezaehlt_wird_was_offen_ist_je_aeusserung_auch_nach_ihrem_umzug(gruppe, aeusserung):
    unterpunkt = AeusserungFactory(uebergeordnet=aeusserung)
    for ziel, anzahl in ((None, 1), (aeusserung, 2), (unterpunkt, 1)):
        KommentarFactory.create_batch(anzahl, arbeitsgruppe=gruppe, aeusserung=ziel)
    KommentarFactory()
    Kommentar.objects.filter(aeusserung=aeusserung).first().delete()  # type: ignore[union-attr]
    assert anzahl_offene(gruppe) == {"": 1, aeusserung.kennung: 1, unterpunkt.kennung: 1}
    woanders = AbschnittFactory()
    Aeusserung.objects.filter(abschnitt=aeusserung.abschnitt).update(abschnitt=woanders)
    assert anzahl_offene(gruppe) == {"": 1}
    assert anzahl_offene(woanders.arbeitsgruppe) == {aeusserung.kennung: 1, unterpunkt.kennung: 1}


# --- Pages


@pytest.mark.parametrize("wer", ALLE)
def test_seite_sieht_und_beschreibt_wer_eine_rolle_hat(clients, gruppe, wer):
    KommentarFactory(arbeitsgruppe=gruppe, text="Von früher")
    antwort = clients[wer].get(liste(gruppe))
    gesendet = clients[wer].post(liste(gruppe), {"text": "Neu von mir"})
    if wer in MIT_ROLLE:
        assert texte(antwort) == ["Von früher"]
        kommentar = Kommentar.objects.get(text="Neu von mir")
        assert gesendet["Location"] == liste(gruppe, f"#kommentar-{kommentar.pk}")
        knoepfe = "Erledigt" in clients[wer].get(liste(gruppe)).text
        assert knoepfe == (wer in DUERFEN_ERLEDIGEN)
    else:
        assert {antwort.status_code, gesendet.status_code} == {302 if wer == "anonym" else 403}
        assert Kommentar.objects.count() == 1


@pytest.mark.parametrize("wer", ALLE)
def test_mit_einem_klick_erledigt_und_wieder_geoeffnet(clients, gruppe, wer):
    kommentar = KommentarFactory(arbeitsgruppe=gruppe)
    adresse = liste(gruppe, f"{kommentar.pk}/?stand=alle")
    for wert, erledigt in (("1", True), ("0", False)):
        antwort = clients[wer].post(adresse, {"erledigt": wert})
        kommentar.refresh_from_db()
        if wer in DUERFEN_ERLEDIGEN:
            assert antwort["Location"] == liste(gruppe, "?stand=alle")
            assert (kommentar.erledigt is not None) == erledigt
        else:
            assert antwort.status_code == (302 if wer == "anonym" else 403)
            assert kommentar.erledigt is None


def test_kommentar_zu_einer_aeusserung_steht_mit_ihrem_text_und_link_da(clients, gruppe, aeusserung):
    seite = liste(gruppe, f"?aeusserung={aeusserung.kennung}")
    antwort = clients["Ministerium"].post(
        seite, {"text": "Bitte <prüfen> &\r\n\r\nhttps://example.de/x"}, follow=True
    )
    assert "Ihr Kommentar ist gespeichert." in antwort.text
    assert antwort.redirect_chain[0][0].startswith(seite)
    assert "Bitte &lt;prüfen&gt; &amp;<br><br>" in antwort.text
    assert 'href="https://example.de/x"' in antwort.text
    assert "Anna Groß, " in antwort.text
    assert Kommentar.objects.get().aeusserung == aeusserung
    ganze = clients["Organisation"].get(liste(gruppe)).text
    assert "Es fehlt an Wohnungen" in ganze
    assert f'href="/a/{aeusserung.kennung}/"' in ganze
    assert f'href="{seite}"' in ganze


def test_liste_zeigt_erst_das_zur_gruppe_dann_die_aeusserungen_in_ihrer_reihenfolge(
    clients, gruppe, aeusserung
):
    zweiter = AbschnittFactory(arbeitsgruppe=gruppe)
    spaeter = AeusserungFactory(abschnitt=zweiter)
    unterpunkt = AeusserungFactory(uebergeordnet=aeusserung)
    danach = AeusserungFactory(abschnitt=aeusserung.abschnitt)
    ziele = {"e": spaeter, "d": danach, "c": unterpunkt, "b": aeusserung, "a": None}
    for text, ziel in ziele.items():
        KommentarFactory(arbeitsgruppe=gruppe, aeusserung=ziel, text=text)
    assert texte(clients["Organisation"].get(liste(gruppe))) == ["a", "b", "c", "d", "e"]


def test_offene_und_alle_lassen_sich_auswaehlen(clients, gruppe, aeusserung):
    KommentarFactory(arbeitsgruppe=gruppe, text="offen")
    erledigt = KommentarFactory(arbeitsgruppe=gruppe, aeusserung=aeusserung, text="schon gut")
    clients["eigene"].post(liste(gruppe, f"{erledigt.pk}/"), {"erledigt": "1"})
    client = clients["Ministerium"]
    assert texte(client.get(liste(gruppe))) == ["offen"]
    assert texte(client.get(liste(gruppe, "?stand=quatsch"))) == ["offen"]
    alle = client.get(liste(gruppe, "?stand=alle"))
    assert texte(alle) == ["offen", "schon gut"]
    assert "erledigt von" in alle.text
    eine = f"?aeusserung={aeusserung.kennung.upper()}"
    antwort = client.get(liste(gruppe, eine))
    assert texte(antwort) == []
    assert "Alles ist erledigt." in antwort.text
    assert "offene (0)" in antwort.text
    assert "alle (1)" in antwort.text
    assert texte(client.get(liste(gruppe, f"{eine}&stand=alle"))) == ["schon gut"]


def test_leere_liste_sagt_es(clients, gruppe):
    antwort = clients["Ministerium"].get(liste(gruppe))
    assert "Noch hat niemand etwas angemerkt." in antwort.text


@pytest.mark.parametrize(
    ("text", "fehler"),
    [
        ("", "Schreiben Sie erst etwas."),
        (" \r\n\t ", "Schreiben Sie erst etwas."),
        ("x" * 10_001, "Ein Kommentar hat höchstens 10.000 Zeichen, dieser hat 10001."),
        ("a\x00b", "Nullzeichen"),
    ],
    ids=["leer", "nur Leerraum", "zu lang", "Nullzeichen"],
)
def test_was_sich_nicht_speichern_laesst_kommt_mit_dem_grund_zurueck(clients, gruppe, text, fehler):
    antwort = clients["Organisation"].post(liste(gruppe), {"text": text})
    assert antwort.status_code == 400
    assert fehler in antwort.text
    assert "Es wurde nichts gespeichert." in antwort.text
    assert text.strip()[:1] in antwort.text
    assert not Kommentar.objects.exists()


def test_langer_text_wird_ganz_gespeichert_und_gezeigt(clients, gruppe):
    text = "Donaudampfschifffahrt" * 470
    clients["Organisation"].post(liste(gruppe), {"text": text})
    assert texte(clients["Organisation"].get(liste(gruppe))) == [text]


def test_zweimal_gesendet_ist_einmal_gespeichert(clients, gruppe):
    for erwartet in ("Ihr Kommentar ist gespeichert.", "Es wurde nichts doppelt gespeichert."):
        antwort = clients["Organisation"].post(liste(gruppe), {"text": "Stimmt das?"}, follow=True)
        assert erwartet in antwort.text
    assert Kommentar.objects.count() == 1


def test_kommentar_von_einem_geloeschten_konto_und_zu_einer_geloeschten_aeusserung_bleibt(
    clients, konten, gruppe, aeusserung
):
    schreiben(konten["fremde"], gruppe, "Bleibt", aeusserung)
    aeusserung.delete()
    konten["fremde"].delete()
    antwort = clients["Organisation"].get(liste(gruppe))
    assert texte(antwort) == ["Bleibt"]
    assert "gelöschtes Konto" in antwort.text


def test_kommentare_gibt_es_nur_zu_vorhandenem(clients, gruppe):
    fremd = KommentarFactory()
    client = clients["Organisation"]
    andere = AeusserungFactory()
    for adresse in (
        "/admin/erfassung/4711/kommentare/",
        liste(gruppe, "?aeusserung=gibtsnicht"),
        liste(gruppe, f"?aeusserung={andere.kennung}"),
        liste(gruppe, "?aeusserung=%00"),
    ):
        assert client.get(adresse).status_code == 404
        assert client.post(adresse, {"text": "x"}).status_code == 404
    for nummer in (fremd.pk, 4711):
        assert client.post(liste(gruppe, f"{nummer}/"), {"erledigt": "1"}).status_code == 404
    assert client.get(liste(gruppe, f"{fremd.pk}/")).status_code == 405
    fremd.refresh_from_db()
    assert fremd.erledigt is None


def test_zahl_der_abfragen_haengt_nicht_an_der_zahl_der_kommentare(
    clients, gruppe, aeusserung, django_assert_max_num_queries
):
    def abfragen(adresse: str) -> int:
        with django_assert_max_num_queries(14) as gezaehlt:
            assert clients["eigene"].get(adresse).status_code == 200
        return len(gezaehlt)

    def fuellen(anzahl: int) -> None:
        for ziel in (
            None,
            aeusserung,
            *AeusserungFactory.create_batch(anzahl, abschnitt=aeusserung.abschnitt),
        ):
            KommentarFactory.create_batch(anzahl, arbeitsgruppe=gruppe, aeusserung=ziel)

    adressen = [liste(gruppe), liste(gruppe, "?stand=alle"), "/fachtag/ag/3/"]
    fuellen(1)
    vorher = [abfragen(adresse) for adresse in adressen]
    fuellen(4)
    assert [abfragen(adresse) for adresse in adressen] == vorher


# --- On the public page


@pytest.mark.parametrize("wer", [*ALLE, "Link"])
def test_seite_der_gruppe_fuehrt_nur_wer_eine_rolle_hat_zu_den_kommentaren(clients, gruppe, aeusserung, wer):
    KommentarFactory.create_batch(2, arbeitsgruppe=gruppe, aeusserung=aeusserung, text="Streng intern")
    AeusserungFactory(abschnitt=aeusserung.abschnitt)
    if wer == "Link":
        client = Client()
        client.get(f"/entwurf/{Entwurfslink.fuer(gruppe.konferenz, 1, gruppe).marke}/")
        Arbeitsgruppe.objects.update(status="zur_pruefung")
    else:
        client = clients[wer]
    seite = client.get("/fachtag/ag/3/").text
    assert "Es fehlt an Wohnungen" in seite
    assert "Streng intern" not in seite
    erwartet = wer in MIT_ROLLE
    # One way for each statement.
    assert seite.count(f'href="{liste(gruppe, f"?aeusserung={aeusserung.kennung}")}"') == erwartet
    assert (f'href="{liste(gruppe)}"' in seite) == erwartet
    assert ("2 offene Kommentare: " in seite) == erwartet
    assert ("Kommentar" in seite) == erwartet


@pytest.mark.parametrize("adresse", ["/", "/fachtag/", "/fachtag/ag/3/", "/fachtag/programm.ics"])
def test_kommentare_sind_nirgends_oeffentlich(client: Client, gruppe, aeusserung, adresse):
    KommentarFactory(arbeitsgruppe=gruppe, aeusserung=aeusserung, text="Streng intern")
    assert b"Streng intern" not in client.get(adresse).content


def test_kommentare_kommen_in_kein_heft(
    client: Client, organisation: Client, gruppe, aeusserung, setzer, erledigen
):
    KommentarFactory(arbeitsgruppe=gruppe, aeusserung=aeusserung, text="Streng intern")
    for leser in (client, organisation):
        leser.get("/fachtag/heft.pdf")
        leser.get("/fachtag/ag/3/heft.pdf?form=bericht")
    erledigen()
    assert setzer.gesetzt
    assert "Streng intern" not in repr(setzer.gesetzt)
