"""Groups side by side: what is put together, what is counted, and the page that shows it."""

import re
from datetime import date

import pytest
from django.test import Client

from arbeitsgruppen.bild import (
    Abschnittsbild,
    Aeusserungsbild,
    Gruppenbild,
    Konferenzbild,
    Unterpunktbild,
    konferenzbild,
)
from arbeitsgruppen.models import Abkuerzung, Arbeitsgruppe, Thema
from arbeitsgruppen.suchausdruck import Suchausdruck, abkuerzungen
from arbeitsgruppen.vergleich import Eingrenzung, gemeinsame_fragen, vergleichen
from konferenz.entwurfslink import Entwurfslink
from konferenz.models import Konferenz
from tests.fabriken import AbschnittFactory, AeusserungFactory, ArbeitsgruppeFactory, KonferenzFactory

FRAGE = "Wie gelingt der Spracherwerb?"


def abschnitt(
    kategorie: str, ueberschrift: str, *texte: str, herkunft: str = "teilnehmende"
) -> Abschnittsbild:
    """Return a heading with statements."""
    return Abschnittsbild(ueberschrift, kategorie, herkunft, tuple(Aeusserungsbild(t) for t in texte))


def bild(
    *gruppen: tuple[Abschnittsbild, ...], fragen: tuple[str, ...] = (), jahr: int = 2021
) -> Konferenzbild:
    """Return a conference of groups with these Abschnitte and questions."""
    return Konferenzbild(
        titel=f"Fachtag {jahr}",
        datum=date(jahr, 4, 21),
        slug=f"fachtag-{jahr}",
        gruppen=tuple(
            Gruppenbild(nummer, f"Gruppe {nummer}", frage, abschnitte=abschnitte)
            for nummer, (abschnitte, frage) in enumerate(
                zip(gruppen, [*fragen, *[""] * len(gruppen)], strict=False), 1
            )
        ),
    )


def zahlen(konferenz: Konferenzbild, **eingrenzung) -> dict[str, list[int]]:
    """Return the numbers of the comparison by the names of the rows."""
    vergleich = vergleichen(konferenz, Eingrenzung(**eingrenzung))
    return {zeile.name: [zelle.anzahl for zelle in zeile.zellen] for zeile in vergleich.zeilen}


# What is put together


@pytest.mark.django_db
def test_echte_konferenz_stellt_zusammen_wer_dieselbe_frage_beantwortet_hat(echte_konferenz) -> None:
    konferenz = konferenzbild(echte_konferenz)
    assert [frage.namen for frage in gemeinsame_fragen(konferenz)] == ["AG 3 und 6", "AG 5, 7 und 8"]
    spalten = vergleichen(konferenz, Eingrenzung()).spalten
    assert [spalte.name for spalte in spalten] == [f"AG {n}" for n in (1, 2, 3, 6, 4, 5, 7, 8)]


@pytest.mark.django_db
def test_echte_konferenz_in_zahlen(echte_konferenz) -> None:
    konferenz = konferenzbild(echte_konferenz)
    assert zahlen(konferenz) == {
        "Läuft gut": [9, 23, 24, 17, 8, 0, 0, 0],
        "Hakt": [23, 36, 36, 24, 17, 0, 0, 0],
        "Lösungsansätze": [9, 0, 12, 6, 4, 0, 0, 0],
        "Übersichten Bildungsangebote": [0, 0, 0, 3, 0, 0, 0, 0],
        "Gutes Integrationsmanagement – worauf kommt es an?": [0, 0, 0, 0, 0, 31, 12, 11],
        "Wer muss beteiligt sein? Wünsche an die Partner?": [0, 0, 0, 0, 0, 27, 17, 32],
        "Gibt es Beispiele für gute, alltagspraktische Lösungen?": [0, 0, 0, 0, 0, 21, 11, 9],
    }
    assert vergleichen(konferenz, Eingrenzung()).anzahl == 422
    assert vergleichen(konferenz, Eingrenzung()).summen == [41, 59, 72, 50, 29, 79, 40, 52]
    assert vergleichen(konferenz, Eingrenzung(jede_herkunft=True)).anzahl == 462


def test_weiteres_steht_bei_derselben_ueberschrift_anderer_schreibung() -> None:
    konferenz = bild(
        (abschnitt("weiteres", "Partner – Wünsche?", "a"), abschnitt("weiteres", "Beispiele", "b")),
        (abschnitt("weiteres", "partner: WÜNSCHE", "c", "d"),),
    )
    assert zahlen(konferenz) == {"Partner – Wünsche?": [1, 2], "Beispiele": [1, 0]}


def test_ueberschrift_aus_zeichen_ohne_buchstaben_trifft_nur_sich_selbst() -> None:
    konferenz = bild((abschnitt("weiteres", "???", "a"), abschnitt("weiteres", "!!!", "b")))
    assert zahlen(konferenz) == {"???": [1], "!!!": [1]}


@pytest.mark.parametrize(
    ("eine", "andere", "dieselbe"),
    [
        (FRAGE, "wie gelingt der Spracherwerb", True),
        ("Online-Kurse – was hilft?", "Online Kurse: Was hilft?", True),
        (FRAGE, f"{FRAGE} Und wie die Ausbildung?", False),
        (FRAGE, "", False),
    ],
)
def test_dieselbe_frage_ist_die_mit_denselben_worten(eine, andere, dieselbe) -> None:
    assert bool(gemeinsame_fragen(bild((), (), fragen=(eine, andere)))) == dieselbe


def test_ohne_frage_entscheidet_der_titel() -> None:
    gruppen = tuple(
        Gruppenbild(nummer, titel) for nummer, titel in [(1, "Wohnen"), (2, "Arbeit"), (3, "wohnen")]
    )
    konferenz = Konferenzbild(titel="Fachtag", datum=date(2021, 4, 21), gruppen=gruppen)
    assert [frage.namen for frage in gemeinsame_fragen(konferenz)] == ["AG 1 und 3"]


def test_ueberschriften_stehen_dabei_wo_sie_etwas_unterscheiden() -> None:
    konferenz = bild(
        (abschnitt("gut", "Was läuft gut?", "a"), abschnitt("loesung", "Individuelle Lösungen", "b")),
        (abschnitt("gut", "was läuft gut", "c"), abschnitt("loesung", "Strukturelle Lösungen", "d")),
    )
    zeilen = vergleichen(konferenz, Eingrenzung()).zeilen
    assert [zeile.verschieden_ueberschrieben for zeile in zeilen] == [False, True]


# What is asked for


def test_eingrenzung_auf_gruppen_und_kategorien() -> None:
    konferenz = bild(*[(abschnitt("gut", "Gut", "a"), abschnitt("hakt", "Hakt", "b"))] * 3)
    assert zahlen(konferenz, gruppen=(1, 3), kategorien=("hakt",)) == {"Hakt": [1, 1]}


def test_eingrenzung_auf_ein_thema() -> None:
    konferenz = bild(
        (Abschnittsbild("Gut", "gut", "teilnehmende", (Aeusserungsbild("a", themen=("wohnen",)),)),),
        (abschnitt("gut", "Gut", "b"),),
    )
    assert zahlen(konferenz, thema="wohnen") == {"Läuft gut": [1, 0]}


def test_suche_findet_gebeugte_woerter_abkuerzungen_und_unterpunkte() -> None:
    unterpunkt = Aeusserungsbild("Angebote:", unterpunkte=(Unterpunktbild("das Integrationsmanagement"),))
    konferenz = bild(
        (
            abschnitt("gut", "Gut", "Arbeit der IM", "im Amt", "des Integrationsmanagements"),
            Abschnittsbild("Hakt", "hakt", "teilnehmende", (unterpunkt,)),
        ),
    )
    tafel = abkuerzungen([["IM", "Integrationsmanagement"]])
    suche = Suchausdruck.lesen("Integrationsmanagement", tafel)
    assert zahlen(konferenz, suche=suche) == {"Läuft gut": [2], "Hakt": [1]}


def test_nur_was_teilnehmende_sagten_ausser_man_verlangt_alles() -> None:
    konferenz = bild(
        (abschnitt("gut", "Gut", "a"), abschnitt("gut", "Rückblick", "b", herkunft="rueckblick"))
    )
    assert zahlen(konferenz) == {"Läuft gut": [1]}
    assert zahlen(konferenz, jede_herkunft=True) == {"Läuft gut": [2]}


def test_gruppen_anderer_konferenzen_tragen_ihr_jahr() -> None:
    gruppe = (abschnitt("gut", "Gut", "a"),)
    vergleich = vergleichen(
        bild(gruppe, fragen=(FRAGE,)), Eingrenzung(), [bild(gruppe, gruppe, fragen=(FRAGE, FRAGE), jahr=2023)]
    )
    assert [spalte.name for spalte in vergleich.spalten] == ["AG 1 (2021)", "AG 1 (2023)", "AG 2 (2023)"]
    assert len(vergleich.fragen) == 1


# The page


@pytest.fixture
def konferenz(db) -> Konferenz:
    """Return a released conference with AG 1 and AG 2, which answered the same question, and AG 3."""
    konferenz = KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    for nummer, frage in enumerate((FRAGE, FRAGE, "Wie wohnen?"), 1):
        gruppe = ArbeitsgruppeFactory(konferenz=konferenz, nummer=nummer, fragestellung=frage)
        for kategorie in ("gut", "hakt"):
            AeusserungFactory(
                abschnitt=AbschnittFactory(arbeitsgruppe=gruppe, kategorie=kategorie),
                text=f"{kategorie} aus AG {nummer}",
            )
    return konferenz


@pytest.fixture
def wieder(konferenz) -> Konferenz:
    """Return a conference of 2023 that asked a question of the other one again."""
    wieder = KonferenzFactory(slug="wieder", titel="Fachtag", datum=date(2023, 5, 3), veroeffentlicht=True)
    for nummer, frage in ((1, "Was ganz anderes?"), (2, FRAGE.upper())):
        gruppe = ArbeitsgruppeFactory(konferenz=wieder, nummer=nummer, fragestellung=frage)
        AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text=f"{nummer} von 2023")
    return wieder


def gelesen(client: Client, anfrage: str = "", status: int = 200) -> str:
    """Return the page for this query string."""
    antwort = client.get(f"/fachtag/vergleich/{anfrage}")
    assert antwort.status_code == status
    return antwort.content.decode()


def test_seite_zeigt_zahlen_und_aeusserungen_und_jeder_sprung_kommt_an(konferenz, client) -> None:
    seite = gelesen(client)
    for text in ("gut aus AG 1", "hakt aus AG 3", "AG 1 und 2"):
        assert text in seite
    spruenge, anker = re.findall(r'href="#([^"]+)"', seite), re.findall(r'id="([^"]+)"', seite)
    assert set(spruenge) <= set(anker)
    assert len(anker) == len(set(anker))
    assert len([sprung for sprung in spruenge if sprung.startswith("zu-")]) == 2 + 6


def test_jede_aeusserung_fuehrt_zu_ihrer_dauerhaften_adresse(konferenz, client) -> None:
    assert len(set(re.findall(r'href="(/a/[^"]+)"', gelesen(client)))) == 6


def test_auswahl_zeigt_nur_das_gewaehlte_und_sagt_was_es_ist(konferenz, client) -> None:
    seite = gelesen(client, "?ag=1&ag=2&kategorie=hakt&q=AG")
    assert "hakt aus <mark>AG</mark> 2" in seite
    assert "gut aus AG 1" not in seite
    assert "hakt aus AG 3" not in seite
    assert "Ausgewählt: AG 1 und 2, nur „hakt“, gesucht: AG." in seite


def test_thema_und_abkuerzung_grenzen_ein(konferenz, client) -> None:
    Thema.objects.create(titel="Zweite", slug="zweite", woerter="„AG 2“")
    Abkuerzung.objects.create(schreibweisen="GUTES\ngut")
    assert "/fachtag/vergleich/?thema=zweite" in client.get("/fachtag/themen/zweite/").content.decode()
    assert "gut aus AG 2" in gelesen(client, "?thema=zweite")
    assert "gut aus AG 1" not in gelesen(client, "?thema=zweite")
    seite = gelesen(client, "?q=GUTES")
    assert "<mark>gut</mark> aus AG 1" in seite
    assert "hakt aus AG 1" not in seite


@pytest.mark.parametrize(
    ("anfrage", "meldung"),
    [
        ("?ag=9", "Eine AG 9 gibt es in dieser Konferenz nicht. Vorhanden: 1, 2, 3."),
        ("?ag=eins", "„eins“ ist keine Nummer einer AG."),
        ("?kategorie=schlecht", "Eine Kategorie „schlecht“ gibt es nicht."),
        ("?thema=mars", "Zu diesem Thema ist in der Konferenz nichts gesagt."),
        ("?herkunft=mars", "„mars“ ist keine Herkunft, nach der sich vergleichen lässt."),
        ("?auch=mars", "In der Konferenz „mars“ wurde keine dieser Fragen gestellt."),
        ("?q=-weg", "Danach lässt sich nicht suchen"),
        ("?q=%3F%21", "Danach lässt sich nicht suchen"),
        ("?q=a%00b", "Nullzeichen sind nicht erlaubt."),
        (f"?q={'a' * 300}", "Höchstens 200 Zeichen, dies sind 300."),
    ],
)
def test_falsche_angabe_wird_auf_deutsch_benannt(konferenz, client, anfrage, meldung) -> None:
    seite = gelesen(client, anfrage, 400)
    assert meldung in seite
    assert "aus AG 1" not in seite


def test_leere_angaben_sind_keine(konferenz, client) -> None:
    assert "gut aus AG 1" in gelesen(client, "?ag=&kategorie=&thema=&q=&herkunft=&auch=&unbekannt=1")


def test_auswahl_ohne_treffer_sagt_es(konferenz, client) -> None:
    assert "Zu dieser Auswahl hat keine der Gruppen etwas gesagt." in gelesen(client, "?q=Xylophon")


def test_leere_konferenz_sagt_es(client, db) -> None:
    KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    assert "noch nichts zu vergleichen" in gelesen(client)


def test_was_nicht_freigegeben_ist_steht_nicht_im_vergleich(konferenz, client) -> None:
    Arbeitsgruppe.objects.filter(nummer=2).update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)
    seite = gelesen(client)
    assert "aus AG 2" not in seite
    assert "nicht im Vergleich: AG 2." in seite
    assert "AG 1 und 2" not in seite


def test_vorschau_ist_gekennzeichnet_und_bleibt_aus_den_speichern(konferenz, organisation) -> None:
    Arbeitsgruppe.objects.filter(nummer=2).update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)
    antwort = organisation.get("/fachtag/vergleich/")
    assert "die Ergebnisse der AG 2 sind noch nicht freigegeben" in antwort.content.decode().replace(
        "Die", "die"
    )
    assert "gut aus AG 2" in antwort.content.decode()
    assert antwort["Cache-Control"] == "private, no-store"


def test_link_zu_einer_gruppe_oeffnet_keinen_vergleich(konferenz, client) -> None:
    Konferenz.objects.update(status=Konferenz.Status.ENTWURF)
    link = Entwurfslink.fuer(konferenz, 1, konferenz.arbeitsgruppen.get(nummer=1))
    client.get(f"/entwurf/{link.marke}/")
    assert "vergleichen" not in client.get("/fachtag/ag/1/").content.decode()
    gelesen(client, status=404)


def test_dieselbe_frage_einer_anderen_konferenz_wird_angeboten_und_auf_wunsch_gezeigt(wieder, client) -> None:
    seite = gelesen(client, "?ag=1")
    assert '<a href="?ag=1&amp;auch=wieder">Dieselbe Frage 2023: Gruppen der Konferenz „Fachtag“' in seite
    assert "von 2023" not in seite
    seite = gelesen(client, "?ag=1&auch=wieder")
    assert "2 von 2023" in seite
    assert "1 von 2023" not in seite
    assert "AG 2 (2023)" in seite
    assert "AG 1 (2021)" in seite


def test_dasselbe_in_einer_anderen_konferenz_ist_vermerkt_sobald_sie_gezeigt_wird(wieder, client) -> None:
    gruppe = wieder.arbeitsgruppen.get(nummer=2)
    AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text="Gut aus AG 1")
    assert "ebenfalls genannt" not in gelesen(client, "?ag=1")
    seite = gelesen(client, "?ag=1&auch=wieder")
    verweise = re.findall(r'ebenfalls genannt in <a href="([^"#]+)#a-\w+">([^<]+)</a>', seite)
    assert sorted(verweise) == [("/fachtag/ag/1/", "AG 1 (2021)"), ("/wieder/ag/2/", "AG 2 (2023)")]


def test_andere_konferenz_fuegt_nichts_zu_gruppen_mit_anderer_frage(wieder, client) -> None:
    assert "von 2023" not in gelesen(client, "?ag=3&auch=wieder")


@pytest.mark.parametrize("wer", ["client", "organisation"])
def test_andere_konferenz_zeigt_nur_was_oeffentlich_ist(wieder, wer, request) -> None:
    client = request.getfixturevalue(wer)
    Arbeitsgruppe.objects.filter(konferenz=wieder).update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)
    assert "2023" not in gelesen(client)
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.FREIGEGEBEN)
    Konferenz.objects.filter(pk=wieder.pk).update(status=Konferenz.Status.ENTWURF)
    assert "2023" not in gelesen(client)
    gelesen(client, "?auch=wieder", 400)


def test_konferenz_und_gruppe_fuehren_zum_vergleich(konferenz, client) -> None:
    assert 'href="/fachtag/vergleich/"' in client.get("/fachtag/").content.decode()
    assert 'href="/fachtag/vergleich/?ag=1&amp;ag=2"' in client.get("/fachtag/ag/1/").content.decode()
    assert "Mit AG 2 vergleichen: dieselbe Frage" in client.get("/fachtag/ag/1/").content.decode()
    assert "/fachtag/vergleich/?" not in client.get("/fachtag/ag/3/").content.decode()


def test_zahl_der_abfragen_haengt_nicht_von_der_menge_ab(
    wieder, konferenz, client, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(24) as wenige:
        gelesen(client, "?auch=wieder&q=AG")
    for eine in (konferenz, wieder):
        for _ in range(5):
            gruppe = ArbeitsgruppeFactory(konferenz=eine, fragestellung=FRAGE)
            for kategorie in ("gut", "weiteres"):
                AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe, kategorie=kategorie))
    for nummer in range(3):
        noch_eine = KonferenzFactory(slug=f"noch-{nummer}", veroeffentlicht=True)
        ArbeitsgruppeFactory(konferenz=noch_eine, fragestellung=FRAGE)
    with django_assert_num_queries(len(wenige)):
        gelesen(client, "?auch=wieder&auch=noch-1&auch=noch-2&q=AG")


@pytest.mark.django_db
def test_tippfehler_wird_im_vergleich_verziehen_wie_in_der_suche(client: Client) -> None:
    gruppe = ArbeitsgruppeFactory(konferenz__slug="fachtag", konferenz__veroeffentlicht=True)
    AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text="Sprachkurse fehlen")
    antwort = client.get("/fachtag/vergleich/?q=Sprahckurse").text
    assert "„Sprahckurse“ kommt nirgends vor." in antwort
    assert "<mark>Sprachkurse</mark> fehlen" in antwort


@pytest.mark.django_db
def test_konferenzen_desselben_jahres_tragen_ihren_tag(client: Client) -> None:
    for slug, tag in (("eins", date(2021, 4, 21)), ("zwei", date(2021, 9, 1))):
        gruppe = ArbeitsgruppeFactory(
            konferenz__slug=slug,
            konferenz__veroeffentlicht=True,
            konferenz__datum=tag,
            nummer=3,
            titel="Wohnen",
        )
        AeusserungFactory(abschnitt__arbeitsgruppe=gruppe)
    antwort = client.get("/eins/vergleich/?auch=zwei").text
    assert "AG 3 (21.4.2021)" in antwort
    assert "AG 3 (1.9.2021)" in antwort
