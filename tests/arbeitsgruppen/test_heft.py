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


def test_pages_stand_in_the_order_of_the_booklet():
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


def test_a_conference_of_which_only_the_title_is_known_has_one_page():
    assert arten(konferenz()) == ["titel"]


def test_the_heft_of_a_group_has_title_notice_and_its_own_pages():
    assert arten(VOLL, 1) == ["titel", "hinweis", "frage", "aeusserungen"]
    assert "AG 1: Gruppe 1" in heft(VOLL, 1).seiten[0]


def test_a_group_that_does_not_exist_is_refused_with_the_numbers_that_do():
    with pytest.raises(GruppeFehlt, match=r"AG 9 .* Vorhanden: 1, 2"):
        heft(VOLL, 9)


@pytest.mark.parametrize(("seite", "stelle"), [(2, 1), (8, 7), (99, 11)])
def test_a_free_text_page_stands_on_its_page_or_at_the_end(seite, stelle):
    bild = konferenz(
        hinweis=VOLL.hinweis,
        programm=VOLL.programm,
        vortraege=VOLL.vortraege,
        gruppen=VOLL.gruppen,
        textseiten=(Textseitenbild(seite, "Dank"),),
    )

    assert arten(bild).index("textseite") == stelle


def test_free_text_pages_in_a_row_stand_each_on_its_own_page():
    bild = konferenz(textseiten=(Textseitenbild(3, "b"), Textseitenbild(2, "a")))

    assert [seite for seite in seiten(bild) if isinstance(seite, Textseite)] == [
        Textseite("a", ()),
        Textseite("b", ()),
    ]


def test_a_statement_marked_so_begins_a_page_with_the_heading_repeated():
    assert inhalt(abschnitt("Gut", "a", "b", "c", neue_seite="c")) == [
        [("Gut", ["a", "b"], False)],
        [("Gut", ["c"], True)],
    ]


def test_an_abschnitt_without_page_break_goes_on_under_the_one_before():
    assert inhalt(abschnitt("Gut", "a"), abschnitt("Mehr", "b")) == [
        [("Gut", ["a"], False), ("Mehr", ["b"], False)]
    ]


def test_an_abschnitt_with_page_break_begins_a_page():
    assert inhalt(abschnitt("Gut", "a"), abschnitt("Mehr", "b", neue_seite="b")) == [
        [("Gut", ["a"], False)],
        [("Mehr", ["b"], False)],
    ]


def test_an_abschnitt_without_statements_has_its_own_page():
    assert inhalt(abschnitt("Gut", "a"), abschnitt("Leer"), abschnitt("Mehr", "b")) == [
        [("Gut", ["a"], False)],
        [("Leer", [], False)],
        [("Mehr", ["b"], False)],
    ]


def test_a_repeated_heading_is_no_heading_a_second_time():
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
def test_the_margin_names_category_and_a_foreign_origin(teil, angabe):
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
def test_the_cover_says_when(beginn, ende, zeit):
    titelseite = Titelseite(konferenz(beginn=beginn, ende=ende))

    assert titelseite.zeit == zeit
    assert "21. April 2021" in heft(titelseite.konferenz).seiten[0]


def test_the_agenda_names_the_groups_of_a_slot_and_has_its_heading_on_every_page():
    erste, zweite = heft(VOLL).seiten[1:3]

    assert "09:00 Uhr" in erste
    assert "AG 2: Gruppe 2" in erste
    assert "Tagesprogramm</h2>" in erste
    assert "Tagesprogramm</p>" in zweite


def test_the_question_page_names_who_moderates_as_printed():
    moderation = Moderationsbild(Personenbild("Dr.", "Stephanie", "Saleth"), "Leiterin FaFo")

    html = heft(konferenz(gruppen=(gruppe(fragestellung="Wie?", moderation=(moderation,)),))).seiten[-1]

    assert "Dr. Stephanie Saleth, Leiterin FaFo" in html


def test_markup_in_a_text_is_text():
    html = "".join(heft(konferenz(gruppen=(gruppe(abschnitt("<h1>", "<img src=x>{{ x }}")),))).seiten)

    assert "<img" not in html
    assert "&lt;img src=x&gt;{{ x }}" in html


def test_a_character_without_a_font_is_shown_by_its_number_and_reported():
    ergebnis = heft(konferenz(gruppen=(gruppe(abschnitt("Gut", "Danke 😀!")),)))

    assert "Danke [U+1F600]!" in ergebnis.seiten[-1]
    assert ergebnis.fehlende_zeichen == ("😀",)


def test_a_picture_that_is_gone_is_replaced_by_its_description_and_reported(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    default_storage.save("da.png", ContentFile(b"x"))
    folien = (Folienbild("A", bild="da.png"), Folienbild("B", bild="weg.png", bildbeschreibung="Ein Balken"))

    ergebnis = heft(konferenz(vortraege=(Vortragsbild("V", "v", folien=folien),)))

    assert ergebnis.bilder == {"da.png"}
    assert ergebnis.fehlende_bilder == ("weg.png",)
    assert "<img" in ergebnis.seiten[1]
    assert "Bild fehlt: Ein Balken" in ergebnis.seiten[2]


@pytest.mark.parametrize("entwurf", [True, False])
def test_only_a_draft_says_so(entwurf):
    assert ('data-stand="Entwurf"' in heft(konferenz(entwurf=entwurf)).kopf) is entwurf
