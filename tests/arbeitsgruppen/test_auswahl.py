"""What a reader chooses for the Heft: one way to write it, and what it leaves of the conference."""

from dataclasses import replace
from datetime import date, time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbeitsgruppen.auswahl import Auswahl, Form, GruppeFehlt, ausgewaehlt
from arbeitsgruppen.bild import (
    Abschnittsbild,
    Aeusserungsbild,
    Folienbild,
    Gruppenbild,
    Konferenzbild,
    Programmbild,
    Textseitenbild,
    Unterpunktbild,
    Vortragsbild,
)
from arbeitsgruppen.models import Abschnitt

probe = settings(derandomize=True, deadline=None, database=None)
KATEGORIEN = Abschnitt.Kategorie.values

auswahlen = st.builds(
    Auswahl,
    form=st.sampled_from(Form.values),
    gruppen=st.lists(st.integers(min_value=1), max_size=12).map(tuple),
    kategorien=st.lists(st.sampled_from(KATEGORIEN), max_size=8).map(tuple),
    vortraege=st.booleans(),
)


def abschnitt(kategorie: str, *texte: str) -> Abschnittsbild:
    return Abschnittsbild(
        f"Zu {kategorie}", kategorie, "teilnehmende", tuple(Aeusserungsbild(text) for text in texte)
    )


GRUPPEN = (
    Gruppenbild(
        1, "Wohnen", abschnitte=(abschnitt("hakt", "zu  teuer"), abschnitt("gut", "WLAN"), abschnitt("hakt"))
    ),
    Gruppenbild(2, "Sprache", "Was hilft?", abschnitte=(abschnitt("weiteres", "Eherenamt"),)),
    Gruppenbild(
        4,
        "Arbeit",
        abschnitte=(
            replace(
                abschnitt("gut"),
                aeusserungen=(
                    Aeusserungsbild(
                        "Kurze Wege", neue_seite=True, unterpunkte=(Unterpunktbild("Jobcenter"),)
                    ),
                ),
            ),
        ),
    ),
    Gruppenbild(5, "Ohne Ergebnisse"),
)
BILD = Konferenzbild(
    titel="Fachtag",
    datum=date(2021, 4, 21),
    slug="fachtag",
    hinweis="Ungefiltert.",
    programm=(Programmbild(time(9), "Beginn"), Programmbild(time(10), "Gruppen", gruppen=(1, 2, 4, 5))),
    vortraege=(Vortragsbild("Zum Stand", "zum-stand", 0, folien=(Folienbild("Folie"),)),),
    gruppen=GRUPPEN,
    textseiten=(Textseitenbild(2, "Grußwort"),),
)


@probe
@given(auswahlen)
def test_anfrage_wird_als_dieselbe_auswahl_gelesen(auswahl: Auswahl) -> None:
    assert Auswahl.aus_anfrage(auswahl.anfrage) == auswahl


@probe
@given(auswahlen, auswahlen)
def test_verschiedenes_hat_verschiedene_anfragen(eine: Auswahl, andere: Auswahl) -> None:
    assert (eine == andere) == (eine.anfrage == andere.anfrage) == (hash(eine) == hash(andere))


@probe
@given(st.text() | st.text("formagkteie=&0123456789-+%;vbchnüo"))
def test_unsinn_ist_keine_anfrage(text: str) -> None:
    try:
        auswahl = Auswahl.aus_anfrage(text)
    except ValueError:
        return
    assert auswahl.anfrage == text


@pytest.mark.parametrize(
    "unsinn",
    [
        "form=folien",  # the default is not written
        "form=pdf",
        "form=bericht&form=bericht",
        "ag=3&ag=1",
        "ag=1&ag=1",
        "ag=01",
        "ag=0",
        "ag=-1",
        "ag=",
        "ag=٣",
        "ag=" + "9" * 5000,
        "kategorie=hakt&kategorie=gut",
        "kategorie=hakt&ag=1",
        "&".join(f"kategorie={k}" for k in KATEGORIEN),
        "vortraege=ja",
        "vortraege=nein&vortraege=nein",
        "seite=2",
        "ag=1&seite=2",
        "?ag=1",
        "ag=1&",
        "ag=1\x00",
    ],
)
def test_nur_die_eine_schreibweise_wird_gelesen(unsinn: str) -> None:
    with pytest.raises(ValueError, match=r".") as fehler:
        Auswahl.aus_anfrage(unsinn)
    assert len(str(fehler.value)) < 6000


@pytest.mark.parametrize(
    ("auswahl", "anfrage", "name", "beschreibung"),
    [
        (Auswahl(), "", "fachtag", "Folien"),
        (Auswahl("bericht"), "form=bericht", "fachtag-bericht", "Bericht"),
        (Auswahl(gruppen=(3,)), "ag=3", "fachtag-ag-3", "Folien, AG 3"),
        (Auswahl("bericht", (3,)), "form=bericht&ag=3", "fachtag-bericht-ag-3", "Bericht, AG 3"),
        (Auswahl(gruppen=(7, 1, 3, 1)), "ag=1&ag=3&ag=7", "fachtag-auswahl", "Folien, AG 1, 3 und 7"),
        (Auswahl(vortraege=False), "vortraege=nein", "fachtag-auswahl", "Folien, ohne Vorträge"),
        (
            Auswahl(gruppen=(3,), kategorien=("loesung", "gut")),
            "ag=3&kategorie=gut&kategorie=loesung",
            "fachtag-auswahl",
            "Folien, AG 3, nur „läuft gut“ und „Lösungsansätze“",
        ),
        (
            Auswahl("bericht", (3, 1), ("hakt",), vortraege=False),
            "form=bericht&ag=1&ag=3&kategorie=hakt",  # groups have no talks to leave out
            "fachtag-bericht-auswahl",
            "Bericht, AG 1 und 3, nur „hakt“",
        ),
    ],
)
def test_adresse_dateiname_und_beschreibung(
    auswahl: Auswahl, anfrage: str, name: str, beschreibung: str
) -> None:
    assert (auswahl.anfrage, auswahl.dateiname("fachtag"), auswahl.beschreibung) == (
        anfrage,
        name,
        beschreibung,
    )


def test_alle_kategorien_sind_keine_auswahl() -> None:
    assert Auswahl(kategorien=tuple(reversed(KATEGORIEN))) == Auswahl()


def test_werte_sind_einfache_zeichenfolgen() -> None:
    auswahl = Auswahl(Form.BERICHT, kategorien=(Abschnitt.Kategorie.HAKT,))
    assert repr(auswahl) == repr(Auswahl("bericht", kategorien=("hakt",)))


@pytest.mark.parametrize("werte", [{"form": "pdf"}, {"kategorien": ("quatsch",)}, {"gruppen": (1, 0)}])
def test_unmoegliches_ist_keine_auswahl(werte) -> None:
    with pytest.raises(ValueError, match=r"pdf|quatsch|0"):
        Auswahl(**werte)


def test_ohne_auswahl_bleibt_das_bild_wie_es_ist() -> None:
    assert ausgewaehlt(BILD, Auswahl()) == BILD
    assert ausgewaehlt(BILD, Auswahl("bericht")) == BILD


def test_gewaehlte_gruppen_stehen_allein_mit_titel_und_hinweis() -> None:
    assert ausgewaehlt(BILD, Auswahl(gruppen=(4, 1))) == replace(
        BILD, gruppen=(GRUPPEN[0], GRUPPEN[2]), programm=(), vortraege=(), textseiten=()
    )


def test_gewaehlte_kategorie_laesst_abschnitte_anderer_und_leere_gruppen_weg() -> None:
    wohnen = replace(GRUPPEN[0], abschnitte=(GRUPPEN[0].abschnitte[0], GRUPPEN[0].abschnitte[2]))
    assert ausgewaehlt(BILD, Auswahl(kategorien=("hakt",))) == replace(BILD, gruppen=(wohnen,))


def test_ausdruecklich_gewaehlte_gruppe_bleibt_auch_ohne_abschnitt_der_kategorie() -> None:
    bild = ausgewaehlt(BILD, Auswahl(gruppen=(1, 2), kategorien=("gut",)))
    assert [(g.nummer, [a.kategorie for a in g.abschnitte]) for g in bild.gruppen] == [(1, ["gut"]), (2, [])]
    assert bild.gruppen[1].fragestellung == "Was hilft?"


def test_ohne_vortraege_bleibt_alles_andere() -> None:
    assert ausgewaehlt(BILD, Auswahl(vortraege=False)) == replace(BILD, vortraege=())


@pytest.mark.parametrize("entwurf", [True, False])
def test_auswahl_aus_einem_entwurf_bleibt_entwurf(entwurf: bool) -> None:
    bild = ausgewaehlt(
        replace(BILD, entwurf=entwurf), Auswahl(gruppen=(1,), kategorien=("gut",), vortraege=False)
    )
    assert bild.entwurf is entwurf


def test_fehlende_gruppe_wird_mit_den_vorhandenen_genannt() -> None:
    with pytest.raises(
        GruppeFehlt, match=r"^Eine AG 3 gibt es in dieser Konferenz nicht\. Vorhanden: 1, 2, 4, 5\.$"
    ):
        ausgewaehlt(BILD, Auswahl(gruppen=(1, 3)))
    with pytest.raises(GruppeFehlt, match=r"Vorhanden: keine\.$"):
        ausgewaehlt(replace(BILD, gruppen=()), Auswahl(gruppen=(1,)))


@pytest.mark.parametrize("anzahl", range(1, len(KATEGORIEN)))
def test_auswahl_ist_ein_teil_im_wortlaut_und_in_der_reihenfolge(anzahl: int) -> None:
    for kategorien in combinations(KATEGORIEN, anzahl):
        for gruppe in ausgewaehlt(BILD, Auswahl(kategorien=kategorien)).gruppen:
            ganze = next(g for g in GRUPPEN if g.nummer == gruppe.nummer)
            assert gruppe.abschnitte == tuple(a for a in ganze.abschnitte if a.kategorie in kategorien)
            assert replace(gruppe, abschnitte=()) == replace(ganze, abschnitte=())


def test_zurueckgehaltene_gruppe_bleibt_bei_jeder_wahl_von_kategorien_stehen() -> None:
    gruppen = (*GRUPPEN, Gruppenbild(6, "Kommt noch", freigegeben=False, zurueckgehalten=True))
    bild = ausgewaehlt(replace(BILD, gruppen=gruppen), Auswahl(kategorien=("gut",)))
    assert [gruppe.nummer for gruppe in bild.gruppen] == [1, 4, 6]


def test_auswahl_ist_nur_vorlaeufig_wenn_vorlaeufiges_darin_ist() -> None:
    gruppen = (GRUPPEN[0], replace(GRUPPEN[1], freigegeben=False))
    bild = replace(BILD, entwurf=False, gruppen=gruppen)
    assert bild.vorlaeufig
    assert not ausgewaehlt(bild, Auswahl(gruppen=(1,))).vorlaeufig
    assert ausgewaehlt(bild, Auswahl(gruppen=(2,))).vorlaeufig
