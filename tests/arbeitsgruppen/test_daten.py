"""The data that the Heft carries along: nothing lost in the JSON, a table for spreadsheets in the CSV."""

import csv
import json
import re
from dataclasses import replace
from datetime import date, time
from io import StringIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arbeitsgruppen.bild import (
    Abschnittsbild,
    Aeusserungsbild,
    Folienbild,
    Gruppenbild,
    Konferenzbild,
    Moderationsbild,
    Personenbild,
    Programmbild,
    Textseitenbild,
    Themenbild,
    Unterpunktbild,
    Vortragsbild,
    konferenzbild,
)
from arbeitsgruppen.daten import SPALTEN, als_csv, als_json, zeilen_als_csv, zeilen_als_json
from arbeitsgruppen.daten import zeilen as datenzeilen
from tests.vorlage import echte

SEITE = "https://doku.example.de"
probe = settings(derandomize=True, deadline=None, database=None)
# What a database holds: everything but lone surrogates, which UTF-8 cannot write.
texte = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
personen = st.builds(Personenbild, texte, texte, texte)
kennungen = st.sampled_from(["", "k3mz7q2"])
bilder = st.builds(
    Konferenzbild,
    titel=texte,
    datum=st.dates(),
    slug=st.sampled_from(["", "fachtag-2021"]),
    reihe=texte,
    ort=texte,
    beginn=st.none() | st.times().map(lambda zeit: zeit.replace(second=0, microsecond=0)),
    hinweis=texte,
    programm=st.tuples(st.builds(Programmbild, st.just(time(9, 5)), texte, texte, st.booleans())),
    vortraege=st.tuples(
        st.builds(
            Vortragsbild,
            texte,
            st.just(""),
            st.sampled_from([None, 0]),
            st.tuples(personen),
            st.tuples(st.builds(Folienbild, texte, texte, st.just("inhalt"), texte, texte)),
        )
    ),
    gruppen=st.tuples(
        st.builds(
            Gruppenbild,
            st.integers(1, 40),
            texte,
            texte,
            st.tuples(texte),
            st.tuples(st.builds(Moderationsbild, personen, texte)),
            st.lists(
                st.builds(
                    Abschnittsbild,
                    texte,
                    st.sampled_from(["gut", "hakt"]),
                    st.sampled_from(["teilnehmende", "rueckblick"]),
                    st.lists(
                        st.builds(
                            Aeusserungsbild,
                            texte,
                            st.booleans(),
                            st.lists(
                                st.builds(Unterpunktbild, texte, kennungen, st.booleans()), max_size=2
                            ).map(tuple),
                            kennungen,
                            st.booleans(),
                        ),
                        max_size=3,
                    ).map(tuple),
                ),
                max_size=2,
            ).map(tuple),
        )
    ),
    textseiten=st.tuples(st.builds(Textseitenbild, st.integers(1, 99), texte, texte)),
)


def kennung(adresse):
    return adresse.removeprefix(f"{SEITE}/a/").removesuffix("/")


def bild_aus(daten):
    """Make the picture again from the JSON: what this cannot restore was lost."""
    werte = json.loads(daten)

    def person(wer):
        return Personenbild(wer["titel"], wer["vorname"], wer["nachname"])

    def uhrzeit(wert):
        return None if wert is None else time.fromisoformat(wert)

    return Konferenzbild(
        **{name: werte[name] for name in ("titel", "reihe", "format", "ort", "veranstalter", "hinweis")},
        entwurf=werte["entwurf"],
        datum=date.fromisoformat(werte["datum"]),
        beginn=uhrzeit(werte["beginn"]),
        ende=uhrzeit(werte["ende"]),
        slug=werte["adresse"].removeprefix(f"{SEITE}/").removesuffix("/"),
        programm=tuple(
            Programmbild(
                time.fromisoformat(p["beginn"]),
                p["titel"],
                p["mitwirkende"],
                p["neue_seite"],
                tuple(p["arbeitsgruppen"]),
            )
            for p in werte["programm"]
        ),
        vortraege=tuple(
            Vortragsbild(
                v["titel"],
                "",  # part of an address, nothing that was documented
                None if v["programmpunkt"] is None else v["programmpunkt"] - 1,
                tuple(map(person, v["vortragende"])),
                tuple(Folienbild(**folie) for folie in v["folien"]),
            )
            for v in werte["vortraege"]
        ),
        gruppen=tuple(
            Gruppenbild(
                g["nummer"],
                g["titel"],
                g["fragestellung"],
                tuple(g["unterfragen"]),
                tuple(Moderationsbild(person(m), m["angabe"]) for m in g["moderation"]),
                tuple(
                    Abschnittsbild(
                        a["ueberschrift"],
                        a["kategorie"],
                        a["herkunft"],
                        tuple(
                            Aeusserungsbild(
                                e["text"],
                                e["neue_seite"],
                                tuple(
                                    Unterpunktbild(
                                        u["text"], kennung(u["adresse"]), u["redaktionell_geaendert"]
                                    )
                                    for u in e["unterpunkte"]
                                ),
                                kennung(e["adresse"]),
                                e["redaktionell_geaendert"],
                            )
                            for e in a["aeusserungen"]
                        ),
                    )
                    for a in g["abschnitte"]
                ),
            )
            for g in werte["arbeitsgruppen"]
        ),
        textseiten=tuple(Textseitenbild(**seite) for seite in werte["textseiten"]),
    )


def ohne_slugs(bild):
    return replace(bild, vortraege=tuple(replace(vortrag, slug="") for vortrag in bild.vortraege))


def zeilen(daten):
    """Read the CSV as a spreadsheet does."""
    return list(csv.reader(StringIO(daten.decode("utf-8-sig"), newline=""), delimiter=";"))


def eine(*texte, **felder):
    abschnitt = Abschnittsbild("Gut", "gut", "teilnehmende", tuple(map(Aeusserungsbild, texte)))
    return Konferenzbild(
        **{
            "titel": "Fachtag",
            "datum": date(2021, 4, 21),
            "gruppen": (Gruppenbild(1, "Wohnen", abschnitte=(abschnitt,)),),
            **felder,
        }
    )


def test_json_der_wirklichen_konferenz_enthaelt_alles_woertlich(echte_konferenz):
    bild = konferenzbild(echte_konferenz)

    gelesen = bild_aus(als_json(bild, SEITE))

    assert gelesen == ohne_slugs(bild)
    assert gelesen.entwurf == bild.entwurf
    assert any(e.kennung for g in gelesen.gruppen for a in g.abschnitte for e in a.aeusserungen)


@probe
@given(bilder)
def test_json_einer_beliebigen_konferenz_enthaelt_alles_woertlich(bild):
    assert bild_aus(als_json(bild, SEITE)) == ohne_slugs(bild)


@pytest.mark.parametrize("entwurf", [True, False])
def test_json_sagt_ob_es_ein_entwurf_ist(entwurf):
    assert json.loads(als_json(eine(entwurf=entwurf), SEITE))["entwurf"] is entwurf


def test_json_ist_lesbares_utf_8():
    assert "„Äußerung“ 😀".encode() in als_json(eine("„Äußerung“ 😀"), SEITE)


def test_csv_der_wirklichen_konferenz_hat_eine_zeile_je_eintrag_und_unterpunkt():
    kopf, *rest = zeilen(als_csv(echte().bild, SEITE))

    assert tuple(kopf) == SPALTEN
    assert len(rest) == 462 + 2
    assert [zeile[8] for zeile in rest].count("") == 462
    assert [zeile[9] for zeile in rest] == [
        text
        for g in echte().bild.gruppen
        for a in g.abschnitte
        for e in a.aeusserungen
        for text in (e.text, *(punkt.text for punkt in e.unterpunkte))
    ]


def test_csv_nummeriert_aeusserungen_je_ueberschrift_und_unterpunkte_je_aeusserung():
    abschnitt = Abschnittsbild(
        "Hakt",
        "hakt",
        "rueckblick",
        (
            Aeusserungsbild("a", kennung="k1", redaktionell_geaendert=True, themen=("wohnen", "sprache")),
            Aeusserungsbild("b", unterpunkte=(Unterpunktbild("c", "k3", True), Unterpunktbild("d"))),
        ),
    )
    gruppen = (Gruppenbild(4, "Wohnen", abschnitte=(abschnitt, replace(abschnitt, ueberschrift="Mehr"))),)

    themen = (Themenbild("Wohnen", "wohnen"), Themenbild("Sprache", "sprache"))
    _, erste, *rest = zeilen(als_csv(eine(gruppen=gruppen, themen=themen), SEITE))

    assert dict(zip(SPALTEN, erste, strict=True)) == {
        "konferenz": "Fachtag",
        "datum": "2021-04-21",
        "ag": "4",
        "ag_titel": "Wohnen",
        "abschnitt": "Hakt",
        "kategorie": "hakt",
        "herkunft": "rueckblick",
        "nummer": "1",
        "unterpunkt": "",
        "text": "a",
        "adresse": f"{SEITE}/a/k1/",
        "redaktionell_geaendert": "ja",
        "themen": "Wohnen; Sprache",
    }
    assert [zeile[4:5] + zeile[7:] for zeile in rest] == [
        ["Hakt", "2", "", "b", "", "", ""],
        ["Hakt", "2", "1", "c", f"{SEITE}/a/k3/", "ja", ""],
        ["Hakt", "2", "2", "d", "", "", ""],
        ["Mehr", "1", "", "a", f"{SEITE}/a/k1/", "ja", "Wohnen; Sprache"],
        ["Mehr", "2", "", "b", "", "", ""],
        ["Mehr", "2", "1", "c", f"{SEITE}/a/k3/", "ja", ""],
        ["Mehr", "2", "2", "d", "", "", ""],
    ]


def test_csv_beginnt_mit_der_marke_fuer_utf_8_und_trennt_mit_semikolon():
    daten = als_csv(eine("a;b"), SEITE)

    assert daten.startswith(b"\xef\xbb\xbfkonferenz;datum;ag;")
    assert b';"a;b";' in daten


@pytest.mark.parametrize("zeichen", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"])
def test_zelle_die_eine_formel_waere_wird_in_jeder_spalte_entschaerft(zeichen):
    formel = f'{zeichen}HYPERLINK("https://boese.example")'
    abschnitt = Abschnittsbild(formel, "gut", "teilnehmende", (Aeusserungsbild(formel),))
    bild = eine(titel=formel, gruppen=(Gruppenbild(1, formel, abschnitte=(abschnitt,)),))

    (zeile,) = zeilen(als_csv(bild, SEITE))[1:]

    assert [zelle for zelle in zeile if "HYPERLINK" in zelle] == [f"'{formel}"] * 4


def test_zahl_und_harmlose_zelle_bleiben_wie_sie_sind():
    (zeile,) = zeilen(als_csv(eine("a = b"), SEITE))[1:]

    assert zeile[2] == "1"
    assert zeile[9] == "a = b"


def wie_gesagt(zelle):
    """Return the text of a cell: what decision 0015 tells a reader of the CSV to do."""
    return re.sub(r"\A'(?='*(?:\s*[=+\-@＝＋－＠]|[\t\r\n]))", "", zelle)


@probe
@example("zwei\nZeilen")
@example('"zitiert"; und \r\n mehr\r')
@example("=1+1")
@example("'=1+1")
@example("''- so stand es da")
@example("'ne Idee")
@example("  @SUM(A1)")
@example("\nneue Zeile")
@given(texte | st.text("=+-@'\t\r\n a", max_size=6))
def test_csv_gibt_jeden_text_wieder(text):
    (zeile,) = zeilen(als_csv(eine(text), SEITE))[1:]

    assert wie_gesagt(zeile[9]) == text
    assert not zeile[9].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_dieselbe_konferenz_ergibt_dieselben_bytes():
    bild = echte().bild
    anders = replace(bild)

    assert als_json(bild, SEITE) == als_json(anders, SEITE)
    assert als_csv(bild, SEITE) == als_csv(anders, SEITE)


def test_konferenz_ohne_gruppen_hat_eine_tabelle_nur_mit_kopf():
    assert zeilen(als_csv(eine(gruppen=()), SEITE)) == [list(SPALTEN)]


def test_json_sagt_von_jeder_gruppe_ob_sie_freigegeben_ist():
    abschnitt = Abschnittsbild("Gut", "gut", "teilnehmende", (Aeusserungsbild("a"),))
    gruppen = (
        Gruppenbild(1, "Wohnen", abschnitte=(abschnitt,)),
        Gruppenbild(2, "Arbeit", freigegeben=False, zurueckgehalten=True),
    )
    daten = json.loads(als_json(eine(gruppen=gruppen, entwurf=False), SEITE))
    assert daten["entwurf"] is False
    assert [gruppe["freigegeben"] for gruppe in daten["arbeitsgruppen"]] == [True, False]
    gezeigt = (replace(gruppen[1], abschnitte=(abschnitt,), zurueckgehalten=False),)
    assert json.loads(als_json(eine(gruppen=gezeigt, entwurf=False), SEITE))["entwurf"] is True


def test_adressen_von_gruppen_und_vortraegen_stehen_in_den_daten():
    vortrag = Vortragsbild("Stand der Dinge", "stand")
    daten = json.loads(als_json(eine(slug="fachtag", vortraege=(vortrag,)), SEITE))

    assert daten["arbeitsgruppen"][0]["adresse"] == f"{SEITE}/fachtag/ag/1/"
    assert daten["vortraege"][0]["adresse"] == f"{SEITE}/fachtag/vortraege/stand/"


def test_zeilen_einer_suche_ergeben_dieselbe_tabelle_wie_die_der_konferenz():
    bild = echte().bild

    assert zeilen_als_csv(datenzeilen(bild, SEITE)) == als_csv(bild, SEITE)


def test_zeilen_einer_suche_als_json_sagen_woher_sie_sind():
    daten = json.loads(zeilen_als_json(datenzeilen(eine("=1+1"), SEITE), SEITE, f"{SEITE}/suche/?q=1"))

    assert daten["$schema"] == f"{SEITE}/aeusserungen-1.schema.json"
    assert daten["quelle"] == f"{SEITE}/suche/?q=1"
    (aeusserung,) = daten["aeusserungen"]
    assert tuple(aeusserung) == SPALTEN
    assert (aeusserung["text"], aeusserung["datum"], aeusserung["unterpunkt"]) == ("=1+1", "2021-04-21", None)


def test_herausgeber_und_lizenz_stehen_in_den_daten_wenn_sie_angegeben_sind(settings):
    ohne = json.loads(als_json(eine(), SEITE))
    assert (ohne["herausgeber"], ohne["lizenz"]) == ("", None)

    settings.HERAUSGEBER, settings.DATEN_LIZENZ = "Landesamt", "dl-by-de/2.0"
    mit = json.loads(als_json(eine(), SEITE))
    assert mit["herausgeber"] == "Landesamt"
    assert mit["lizenz"]["adresse"] == "https://www.govdata.de/dl-de/by-2-0"
