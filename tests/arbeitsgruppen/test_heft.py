"""From the picture of a conference to the pages of the Heft and their HTML."""

from datetime import date, time

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

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
from arbeitsgruppen.heft import Aeusserungsseite, GruppeFehlt, Textseite, Titelseite, heft, seiten


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


def inhalt(*abschnitte):
    """Return per page of statements what stands there: heading, statements, whether it goes on."""
    return [
        [(t.abschnitt.ueberschrift, [a.text for a in t.aeusserungen], t.fortsetzung) for t in seite.teile]
        for seite in seiten(konferenz(gruppen=(gruppe(*abschnitte),)))
        if isinstance(seite, Aeusserungsseite)
    ]


def arten(bild, nummer=None):
    return [seite.vorlage for seite in seiten(bild, nummer)]


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


def test_konferenz_nur_mit_titel_hat_eine_seite():
    assert arten(konferenz()) == ["titel"]


def test_heft_einer_gruppe_hat_titel_hinweis_und_eigene_seiten():
    assert arten(VOLL, 1) == ["titel", "hinweis", "frage", "aeusserungen"]
    assert "AG 1: Gruppe 1" in heft(VOLL, 1).seiten[0]


def test_unbekannte_gruppe_wird_mit_den_vorhandenen_nummern_abgelehnt():
    with pytest.raises(GruppeFehlt, match=r"AG 9 .* Vorhanden: 1, 2"):
        heft(VOLL, 9)


@pytest.mark.parametrize(("seite", "stelle"), [(2, 1), (8, 7), (99, 11)])
def test_textseite_steht_auf_ihrer_seite_oder_am_ende(seite, stelle):
    bild = konferenz(
        hinweis=VOLL.hinweis,
        programm=VOLL.programm,
        vortraege=VOLL.vortraege,
        gruppen=VOLL.gruppen,
        textseiten=(Textseitenbild(seite, "Dank"),),
    )

    assert arten(bild).index("textseite") == stelle


def test_aufeinanderfolgende_textseiten_stehen_je_auf_ihrer_seite():
    bild = konferenz(textseiten=(Textseitenbild(3, "b"), Textseitenbild(2, "a")))

    assert [seite for seite in seiten(bild) if isinstance(seite, Textseite)] == [
        Textseite("a", ()),
        Textseite("b", ()),
    ]


def test_aeusserung_mit_neuer_seite_wiederholt_die_ueberschrift():
    assert inhalt(abschnitt("Gut", "a", "b", "c", neue_seite="c")) == [
        [("Gut", ["a", "b"], False)],
        [("Gut", ["c"], True)],
    ]


def test_abschnitt_ohne_neue_seite_steht_unter_dem_vorigen():
    assert inhalt(abschnitt("Gut", "a"), abschnitt("Mehr", "b")) == [
        [("Gut", ["a"], False), ("Mehr", ["b"], False)]
    ]


def test_abschnitt_mit_neuer_seite_beginnt_eine_seite():
    assert inhalt(abschnitt("Gut", "a"), abschnitt("Mehr", "b", neue_seite="b")) == [
        [("Gut", ["a"], False)],
        [("Mehr", ["b"], False)],
    ]


def test_abschnitt_ohne_aeusserungen_hat_seine_eigene_seite():
    assert inhalt(abschnitt("Gut", "a"), abschnitt("Leer"), abschnitt("Mehr", "b")) == [
        [("Gut", ["a"], False)],
        [("Leer", [], False)],
        [("Mehr", ["b"], False)],
    ]


def test_wiederholte_ueberschrift_ist_keine_zweite_ueberschrift():
    erste, zweite = heft(konferenz(gruppen=(gruppe(abschnitt("Gut", "a", "b", neue_seite="b")),))).seiten[-2:]

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
def test_rand_nennt_kategorie_und_fremde_herkunft(teil, angabe):
    seite = seiten(konferenz(gruppen=(gruppe(teil),)))[-1]

    assert isinstance(seite, Aeusserungsseite)
    assert seite.art == angabe


@pytest.mark.parametrize(
    ("beginn", "ende", "zeit"),
    [
        (time(9, 0), time(15, 45), "9:00 bis 15:45 Uhr"),
        (time(9, 5), None, "9:05 Uhr"),
        (None, None, ""),
    ],
)
def test_titelseite_sagt_wann(beginn, ende, zeit):
    titelseite = Titelseite(konferenz(beginn=beginn, ende=ende))

    assert titelseite.zeit == zeit
    assert "21. April 2021" in heft(titelseite.konferenz).seiten[0]


def test_programm_nennt_die_gruppen_und_traegt_seine_ueberschrift_auf_jeder_seite():
    erste, zweite = heft(VOLL).seiten[1:3]

    assert "09:00 Uhr" in erste
    assert "AG 2: Gruppe 2" in erste
    assert "Tagesprogramm</h2>" in erste
    assert "Tagesprogramm</p>" in zweite


def test_frageseite_nennt_die_moderation_wie_gedruckt():
    moderation = Moderationsbild(Personenbild("Dr.", "Stephanie", "Saleth"), "Leiterin FaFo")

    html = heft(konferenz(gruppen=(gruppe(fragestellung="Wie?", moderation=(moderation,)),))).seiten[-1]

    assert "Dr. Stephanie Saleth, Leiterin FaFo" in html


def test_auszeichnung_in_einem_text_ist_text():
    html = "".join(heft(konferenz(gruppen=(gruppe(abschnitt("<h1>", "<img src=x>{{ x }}")),))).seiten)

    assert "<img" not in html
    assert "&lt;img src=x&gt;{{ x }}" in html


def test_zeichen_ohne_schrift_erscheint_als_nummer_und_wird_gemeldet():
    ergebnis = heft(konferenz(gruppen=(gruppe(abschnitt("Gut", "Danke 😀!")),)))

    assert "Danke [U+1F600]!" in ergebnis.seiten[-1]
    assert ergebnis.fehlende_zeichen == ("😀",)


def test_fehlendes_bild_weicht_seiner_beschreibung_und_wird_gemeldet(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    default_storage.save("da.png", ContentFile(b"x"))
    folien = (Folienbild("A", bild="da.png"), Folienbild("B", bild="weg.png", bildbeschreibung="Ein Balken"))

    ergebnis = heft(konferenz(vortraege=(Vortragsbild("V", "v", folien=folien),)))

    assert ergebnis.bilder == {"da.png"}
    assert ergebnis.fehlende_bilder == ("weg.png",)
    assert "<img" in ergebnis.seiten[1]
    assert "Bild fehlt: Ein Balken" in ergebnis.seiten[2]


@pytest.mark.parametrize("entwurf", [True, False])
def test_nur_ein_entwurf_nennt_sich_entwurf(entwurf):
    assert ('data-stand="Entwurf"' in heft(konferenz(entwurf=entwurf)).kopf) is entwurf
