"""What links to drafts open and what they don't; who makes and revokes them."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Heftausgabe
from konferenz.berechtigungen import MINISTERIUM, MODERATION, ORGANISATION
from konferenz.entwurfslink import Entwurfslink, widerrufen
from konferenz.models import Konferenz
from tests.fabriken import (
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    FolieFactory,
    KonferenzFactory,
    ProgrammpunktFactory,
    angemeldet,
)

pytestmark = pytest.mark.django_db

MIT_ROLLE = ["Organisation", "eigene", "fremde", "Ministerium"]


@pytest.fixture
def konferenz() -> Konferenz:
    """Return a draft of three groups; AG 1 is released, AG 2 and 3 are not."""
    konferenz = KonferenzFactory(slug="fachtag", titel="Fachtag")
    ProgrammpunktFactory(konferenz=konferenz)
    FolieFactory(vortrag__konferenz=konferenz, vortrag__slug="stand", mit_bild=True)
    for nummer in (1, 2, 3):
        gruppe = ArbeitsgruppeFactory(konferenz=konferenz, nummer=nummer, zur_pruefung=nummer > 1)
        AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text=f"Gesagt in AG {nummer}")
    return konferenz


@pytest.fixture
def clients(konferenz, client: Client, fremd: Client) -> dict[str, Client]:
    """Return a client of every kind; „eigene“ moderates AG 2."""
    eigene = BenutzerFactory(rolle=MODERATION)
    konferenz.arbeitsgruppen.get(nummer=2).konten.add(eigene)
    return {
        "Organisation": angemeldet(BenutzerFactory(rolle=ORGANISATION)),
        "eigene": angemeldet(eigene),
        "fremde": angemeldet(BenutzerFactory(rolle=MODERATION)),
        "Ministerium": angemeldet(BenutzerFactory(rolle=MINISTERIUM)),
        "ohne Rolle": angemeldet(BenutzerFactory(mitarbeit=True)),
        "fremd": fremd,
        "anonym": client,
    }


def mit_link(konferenz: Konferenz, nummer: int | None = None, client: Client | None = None) -> Client:
    """Return a browser that has opened a link to the conference, or to its group of this number."""
    client = client or Client()
    gruppe = None if nummer is None else konferenz.arbeitsgruppen.get(nummer=nummer)
    antwort = client.get(f"/entwurf/{Entwurfslink.fuer(konferenz, 3, gruppe).marke}/")
    assert antwort["Location"] == ("/fachtag/" if gruppe is None else f"/fachtag/ag/{nummer}/")
    return client


def seiten() -> list[str]:
    """Return every address of the conference, the permanent ones of its statements included."""
    bild = Konferenz.objects.values_list("vortraege__folien", flat=True)[0]
    return [
        "/fachtag/",
        "/fachtag/programm.ics",
        "/fachtag/vortraege/stand/",
        f"/fachtag/vortraege/stand/bild/{bild}/",
        "/fachtag/heft.pdf",
        "/fachtag/heft/?ag=2",
        *(f"/fachtag/ag/{n}/{was}" for n in (1, 2, 3) for was in ("", "heft.pdf", "heft/?form=bericht")),
        *(
            f"/a/{kennung}/"
            for kennung in Aeusserung.objects.order_by("pk").values_list("kennung", flat=True)
        ),
        *(f"/fachtag/heft/{s}.pdf" for s in Heftausgabe.objects.values_list("schluessel", flat=True)),
    ]


def lesbare(client: Client) -> set[str]:
    return {adresse for adresse in seiten() if client.get(adresse).status_code != 404}


# --- What a link opens


@pytest.mark.parametrize("status", ["entwurf", "veroeffentlicht"])
def test_link_zur_konferenz_oeffnet_alle_ihre_seiten(konferenz, setzer, erledigen, status):
    Konferenz.objects.update(status=status)
    client, alle = mit_link(konferenz), set(seiten())
    assert lesbare(client) == alle
    for nummer in (1, 2, 3):
        assert f"Gesagt in AG {nummer}" in client.get(f"/fachtag/ag/{nummer}/").text
    assert "<dt>Äußerungen der Teilnehmenden</dt><dd>3</dd>" in client.get("/fachtag/").text
    assert "Fachtag" in client.get("/").text
    erledigen()
    assert client.get("/fachtag/heft.pdf").status_code == 200
    assert any("Gesagt in AG 3" in repr(satz) for satz in setzer.gesetzt)


def test_link_zu_einer_gruppe_oeffnet_im_entwurf_ihre_seite_und_ihr_heft_und_sonst_nichts(
    konferenz, setzer, erledigen, organisation: Client
):
    for adresse in ("/fachtag/heft.pdf", "/fachtag/ag/2/heft.pdf"):
        organisation.get(adresse)
    erledigen()
    setzer.gesetzt.clear()
    client = mit_link(konferenz, 2)
    kennung = Aeusserung.objects.get(text="Gesagt in AG 2").kennung
    assert lesbare(client) == {
        "/fachtag/ag/2/",
        "/fachtag/ag/2/heft.pdf",
        "/fachtag/ag/2/heft/?form=bericht",
        f"/a/{kennung}/",
    }
    seite = client.get("/fachtag/ag/2/").text
    assert "Gesagt in AG 2" in seite
    assert 'href="/fachtag/"' not in seite  # no link that leads nowhere
    assert 'rel="prev"' not in seite
    assert "/fachtag/" not in client.get("/").text
    erledigen()
    assert client.get("/fachtag/ag/2/heft.pdf").status_code == 200
    (bericht,) = setzer.gesetzt
    assert "Gesagt in AG 2" in repr(bericht)
    assert not re.search("Gesagt in AG [13]", repr(bericht))
    assert "Zurück zur AG 2" in client.get("/fachtag/ag/2/heft/").text
    assert 'href="/fachtag/"' not in client.get("/fachtag/ag/2/heft/").text
    assert client.get("/fachtag/ag/2/heft.pdf?form=xyz").status_code == 400


def test_link_zu_einer_gruppe_laesst_von_einer_veroeffentlichten_konferenz_nur_diese_mehr_sehen(
    konferenz, setzer, erledigen
):
    Konferenz.objects.update(status="veroeffentlicht")
    client, alle = mit_link(konferenz, 2), set(seiten())
    kennungen = dict(Aeusserung.objects.values_list("text", "kennung"))
    assert lesbare(client) == alle - {f"/a/{kennungen['Gesagt in AG 3']}/"}
    assert "Gesagt in AG 2" in client.get("/fachtag/ag/2/").text
    assert "Gesagt in AG 3" not in client.get("/fachtag/ag/3/").text
    assert "<dt>Äußerung der Teilnehmenden</dt><dd>1</dd>" in client.get("/fachtag/").text
    erledigen()
    # Of the Hefte only that of the group holds it.
    assert "Gesagt in AG 3" not in repr(setzer.gesetzt)
    mit = [satz for satz in setzer.gesetzt if "Gesagt in AG 2" in repr(satz)]
    assert {"AG 2" in satz.titel for satz in mit} == {True}
    assert len(mit) == 2


def test_link_zu_einer_gruppe_bekommt_keine_aeltere_ausgabe_ihres_entwurfs(konferenz, setzer, erledigen):
    client = mit_link(konferenz, 2)
    client.get("/fachtag/ag/2/heft.pdf")
    erledigen()
    alte = Heftausgabe.objects.get()
    Arbeitsgruppe.objects.get(nummer=2).abschnitte.get().aeusserungen.get().delete()
    antwort = client.get("/fachtag/ag/2/heft.pdf")
    assert antwort.status_code == 202
    assert "vorige Ausgabe" not in antwort.text
    assert client.get(f"/fachtag/heft/{alte.schluessel}.pdf").status_code == 404
    assert mit_link(konferenz).get(f"/fachtag/heft/{alte.schluessel}.pdf").status_code == 200


def test_mehrere_links_oeffnen_zusammen_was_jeder_oeffnet(konferenz):
    client = mit_link(konferenz, 3, mit_link(konferenz, 2))
    for nummer, status in ((1, 404), (2, 200), (3, 200)):
        assert client.get(f"/fachtag/ag/{nummer}/").status_code == status
    assert 'href="/fachtag/ag/3/" rel="next"' in client.get("/fachtag/ag/2/").text
    mit_link(konferenz, None, client)
    assert client.get("/fachtag/ag/1/").status_code == 200


def test_link_zu_etwas_anderem_oeffnet_diese_konferenz_nicht(konferenz):
    andere = KonferenzFactory()
    client = Client()
    client.get(f"/entwurf/{Entwurfslink.fuer(andere, 1).marke}/")
    assert lesbare(client) == set()


@pytest.mark.parametrize("nummer", [None, 2])
def test_link_oeffnet_nichts_von_der_verwaltung_und_zeigt_keine_kommentare(konferenz, nummer):
    client = mit_link(konferenz, nummer)
    gruppe = konferenz.arbeitsgruppen.get(nummer=2)
    for adresse in ("/admin/", "/admin/erfassung/", f"/admin/erfassung/{gruppe.pk}/"):
        assert client.get(adresse)["Location"].startswith("/admin/login/")
    assert "/admin/" not in client.get("/fachtag/ag/2/").text


# --- What is said of it, and how it is kept apart


@pytest.mark.parametrize("nummer", [None, 2])
def test_seite_sagt_dass_sie_eine_vorschau_ist_und_bis_wann_der_link_gilt(konferenz, nummer):
    client = mit_link(konferenz, nummer)
    for adresse in ("/fachtag/ag/2/", "/fachtag/ag/2/heft/"):
        antwort = client.get(adresse)
        assert "Vorschau:" in antwort.text
        assert "Diese Konferenz ist noch nicht veröffentlicht." in antwort.text
        assert re.search(r"Ihr Link gilt bis \d+\. \w+ \d{4}, \d\d:\d\d Uhr\.", antwort.text)
        assert "Zum Stand der Freigabe" not in antwort.text
        assert antwort["Cache-Control"] == "private, no-store"
        assert antwort["X-Robots-Tag"] == "noindex"


def test_oeffnen_ist_geheim_und_fuehrt_ohne_spur_weiter(konferenz):
    marke = Entwurfslink.fuer(konferenz, 1).marke
    for adresse in (f"/entwurf/{marke}/", f"/entwurf/{marke[:-1]}/"):
        antwort = Client().get(adresse)
        assert antwort["Cache-Control"] == "private, no-store"
        assert antwort["X-Robots-Tag"] == "noindex"
        assert antwort["Referrer-Policy"] == "no-referrer"


def test_sind_konferenz_und_gruppe_freigegeben_fuehrt_der_link_auf_die_oeffentliche_seite(konferenz):
    Konferenz.objects.update(status="veroeffentlicht")
    antwort = mit_link(konferenz, 1).get("/fachtag/ag/1/")
    assert "Vorschau" not in antwort.text
    assert antwort["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("wer", [*MIT_ROLLE, "ohne Rolle", "fremd"])
def test_wer_ein_konto_hat_kann_einen_link_ebenso_oeffnen(clients, konferenz, wer):
    client = mit_link(konferenz, 2, clients[wer])
    antwort = client.get("/fachtag/ag/2/")
    assert "Gesagt in AG 2" in antwort.text
    assert ("Ihr Link gilt" in antwort.text) == (wer not in MIT_ROLLE)
    assert (client.get("/fachtag/ag/3/").status_code == 200) == (wer in MIT_ROLLE)


def test_nach_dem_abmelden_ist_nichts_mehr_offen(konferenz):
    client = mit_link(konferenz, 2, angemeldet(BenutzerFactory()))
    client.logout()
    assert client.get("/fachtag/ag/2/").status_code == 404


# --- How it ends


@pytest.mark.parametrize("falsch", ["x", "a:b:c", "%00", "ä", "..%2f", "{marke}x", "{halb}"])
def test_unlesbarer_link_ergibt_eine_freundliche_seite(konferenz, falsch):
    marke = Entwurfslink.fuer(konferenz, 1).marke
    antwort = Client().get(f"/entwurf/{falsch.format(marke=marke, halb=marke[:20])}/")
    assert antwort.status_code in (403, 404)
    if antwort.status_code == 403:
        assert "Dieser Link ist nicht vollständig" in antwort.text
    assert "sessionid" not in antwort.cookies


def test_abgelaufener_link_sagt_es_und_oeffnet_nichts(konferenz):
    link = Entwurfslink.fuer(konferenz, 1)
    client = Client()
    antwort = client.get(f"/entwurf/{replace(link, bis=link.bis - timedelta(days=2)).marke}/")
    assert antwort.status_code == 410
    assert "Dieser Link gilt nicht mehr" in antwort.text
    assert lesbare(client) == set()


def test_offener_entwurf_schliesst_sich_wenn_seine_zeit_um_ist(konferenz, monkeypatch):
    client = mit_link(konferenz, 2)
    jetzt = Entwurfslink.fuer(konferenz, 3).bis + timedelta(seconds=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: jetzt)
    assert lesbare(client) == set()


def test_widerruf_schliesst_auch_was_schon_offen_ist(konferenz):
    client = mit_link(konferenz, 2, mit_link(konferenz))
    marke = Entwurfslink.fuer(konferenz, 7).marke
    widerrufen(konferenz)
    assert lesbare(client) == set()
    assert client.get(f"/entwurf/{marke}/").status_code == 410
    assert client.get("/").status_code == 200
    mit_link(konferenz, 2, client)
    assert client.get("/fachtag/ag/2/").status_code == 200


def test_mit_der_gruppe_geht_der_link_zu_ihr(konferenz):
    gruppe = konferenz.arbeitsgruppen.get(nummer=2)
    client, marke = mit_link(konferenz, 2), Entwurfslink.fuer(konferenz, 7, gruppe).marke
    gruppe.delete()
    ersatz = ArbeitsgruppeFactory(konferenz=konferenz, nummer=2, zur_pruefung=True)
    AeusserungFactory(abschnitt__arbeitsgruppe=ersatz)
    assert lesbare(client) == set()
    assert client.get(f"/entwurf/{marke}/").status_code == 410


def test_link_folgt_der_gruppe_zu_ihrer_neuen_nummer(konferenz):
    gruppe = konferenz.arbeitsgruppen.get(nummer=2)
    client, marke = mit_link(konferenz, 2), Entwurfslink.fuer(konferenz, 7, gruppe).marke
    Arbeitsgruppe.objects.filter(pk=gruppe.pk).update(nummer=9)
    assert client.get(f"/entwurf/{marke}/")["Location"] == "/fachtag/ag/9/"
    assert client.get("/fachtag/ag/9/").status_code == 200
    assert client.get("/fachtag/ag/2/").status_code == 404


def test_oeffnen_laesst_sich_nur_lesen(konferenz):
    marke = Entwurfslink.fuer(konferenz, 1).marke
    assert Client().post(f"/entwurf/{marke}/").status_code == 405
    assert Client().head(f"/entwurf/{marke}/").status_code == 302


@pytest.mark.parametrize("nummer", [None, 2])
def test_zahl_der_abfragen_haengt_nicht_an_der_zahl_der_links(
    konferenz, nummer, django_assert_max_num_queries
):
    def abfragen() -> int:
        with django_assert_max_num_queries(15) as gezaehlt:
            assert client.get("/fachtag/ag/2/").status_code == 200
        return len(gezaehlt)

    client = mit_link(konferenz, nummer)
    vorher = abfragen()
    for _ in range(4):
        client.get(f"/entwurf/{Entwurfslink.fuer(KonferenzFactory(), 1).marke}/")
    assert abfragen() == vorher


# --- Who makes and revokes them


def ausgestellt(antwort) -> str:
    """Return the address that a page shows."""
    (adresse,) = re.findall(r'id="adresse"[^>]* value="([^"]+)"', antwort.text)
    return unescape(adresse)


@pytest.mark.parametrize("wer", [*MIT_ROLLE, "ohne Rolle", "fremd", "anonym"])
def test_link_stellt_die_organisation_aus_und_die_moderation_fuer_ihre_gruppe(
    clients, konferenz, wer, settings
):
    settings.SITE_URL = "https://doku.example.de"
    duerfen = {"konferenz": {"Organisation"}, "gruppe": {"Organisation", "eigene"}}
    gruppe = konferenz.arbeitsgruppen.get(nummer=2)
    stellen = {"konferenz": f"konferenz/{konferenz.pk}", "gruppe": gruppe.pk}
    for art, stelle in stellen.items():
        adresse = f"/admin/erfassung/{stelle}/link/"
        antworten = [clients[wer].get(adresse), clients[wer].post(adresse, {"tage": "7"})]
        if wer not in duerfen[art]:
            assert {a.status_code for a in antworten} == {302 if wer == "anonym" else 403}
            continue
        assert [a.status_code for a in antworten] == [200, 200]
        assert "no-store" in antworten[1]["Cache-Control"]
        link = ausgestellt(antworten[1])
        assert link.startswith("https://doku.example.de/entwurf/")
        geoeffnet = Client().get(link.removeprefix("https://doku.example.de"))
        assert geoeffnet["Location"] == ("/fachtag/" if art == "konferenz" else "/fachtag/ag/2/")


@pytest.mark.parametrize("tage", ["1", "3", "7"])
def test_link_gilt_so_lange_wie_gewaehlt_und_die_mail_sagt_es(organisation: Client, konferenz, tage):
    antwort = organisation.post(f"/admin/erfassung/konferenz/{konferenz.pk}/link/", {"tage": tage})
    marke = ausgestellt(antwort).split("/")[-2]
    erwartet = Entwurfslink.fuer(konferenz, int(tage))
    assert abs(Entwurfslink.aus(marke).bis - erwartet.bis) < timedelta(seconds=20)
    (mail,) = re.findall(r'href="(mailto:[^"]+)"', antwort.text)
    assert marke.replace(":", "%3A") in mail
    assert "\n" not in mail


@pytest.mark.parametrize("tage", ["", "2", "365", "-1", "viele", "1\x00"])
def test_andere_dauer_wird_abgelehnt(organisation: Client, konferenz, tage):
    antwort = organisation.post(f"/admin/erfassung/konferenz/{konferenz.pk}/link/", {"tage": tage})
    assert antwort.status_code == 400
    assert "Link gelten soll" in antwort.text or "Ein Link gilt 1, 3 oder 7 Tage." in antwort.text
    assert 'id="adresse"' not in antwort.text


def test_zu_oeffentlichem_braucht_es_keinen_link(organisation: Client, konferenz):
    Konferenz.objects.update(status="veroeffentlicht")
    eins = konferenz.arbeitsgruppen.get(nummer=1)
    for tun in (organisation.get, organisation.post):
        antwort = tun(f"/admin/erfassung/{eins.pk}/link/", {"tage": "1"})
        assert "Jeder kann sie lesen" in antwort.text
        assert 'id="adresse"' not in antwort.text
    konferenzseite = f"/admin/erfassung/konferenz/{konferenz.pk}/link/"
    assert "Link ausstellen" in organisation.get(konferenzseite).text
    Arbeitsgruppe.objects.update(status="freigegeben")
    assert "alle ihre Gruppen sind freigegeben" in organisation.get(konferenzseite).text


@pytest.mark.parametrize("wer", [*MIT_ROLLE, "ohne Rolle", "fremd", "anonym"])
def test_alle_links_zieht_nur_die_organisation_zurueck(clients, konferenz, wer):
    leser = mit_link(konferenz, 2)
    adresse = f"/admin/erfassung/konferenz/{konferenz.pk}/links-widerrufen/"
    antwort = clients[wer].post(adresse, follow=wer == "Organisation")
    if wer == "Organisation":
        assert "gelten nicht mehr" in antwort.text
        zeile = konferenz.history.first()
        assert zeile.history_user
        assert zeile.history_change_reason == "Entwurfslinks widerrufen"
    else:
        assert antwort.status_code == (302 if wer == "anonym" else 403)
    assert (leser.get("/fachtag/ag/2/").status_code == 404) == (wer == "Organisation")
    assert clients["Organisation"].get(adresse).status_code == 405


def test_links_gibt_es_nur_von_etwas_vorhandenem(organisation: Client):
    for adresse in ("4711/link/", "konferenz/4711/link/"):
        assert organisation.get(f"/admin/erfassung/{adresse}").status_code == 404
    assert organisation.post("/admin/erfassung/konferenz/4711/links-widerrufen/").status_code == 404


@pytest.mark.parametrize("wer", MIT_ROLLE)
def test_zum_link_fuehrt_der_stand_nur_die_die_ihn_ausstellen_duerfen(clients, konferenz, wer):
    gruppe = konferenz.arbeitsgruppen.get(nummer=2)
    seite = clients[wer].get(f"/admin/erfassung/{gruppe.pk}/stand/").text
    assert (f"/admin/erfassung/{gruppe.pk}/link/" in seite) == (wer in ("Organisation", "eigene"))
    seite = clients[wer].get(f"/admin/erfassung/konferenz/{konferenz.pk}/stand/").text
    assert (f"/admin/erfassung/konferenz/{konferenz.pk}/link/" in seite) == (wer == "Organisation")
