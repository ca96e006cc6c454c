"""From the picture of a conference to the pages of the Heft as slides."""

from dataclasses import replace
from datetime import date, time

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.template.loader import render_to_string

from arbeitsgruppen.auswahl import Auswahl, ausgewaehlt
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
    Vortragsbild,
)
from arbeitsgruppen.folien import Aeusserungsseite, Programmseite, Textseite, Vortragsseite, seiten
from arbeitsgruppen.satz import SEITE, SEITEN


def konferenz(**felder):
    return Konferenzbild(**{"titel": "Fachtag", "datum": date(2021, 4, 21), **felder})


def abschnitt(ueberschrift, *texte, neue_seite=(), kategorie="gut", herkunft="teilnehmende"):
    return Abschnittsbild(
        ueberschrift,
        kategorie,
        herkunft,
        tuple(Aeusserungsbild(text, neue_seite=text in neue_seite) for text in texte),
    )


def gruppe(*abschnitte, nummer=1, **felder):
    return Gruppenbild(nummer, f"Gruppe {nummer}", abschnitte=abschnitte, **felder)


def aeusserungsseiten(*abschnitte):
    bild = konferenz(gruppen=(gruppe(*abschnitte),))
    return [seite for seite in seiten(bild) if isinstance(seite, Aeusserungsseite)]


def inhalt(*abschnitte):
    """Return per page of statements what stands there: heading, statements, whether it goes on."""
    return [
        [(t.abschnitt.ueberschrift, [a.text for a in t.aeusserungen], t.fortsetzung) for t in seite.teile]
        for seite in aeusserungsseiten(*abschnitte)
    ]


def arten(bild, nur=None, auszug=""):
    return [seite.vorlage for seite in seiten(bild, nur, auszug)]


def html(bild, nur=None, auszug=""):
    """Return the HTML of every page."""
    return [
        render_to_string(f"heft/folien/{seite.vorlage}.html", {"bild": bild, "teil": seite})
        for seite in seiten(bild, nur, auszug)
    ]


def rand(seite, bild=None):
    """Return the HTML of a page's margins."""
    kontext = {"bild": bild or konferenz(), "teil": seite, "fuss": "Fuß", "seite": SEITE, "seiten": SEITEN}
    return render_to_string("heft/folien-rand.html", kontext)


VOLL = konferenz(
    hinweis="Ungefiltert.",
    programm=(
        Programmbild(time(9, 0), "Grußwort"),
        Programmbild(time(10, 0), "Gruppen", gruppen=(1, 2)),
        Programmbild(time(13, 0), "Pause", neue_seite=True),
    ),
    vortraege=(
        Vortragsbild("Erster", "erster", folien=(Folienbild("Eins"), Folienbild("Zwei"))),
        Vortragsbild("Zweiter", "zweiter", folien=(Folienbild("Drei"),)),
    ),
    gruppen=(gruppe(abschnitt("Gut", "a")), gruppe(nummer=2)),
)


def test_seiten_stehen_in_der_reihenfolge_des_hefts():
    assert arten(VOLL) == [
        "titel",
        "programm",
        "programm",
        "folie",
        "folie",
        "folie",
        "uebersicht",
        "hinweis",
        "frage",
        "aeusserungen",
        "frage",
    ]


def test_jede_seite_hat_einen_namen_fuer_menschen():
    bild = replace(VOLL, textseiten=(Textseitenbild(4, "Dank"), Textseitenbild(5, "")))

    assert [seite.name for seite in seiten(bild)] == [
        "Titel",
        "Tagesprogramm",
        "Tagesprogramm",
        "Dank",
        "Textseite",
        "Vortrag: Erster",
        "Vortrag: Erster",
        "Vortrag: Zweiter",
        "Übersicht",
        "Hinweis",
        "AG 1: Gruppe 1",
        "AG 1",
        "AG 2: Gruppe 2",
    ]


def test_konferenz_nur_mit_titel_hat_eine_seite():
    assert arten(konferenz()) == ["titel"]


def test_heft_einer_gruppe_hat_titel_hinweis_und_eigene_seiten():
    bild = ausgewaehlt(VOLL, Auswahl(gruppen=(1,)))
    (nur,) = bild.gruppen

    assert arten(bild, nur) == ["titel", "hinweis", "frage", "aeusserungen"]
    assert "AG 1: Gruppe 1" in html(bild, nur)[0]


def test_auszug_mehrerer_gruppen_hat_ihre_uebersicht_und_nennt_die_wahl_auf_dem_titel():
    auswahl = Auswahl(gruppen=(1, 2), kategorien=("gut",))
    bild = ausgewaehlt(VOLL, auswahl)

    assert arten(bild, auszug=auswahl.auszug) == [
        "titel",
        "uebersicht",
        "hinweis",
        "frage",
        "aeusserungen",
        "frage",
    ]
    assert "Auszug: AG 1 und 2, nur „läuft gut“" in html(bild, auszug=auswahl.auszug)[0]


def test_ganze_konferenz_nennt_auf_dem_titel_keine_wahl():
    assert "Auszug" not in html(VOLL)[0]


@pytest.mark.parametrize(("seite", "stelle"), [(1, 1), (2, 1), (8, 7), (99, 11)])
def test_textseite_steht_auf_ihrer_seite_oder_am_ende(seite, stelle):
    bild = replace(VOLL, textseiten=(Textseitenbild(seite, "Dank"),))

    assert arten(bild).index("textseite") == stelle


def test_textseiten_eines_auszugs_stehen_am_ende_in_ihrer_folge():
    bild = replace(VOLL, textseiten=(Textseitenbild(8, "b"), Textseitenbild(2, "a")))

    letzte = seiten(bild, auszug="nur „hakt“")[-2:]

    assert [seite.name for seite in letzte] == ["a", "b"]


def test_aufeinanderfolgende_textseiten_stehen_je_auf_ihrer_seite():
    bild = konferenz(textseiten=(Textseitenbild(3, "b"), Textseitenbild(2, "a")))

    assert [seite.ueberschrift for seite in seiten(bild) if isinstance(seite, Textseite)] == ["a", "b"]


def test_aeusserung_mit_neuer_seite_wiederholt_die_ueberschrift():
    assert inhalt(abschnitt("Gut", "a", "b", "c", neue_seite="c")) == [
        [("Gut", ["a", "b"], False)],
        [("Gut", ["c"], True)],
    ]


def test_abschnitt_ohne_neue_seite_steht_unter_dem_vorigen():
    assert inhalt(abschnitt("Gut", "a", "b", neue_seite="b"), abschnitt("Mehr", "c")) == [
        [("Gut", ["a"], False)],
        [("Gut", ["b"], True), ("Mehr", ["c"], False)],
    ]


def test_abschnitt_mit_neuer_seite_beginnt_eine_seite():
    assert inhalt(abschnitt("Gut", "a"), abschnitt("Mehr", "b", neue_seite="b")) == [
        [("Gut", ["a"], False)],
        [("Mehr", ["b"], False)],
    ]


def test_abschnitt_ohne_aeusserungen_hat_seine_eigene_seite():
    assert inhalt(abschnitt("Gut", "a"), abschnitt("Leer"), abschnitt("Mehr", "b", neue_seite="b")) == [
        [("Gut", ["a"], False)],
        [("Leer", [], False)],
        [("Mehr", ["b"], False)],
    ]


def test_erste_aeusserung_mit_neuer_seite_macht_keine_leere_seite():
    assert inhalt(abschnitt("Gut", "a", "b", neue_seite="a")) == [[("Gut", ["a", "b"], False)]]


def test_gruppe_ohne_seitenwechsel_laeuft_als_ganze_ueber_so_viele_seiten_wie_noetig():
    (seite,) = aeusserungsseiten(abschnitt("Gut", "a"), abschnitt("Leer"), abschnitt("Mehr", "b", "c"))

    assert not seite.einpassen
    assert [teil.abschnitt.ueberschrift for teil in seite.teile] == ["Gut", "Leer", "Mehr"]
    assert seite.art == ""  # it has several, and says them above the headings


def test_gruppe_mit_seitenwechseln_behaelt_die_seiten_der_vorlage():
    assert all(seite.einpassen for seite in aeusserungsseiten(abschnitt("Gut", "a", "b", neue_seite="b")))


def test_jede_andere_seite_bleibt_eine_seite():
    assert [seite.vorlage for seite in seiten(VOLL) if not seite.einpassen] == ["aeusserungen"]


def test_wiederholte_ueberschrift_ist_keine_zweite_ueberschrift():
    erste, zweite = html(konferenz(gruppen=(gruppe(abschnitt("Gut", "a", "b", neue_seite="b")),)))[-2:]

    assert "<h3" in erste
    assert "<h3" not in zweite
    assert ">Gut</p>" in zweite


@pytest.mark.parametrize(
    ("teil", "angabe"),
    [
        (abschnitt("x", "a", kategorie="hakt"), "hakt"),
        (abschnitt("x", "a", kategorie="weiteres"), ""),
        (
            abschnitt("x", "a", kategorie="weiteres", herkunft="rueckblick"),
            "frühere Veranstaltung (Rückblick)",
        ),
        (abschnitt("x", "a", herkunft="rueckblick"), "läuft gut · frühere Veranstaltung (Rückblick)"),
    ],
)
def test_rand_nennt_kategorie_fremde_herkunft_und_fortsetzung(teil, angabe):
    texte = (*teil.aeusserungen, Aeusserungsbild("neu", neue_seite=True))

    erste, zweite = aeusserungsseiten(replace(teil, aeusserungen=texte))

    assert erste.art == angabe
    assert zweite.art == (f"{angabe} · Fortsetzung" if angabe else "Fortsetzung")
    assert f"{zweite.art} <b" in rand(zweite)


def test_laufende_gruppe_nennt_kategorie_und_herkunft_ueber_jeder_ueberschrift():
    text = html(
        konferenz(gruppen=(gruppe(abschnitt("A", "a", kategorie="hakt"), abschnitt("B", "b")),)),
    )[-1]

    assert text.index(">hakt<") < text.index(">A<") < text.index(">läuft gut<") < text.index(">B<")


def test_gruppenseiten_tragen_einen_griff_in_der_farbe_der_gruppe_an_eigener_stelle():
    bild = konferenz(gruppen=tuple(gruppe(nummer=nummer) for nummer in range(1, 13)))
    fragen = [seite for seite in seiten(bild) if seite.vorlage == "frage"]

    assert len({seite.griff for seite in fragen[:8]}) == 8
    assert all(seite.farbe in rand(seite) for seite in fragen)
    assert all(0 < seite.griff <= 540 - 52 for seite in fragen)
    assert "griff" not in rand(seiten(VOLL)[1])


@pytest.mark.parametrize("entwurf", [True, False])
def test_nur_ein_entwurf_nennt_sich_auf_jeder_seite_entwurf(entwurf):
    bild = replace(VOLL, entwurf=entwurf)

    assert {">Entwurf<" in rand(seite, bild) for seite in seiten(bild)} == {entwurf}


def test_titel_traegt_keine_seitenzahl_und_alle_anderen_seiten_tragen_sie():
    titel, *andere = seiten(VOLL)

    assert SEITE not in rand(titel)
    assert all(f"Seite {SEITE} von {SEITEN}" in rand(seite) for seite in andere)


@pytest.mark.parametrize(
    ("beginn", "ende", "zeit"),
    [
        (time(9, 0), time(15, 45), "9:00 bis 15:45 Uhr"),
        (time(9, 5), None, "9:05 Uhr"),
    ],
)
def test_titelseite_sagt_wann(beginn, ende, zeit):
    titelseite = html(konferenz(beginn=beginn, ende=ende))[0]

    assert f"<p>{zeit}</p>" in titelseite
    assert "<p>21. April 2021</p>" in titelseite


def test_titelseite_ohne_zeit_und_ort_laesst_keine_leere_zeile():
    assert "<p></p>" not in html(konferenz())[0]


def test_programm_nennt_die_gruppen_und_traegt_seine_ueberschrift_auf_jeder_seite():
    erste, zweite = html(VOLL)[1:3]

    assert "09:00 Uhr" in erste
    assert "AG 2: Gruppe 2" in erste
    assert "Tagesprogramm</h2>" in erste
    assert "Tagesprogramm</p>" in zweite


def test_programm_mit_seitenwechsel_am_anfang_hat_keine_leere_seite():
    bild = konferenz(programm=(Programmbild(time(9, 0), "Grußwort", neue_seite=True),))

    (seite,) = (seite for seite in seiten(bild) if isinstance(seite, Programmseite))

    assert seite.erste


def test_erste_ueberschrift_eines_vortrags_steht_ueber_den_weiteren_und_wiederholte_ist_keine():
    folien = (Folienbild(""), Folienbild("A"), Folienbild("A"), Folienbild("B"), Folienbild("A"))
    bild = konferenz(vortraege=(Vortragsbild("V", "v", folien=folien), Vortragsbild("W", "w", folien=folien)))

    vortragsseiten = [seite for seite in seiten(bild) if isinstance(seite, Vortragsseite)]

    assert [seite.erste for seite in vortragsseiten] == [True, False, False, False, False] * 2
    assert [seite.ebene for seite in vortragsseiten] == [0, 2, 0, 3, 3] * 2


def test_vortrag_ohne_folien_hat_keine_seite():
    assert arten(konferenz(vortraege=(Vortragsbild("V", "v"),))) == ["titel"]


def test_frageseite_nennt_die_moderation_wie_gedruckt():
    moderation = Moderationsbild(Personenbild("Dr.", "Stephanie", "Saleth"), "Leiterin FaFo")

    seite = html(konferenz(gruppen=(gruppe(fragestellung="Wie?", moderation=(moderation,)),)))[-1]

    assert "Dr. Stephanie Saleth, Leiterin FaFo" in seite


def test_gruppe_ohne_frage_und_moderation_hat_keine_leeren_ueberschriften():
    assert "<h3" not in html(konferenz(gruppen=(gruppe(),)))[-1]


def test_fehlendes_bild_weicht_seiner_beschreibung():
    default_storage.save("da.png", ContentFile(b"x"))
    folien = (Folienbild("A", bild="da.png"), Folienbild("B", bild="weg.png", bildbeschreibung="Ein Balken"))

    _, mit, ohne = html(konferenz(vortraege=(Vortragsbild("V", "v", folien=folien),)))

    assert '<img src="bild:da.png"' in mit
    assert "<img" not in ohne
    assert "Bild fehlt: Ein Balken" in ohne


def test_gruppe_deren_ergebnisse_zurueckgehalten_sind_hat_nur_die_seite_mit_ihrer_frage():
    bild = konferenz(gruppen=(gruppe(freigegeben=False, zurueckgehalten=True),), entwurf=False)
    assert arten(bild) == ["titel", "uebersicht", "frage"]
    assert "Die Ergebnisse dieser Arbeitsgruppe sind noch nicht freigegeben." in html(bild)[-1]
    assert not any(">Entwurf<" in rand(seite, bild) for seite in seiten(bild))


def test_was_gezeigt_wird_ohne_freigegeben_zu_sein_macht_jede_seite_zum_entwurf():
    bild = konferenz(gruppen=(gruppe(abschnitt("Gut", "a"), freigegeben=False),), entwurf=False)
    assert all(">Entwurf<" in rand(seite, bild) for seite in seiten(bild))
    assert "noch nicht freigegeben" not in "".join(html(bild))
