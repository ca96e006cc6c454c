"""Pages are made once for each state, for everybody without a session, and for nobody else."""

import gzip
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Thema
from konferenz import zwischenspeicher
from konferenz.entwurfslink import Entwurfslink
from konferenz.models import Konferenz, Vortrag
from konferenz.seitenstand import NICHT_BEOBACHTET, ausloeser_einrichten, beobachtete, stand
from konferenz.views import startseite
from konferenz.zwischenspeicher import GIBT_PARAMETER, Zwischenspeicher, fassung
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    KonferenzFactory,
    PersonFactory,
    VortragFactory,
)

pytestmark = pytest.mark.django_db

SEITEN = [
    "/",
    "/fachtag/",
    "/fachtag/ag/1/",
    "/fachtag/vortraege/stand/",
    "/fachtag/vergleich/?q=Wohnung",
    "/fachtag/themen/",
    "/fachtag/themen/wohnen/",
    "/suche/?q=Wohnung",
    "/sitemap.xml",
    "/sitemap-1.xml",
    "/feed.atom",
    "/impressum/",
]


@pytest.fixture
def gruppe() -> Arbeitsgruppe:
    """Return a released group with a statement, in a conference with a talk and a topic."""
    gruppe = ArbeitsgruppeFactory(konferenz__slug="fachtag", konferenz__veroeffentlicht=True, nummer=1)
    AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe), text="Wohnung fehlt")
    Thema.objects.create(titel="Wohnen", slug="wohnen", woerter="Wohnung")
    VortragFactory(konferenz=gruppe.konferenz, slug="stand", titel="Zum Stand")
    return gruppe


def abfragen(client: Client, seite: str, **kopf: str) -> tuple[Any, int]:
    """Return the answer, and how many queries it took."""
    with CaptureQueriesContext(connection) as erfasst:
        antwort = client.get(seite, headers=kopf)
    return antwort, len(erfasst)


@pytest.mark.parametrize("seite", SEITEN)
def test_zweiter_leser_kostet_eine_abfrage_und_bekommt_dasselbe(client: Client, gruppe, seite: str) -> None:
    erste, viele = abfragen(client, seite)
    zweite, eine = abfragen(Client(), seite)
    assert (erste.status_code, eine) == (200, 1)
    assert viele > 1
    assert zweite.content == erste.content
    assert zweite["Cache-Control"] == "public, max-age=0"
    assert zweite.wsgi_request.resolver_match.view_name == erste.wsgi_request.resolver_match.view_name
    assert {"Accept-Encoding", "Cookie"} <= set(zweite["Vary"].split(", "))
    assert not zweite.cookies
    for name in ("Content-Type", "Content-Security-Policy", "X-Frame-Options"):
        assert zweite[name] == erste[name]


@pytest.mark.parametrize("seite", SEITEN)
def test_wer_die_seite_schon_hat_bekommt_304(client: Client, gruppe, seite: str) -> None:
    etag = client.get(seite)["ETag"]
    antwort, eine = abfragen(client, seite, **{"If-None-Match": etag})
    assert (antwort.status_code, antwort.content, eine, antwort["ETag"]) == (304, b"", 1, etag)
    AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text="Wohnung gefunden")
    gleich = client.get(seite, headers={"If-None-Match": etag}).status_code == 304
    assert gleich == (seite in ("/", "/fachtag/vortraege/stand/", "/feed.atom", "/impressum/"))


def test_gepackt_und_ungepackt_ist_es_dasselbe(client: Client, gruppe) -> None:
    for _ in range(2):
        gepackt = client.get("/fachtag/ag/1/", headers={"Accept-Encoding": "gzip"})
        assert gepackt["Content-Encoding"] == "gzip"
        assert gzip.decompress(gepackt.content) == client.get("/fachtag/ag/1/").content
    assert client.head("/fachtag/ag/1/").content == b""


def _speichern(a: Aeusserung) -> None:
    a.text = "GEÄNDERT"
    a.save()


def _von_hand(a: Aeusserung) -> None:
    with connection.cursor() as zeiger:
        zeiger.execute("UPDATE arbeitsgruppen_aeusserung SET text = 'GEÄNDERT' WHERE id = %s", [a.pk])


AENDERUNGEN: dict[str, Callable[[Aeusserung], object]] = {
    "gespeichert": _speichern,
    "viele auf einmal": lambda a: Aeusserung.objects.filter(pk=a.pk).update(text="GEÄNDERT"),
    "SQL von Hand": _von_hand,
    "angelegt": lambda a: Aeusserung.objects.bulk_create(
        [Aeusserung(abschnitt=a.abschnitt, text="GEÄNDERT", position=9, kennung="zzzzzz")]
    ),
    "Überschrift": lambda a: type(a.abschnitt).objects.update(ueberschrift="GEÄNDERT"),
    "Titel": lambda a: Arbeitsgruppe.objects.update(titel="GEÄNDERT"),
    "Konferenz": lambda a: Konferenz.objects.update(titel="GEÄNDERT"),
}


@pytest.mark.parametrize("aendern", AENDERUNGEN.values(), ids=AENDERUNGEN)
def test_naechster_leser_sieht_jede_aenderung_wie_sie_auch_geschieht(client: Client, gruppe, aendern) -> None:
    assert "GEÄNDERT" not in client.get("/fachtag/ag/1/").text
    aendern(Aeusserung.objects.get())
    assert "GEÄNDERT" in client.get("/fachtag/ag/1/").text


def test_auch_geloeschtes_und_verbindungen_sind_aenderungen(client: Client, gruppe) -> None:
    assert "Wohnung fehlt" in client.get("/fachtag/ag/1/").text
    Aeusserung.objects.all().delete()
    assert "Wohnung fehlt" not in client.get("/fachtag/ag/1/").text
    vortrag = Vortrag.objects.get()
    assert "Rigbers" not in client.get("/fachtag/vortraege/stand/").text
    vortrag.vortragende.add(PersonFactory(nachname="Rigbers"))
    assert "Rigbers" in client.get("/fachtag/vortraege/stand/").text


@pytest.mark.parametrize("seite", SEITEN[1:8])
def test_entwurf_kommt_nie_aus_dem_speicher_und_nie_hinein(
    client: Client, organisation: Client, gruppe, seite: str
) -> None:
    for zustand in (Arbeitsgruppe.Status.ZUR_PRUEFUNG, Arbeitsgruppe.Status.FREIGEGEBEN):
        Arbeitsgruppe.objects.update(status=zustand)
        mit_link = Client()
        mit_link.get(f"/entwurf/{Entwurfslink.fuer(gruppe.konferenz, 1).marke}/")
        for leser in (organisation, mit_link):
            antwort = leser.get(seite)
            assert "private" in antwort["Cache-Control"]
            assert "ETag" not in antwort
        oeffentlich = client.get(seite)
        offen = zustand == Arbeitsgruppe.Status.FREIGEGEBEN
        if oeffentlich.status_code == 200:
            assert ("Wohnung fehlt" in oeffentlich.text.replace("<mark>", "").replace("</mark>", "")) <= offen
        assert organisation.get(seite).text != oeffentlich.text


def test_was_eine_rolle_liest_wird_jedes_mal_neu_gemacht(organisation: Client, gruppe) -> None:
    _, viele = abfragen(organisation, "/fachtag/ag/1/")
    zweite, ebenso_viele = abfragen(organisation, "/fachtag/ag/1/")
    assert viele == ebenso_viele > 5
    assert zweite["Cache-Control"] == "private, no-cache"
    assert "seiten" not in vars(caches._connections) or not caches["seiten"]._cache  # type: ignore[attr-defined]


def test_fremde_parameter_machen_keine_neuen_seiten(client: Client, gruppe) -> None:
    client.get("/fachtag/ag/1/")
    assert abfragen(client, "/fachtag/ag/1/?utm_source=rundbrief")[1] == 1
    client.get("/suche/?q=Wohnung&kategorie=gut")
    assert abfragen(client, "/suche/?kategorie=gut&q=Wohnung")[1] == 1
    for _ in range(2):
        antwort, viele = abfragen(client, "/suche/?q=Wohnung&fremd=1")
        assert (viele > 1, antwort["Cache-Control"]) == (True, "private, no-cache")
    assert (
        abfragen(client, f"/suche/?q={'x' * 150}&konferenz=fachtag&seite={'1' * 200}")[0].status_code == 200
    )


@pytest.mark.parametrize("seite", ["/gibt-es-nicht/", "/fachtag/ag/9/", "/suche/?jahr=x"])
def test_fehler_werden_nicht_aufgehoben(client: Client, gruppe, seite: str) -> None:
    client.get(seite)
    antwort, _ = abfragen(client, seite)
    assert antwort.status_code in (400, 404)
    assert antwort["Cache-Control"] == "private, no-cache"


def test_proxy_darf_so_lange_antworten_wie_eingestellt(client: Client, gruppe, settings) -> None:
    settings.PROXY_SEKUNDEN = 30
    assert client.get("/")["Cache-Control"] == "public, max-age=0, s-maxage=30, stale-while-revalidate=30"


def test_was_sich_waehrenddessen_aendert_gilt_fuer_den_naechsten_leser(gruppe) -> None:
    seiten = []

    def weiter(request) -> HttpResponse:
        seiten.append(Arbeitsgruppe.objects.get().titel)
        Arbeitsgruppe.objects.update(titel=f"{len(seiten)}")
        return HttpResponse(seiten[-1])

    speicher: Any = Zwischenspeicher(weiter)
    antworten = [speicher(RequestFactory().get("/fachtag/ag/1/")).content.decode() for _ in range(2)]
    assert antworten == seiten
    assert len(seiten) == 2


def test_wer_zugleich_fragt_wartet_auf_den_einen_der_die_seite_macht(monkeypatch) -> None:
    gefragt = Semaphore(0)

    def stand_nennen() -> int:
        gefragt.release()
        return 7

    monkeypatch.setattr(zwischenspeicher, "stand", stand_nennen)
    gemacht: list[int] = []
    begonnen, weiter = Event(), Event()

    def machen(_: Any) -> HttpResponse:
        gemacht.append(1)
        begonnen.set()
        weiter.wait(30)
        return HttpResponse(f"Fassung {len(gemacht)}")

    mitte = Zwischenspeicher(machen)
    with ThreadPoolExecutor(4) as faeden:
        antworten = [faeden.submit(mitte, RequestFactory().get("/impressum/"))]
        assert begonnen.wait(30)
        antworten += [faeden.submit(mitte, RequestFactory().get("/impressum/")) for _ in range(3)]
        assert all(gefragt.acquire(timeout=30) for _ in range(4))
        weiter.set()
    assert {b"".join(antwort.result()) for antwort in antworten} == {b"Fassung 1"}
    assert len(gemacht) == 1


def test_wer_zu_lange_wartet_macht_die_seite_selbst(monkeypatch) -> None:
    monkeypatch.setattr(zwischenspeicher, "stand", lambda: 7)
    monkeypatch.setattr(zwischenspeicher, "LAENGSTENS", 0.01)

    def machen(_: Any) -> HttpResponse:
        if not gemacht:
            gemacht.append(1)
            mitte(RequestFactory().get("/impressum/"))  # while the first is still at it
        gemacht.append(1)
        return HttpResponse("da")

    gemacht: list[int] = []
    mitte = Zwischenspeicher(machen)
    assert mitte(RequestFactory().get("/impressum/")).status_code == 200
    assert len(gemacht) == 3


def test_andere_fassung_und_andere_einstellungen_haben_eigene_seiten(settings) -> None:
    vorher = fassung()
    fassung.cache_clear()
    assert fassung() == vorher
    settings.HERAUSGEBER = "Ministerium"
    fassung.cache_clear()
    assert fassung() != vorher
    fassung.cache_clear()


# --- The number that tells the state


def test_jede_tabelle_wird_beobachtet_oder_ist_ausdruecklich_ausgenommen() -> None:
    modelle = [
        modell
        for app in ("konferenz", "arbeitsgruppen")
        for modell in apps.get_app_config(app).get_models(include_auto_created=True)
    ]
    assert {modell.__name__ for modell in modelle} >= NICHT_BEOBACHTET
    abfrage = (
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'kd_seitenstand'"
        if connection.vendor == "postgresql"
        else "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as zeiger:
        zeiger.execute(abfrage)
        mit_ausloeser = {name for (name,) in zeiger.fetchall()}
    assert mit_ausloeser == set(beobachtete())
    assert len(mit_ausloeser) == len([m for m in modelle if "Historical" not in m.__name__]) - len(
        NICHT_BEOBACHTET
    )


def test_was_in_eine_gruppe_kommt_zaehlt_erst_mit_ihrer_freigabe(client: Client, gruppe) -> None:
    andere = ArbeitsgruppeFactory(konferenz=gruppe.konferenz, nummer=2, zur_pruefung=True)
    vorher = stand()
    aeusserung = AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=andere), text="Noch geheim")
    Aeusserung.objects.filter(pk=aeusserung.pk).update(text="Immer noch geheim")
    weg = AeusserungFactory(abschnitt=aeusserung.abschnitt)
    weg.delete()
    if connection.vendor == "postgresql":
        assert stand() == vorher
    vorher = stand()
    assert "Keine Äußerung gefunden" in client.get("/suche/?q=geheim").text
    Aeusserung.objects.filter(pk=aeusserung.pk).update(abschnitt=gruppe.abschnitte.get(), position=7)
    assert stand() > vorher
    assert "Immer noch" in client.get("/suche/?q=geheim").text
    zuletzt = stand()
    Arbeitsgruppe.objects.filter(pk=andere.pk).update(status=Arbeitsgruppe.Status.FREIGEGEBEN)
    assert stand() > zuletzt


def test_ausloeser_werden_nach_einem_umbau_der_tabelle_neu_angelegt() -> None:
    with connection.cursor() as zeiger:
        if connection.vendor == "postgresql":
            zeiger.execute("DROP TRIGGER kd_seitenstand ON konferenz_person")
        else:
            zeiger.execute("DROP TRIGGER kd_seitenstand_konferenz_person_insert")
    vorher = stand()
    PersonFactory()
    assert stand() == vorher
    ausloeser_einrichten()
    PersonFactory(nachname="Zweite")
    assert stand() > vorher
    ausloeser_einrichten()


@pytest.mark.django_db(transaction=True)
def test_weg_zurueck_laesst_keinen_ausloeser_da() -> None:
    davor = [("konferenz", "0006_pflichtseiten")]
    try:
        MigrationExecutor(connection).migrate(davor)
        PersonFactory()
    finally:
        call_command("migrate", verbosity=0)
    vorher = stand()
    PersonFactory(nachname="Zweite")
    assert stand() > vorher


def test_kopie_von_gestern_kommt_nie_auf_eine_zahl_von_heute() -> None:
    KonferenzFactory()
    heute = stand()
    with connection.cursor() as zeiger:
        zeiger.execute("UPDATE konferenz_seitenstand SET nummer = nummer - 86400000")
    gestern = stand()
    PersonFactory()
    assert gestern < heute <= stand()


@pytest.mark.django_db(transaction=True)
def test_wer_spaeter_festschreibt_aendert_den_stand_auch() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("auf SQLite schreibt immer nur einer")
    konferenz, person = KonferenzFactory(), PersonFactory()
    zweite = connections.create_connection("default")
    try:
        with transaction.atomic():
            Konferenz.objects.filter(pk=konferenz.pk).update(titel="früher begonnen")
            with zweite.cursor() as zeiger:  # commits at once, and before the other
                zeiger.execute("UPDATE konferenz_person SET ort = 'Ulm' WHERE id = %s", [person.pk])
                zeiger.execute("SELECT SUM(nummer) FROM konferenz_seitenstand")
                (dazwischen,) = zeiger.fetchone()
        assert stand() > dazwischen
    finally:
        zweite.close()


def test_alle_oeffentlichen_seiten_stehen_hier() -> None:
    muster: list[Any] = get_resolver().url_patterns
    gekennzeichnet = [m.name for m in muster if hasattr(getattr(m, "callback", None), GIBT_PARAMETER)]
    assert hasattr(startseite, GIBT_PARAMETER)
    assert len(gekennzeichnet) == len(SEITEN) + 3  # the four duty pages are one view
