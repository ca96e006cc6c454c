"""From the picture of a conference to the parts of the report and their HTML."""

import re
from dataclasses import replace
from datetime import date, time
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from hypothesis import example, given
from hypothesis import strategies as st

from arbeitsgruppen.bericht import (
    Gruppe,
    Hinweis,
    Inhalt,
    Kennzahlen,
    Mitwirkende,
    Quelle,
    Quellenangabe,
    Themen,
    Themenregister,
    Umschlag,
    teile,
)
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
)
from arbeitsgruppen.templatetags.heft import mit_adressen
from tests.vorlage import echte

QUELLE = Quelle("https://doku.example.de/fachtag/", "0123456789abcdef" * 4, date(2021, 5, 3))
KOSTNER = Personenbild("Dr.", "Sandra", "Kostner")


def konferenz(**felder):
    return Konferenzbild(**{"titel": "Fachtag", "datum": date(2021, 4, 21), **felder})


def abschnitt(ueberschrift, *texte, kategorie="gut", herkunft="teilnehmende"):
    return Abschnittsbild(ueberschrift, kategorie, herkunft, tuple(Aeusserungsbild(text) for text in texte))


def gruppe(*abschnitte, nummer=1, **felder):
    return Gruppenbild(nummer, f"Gruppe {nummer}", abschnitte=abschnitte, **felder)


def teil(bild, art):
    """Return the only part of this kind."""
    (einer,) = [t for t in teile(bild, QUELLE) if isinstance(t, art)]
    return einer


def html(bild):
    """Return the HTML of all parts."""
    return "".join(
        render_to_string(f"heft/bericht/{t.vorlage}.html", {"bild": bild, "teil": t})
        for t in teile(bild, QUELLE)
    )


def gedruckt(bild):
    """Return the text of all parts with its white space joined."""
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]*>", " ", html(bild))))


def arten(bild):
    return [t.vorlage for t in teile(bild, QUELLE)]


def ohne_festes(text):
    """Return a text with plain spaces for those at which no line ends."""
    return text.replace("\u00a0", " ")


class Listenleser(HTMLParser):
    """Collects the text of every list item, without that of the items inside it."""

    def __init__(self):
        super().__init__()
        self.punkte, self.offen = [], []

    def handle_starttag(self, tag, attrs):
        if tag == "li":
            self.offen.append(len(self.punkte))
            self.punkte.append("")

    def handle_endtag(self, tag):
        if tag == "li":
            self.offen.pop()

    def handle_data(self, data):
        if self.offen:
            self.punkte[self.offen[-1]] += data


def listenpunkte(html):
    leser = Listenleser()
    leser.feed(html)
    return leser.punkte


VOLL = konferenz(
    hinweis="Ungefiltert.",
    programm=(Programmbild(time(9, 0), "Vortrag"), Programmbild(time(10, 0), "Gruppen", gruppen=(1, 2))),
    vortraege=(Vortragsbild("Zum Stand", "stand", 0, (KOSTNER,), (Folienbild("Eins"),)),),
    gruppen=(gruppe(abschnitt("Gut", "a")), gruppe(nummer=2)),
    textseiten=(Textseitenbild(9, "Dank"), Textseitenbild(3, "Vorwort")),
)


def test_teile_stehen_in_ihrer_reihenfolge():
    assert arten(VOLL) == [
        "umschlag",
        "inhalt",
        "hinweis",
        "programm",
        "kennzahlen",
        "vortrag",
        "gruppe",
        "gruppe",
        "textseite",
        "textseite",
        "mitwirkende",
        "quelle",
    ]


def test_konferenz_nur_mit_titel_hat_umschlag_und_quelle():
    assert arten(konferenz()) == ["umschlag", "quelle"]
    assert html(konferenz())


def test_nur_der_umschlag_hat_keinen_rand_und_nur_verzeichnisse_nennen_seiten():
    liste = teile(VOLL, QUELLE)

    assert [t.vorlage for t in liste if not t.rand] == ["umschlag"]
    assert [t.vorlage for t in liste if t.verweise] == ["inhalt", "mitwirkende"]


def test_textseiten_stehen_nach_ihrer_seite_geordnet():
    assert [t.titel for t in teile(VOLL, QUELLE) if t.vorlage == "textseite"] == ["Vorwort", "Dank"]


def test_jede_aeusserung_der_echten_konferenz_steht_einmal_und_in_ihrer_reihenfolge():
    for einzelne in echte().bild.gruppen:
        seite = render_to_string("heft/bericht/gruppe.html", {"teil": Gruppe(einzelne)})

        assert listenpunkte(seite[seite.index('<div class="kategorie') :]) == [
            text
            for abschnitt in einzelne.abschnitte
            for aeusserung in abschnitt.aeusserungen
            for text in (aeusserung.text, *(punkt.text for punkt in aeusserung.unterpunkte))
        ]


def test_anker_sind_ueber_alle_teile_eindeutig_und_jeder_verweis_fuehrt_zu_einem():
    bild = echte().bild

    anker = re.findall(r' id="([^"]+)"', html(bild))

    assert len(anker) == len(set(anker))
    assert {"ag-3", "ag-3-abschnitt-2"} <= set(anker)
    assert set(re.findall(r'(?:href="#|data-ziel=")([^"]+)"', html(bild))) <= set(anker)


def test_aeusserung_und_unterpunkt_tragen_ihre_kennung():
    mit_kennung = replace(
        abschnitt("Gut"),
        aeusserungen=(Aeusserungsbild("a", kennung="bcdfgh", unterpunkte=(Unterpunktbild("b", "kmpqrt"),)),),
    )

    text = html(konferenz(gruppen=(gruppe(mit_kennung),)))

    assert '<li id="a-bcdfgh">a<ul><li id="a-kmpqrt">b</li></ul></li>' in text


def test_abschnitte_einer_kategorie_teilen_sich_eine_ueberschrift_und_behalten_ihre_reihenfolge():
    bild = gruppe(
        abschnitt("Eins", kategorie="gut"),
        abschnitt("Zwei", kategorie="gut"),
        abschnitt("Drei", kategorie="hakt"),
        abschnitt("Vier", kategorie="gut"),
    )

    assert [
        (t.name, t.weiter, [a.abschnitt.ueberschrift for a in t.abschnitte]) for t in Gruppe(bild).teile
    ] == [("Läuft gut", False, ["Eins", "Zwei"]), ("Hakt", False, ["Drei"]), ("Läuft gut", True, ["Vier"])]
    assert "Läuft gut (weiter)" in gedruckt(konferenz(gruppen=(bild,)))


def test_weiteres_hat_keine_eigene_ueberschrift():
    text = html(konferenz(gruppen=(gruppe(abschnitt("Beispiele", "a", kategorie="weiteres")),)))

    assert re.search(r"<h3[^>]*>Beispiele</h3>", text)
    assert "<h4" not in text


@pytest.mark.parametrize("kategorie", ["gut", "weiteres"])
def test_ueberschriften_steigen_ohne_luecke_ab(kategorie):
    bild = replace(VOLL, gruppen=(gruppe(abschnitt("Eins", "a", kategorie=kategorie)), gruppe(nummer=2)))

    stufen = [int(stufe) for stufe in re.findall(r"<h(\d)", html(bild))]

    assert stufen[0] == 1
    assert 1 not in stufen[1:]
    assert all(naechste <= stufe + 1 for stufe, naechste in pairwise(stufen))


@pytest.mark.parametrize(
    ("herkunft", "marke", "angabe"),
    [
        ("teilnehmende", "", "2 Äußerungen"),
        ("rueckblick", "Rückblick", "2 Einträge aus einer früheren Veranstaltung"),
        ("leitfrage", "Leitfrage", "2 Vorgaben der Moderation"),
    ],
)
def test_fremde_herkunft_ist_gekennzeichnet(herkunft, marke, angabe):
    bild = gruppe(abschnitt("Eins", "a", "b", kategorie="weiteres", herkunft=herkunft))

    (stueck,) = Gruppe(bild).teile[0].abschnitte

    assert (stueck.marke, stueck.angabe) == (marke, angabe)
    assert f"{marke} {angabe}".strip() in gedruckt(konferenz(gruppen=(bild,)))


def test_abschnitt_ohne_aeusserungen_sagt_es():
    assert "Leer keine Einträge" in gedruckt(konferenz(gruppen=(gruppe(abschnitt("Leer")),)))


@pytest.mark.parametrize(
    ("abschnitte", "angabe"),
    [
        ((), "0 Äußerungen"),
        ((abschnitt("x", "a"),), "1 Äußerung: 1 läuft gut"),
        (
            (abschnitt("x", "a", "b"), abschnitt("y", "c", kategorie="hakt")),
            "3 Äußerungen: 2 läuft gut, 1 hakt",
        ),
        (
            (abschnitt("x", "a", kategorie="weiteres"), abschnitt("y", "b", herkunft="rueckblick")),
            "1 Äußerung; außerdem 1 Eintrag anderer Herkunft",
        ),
    ],
)
def test_gruppe_sagt_wie_viel_in_ihr_steht(abschnitte, angabe):
    assert Gruppe(gruppe(*abschnitte)).angabe == angabe


def test_inhalt_nennt_jeden_teil_mit_ueberschrift_und_bei_wenigen_auch_die_abschnitte():
    zeilen = teil(VOLL, Inhalt).zeilen

    assert [zeile.titel for zeile in zeilen] == [
        "Hinweis",
        "Tagesprogramm",
        "Kennzahlen",
        "Zum Stand",
        "Gruppe 1",
        "Gruppe 2",
        "Vorwort",
        "Dank",
        "Mitwirkende",
        "Quelle und Zitierweise",
    ]
    assert [zeile.marke for zeile in zeilen[3:6]] == ["Vortrag", "AG 1", "AG 2"]
    assert [(u.anker, u.titel) for u in zeilen[4].unterzeilen] == [("ag-1-abschnitt-1", "Gut")]


def test_inhalt_einer_grossen_konferenz_bleibt_auf_einer_seite():
    assert not any(zeile.unterzeilen for zeile in teil(echte().bild, Inhalt).zeilen)


def test_textseite_ohne_ueberschrift_steht_nicht_im_inhalt():
    bild = konferenz(textseiten=(Textseitenbild(1, "", "Nur Text"),))

    assert [zeile.titel for zeile in teil(bild, Inhalt).zeilen] == ["Quelle und Zitierweise"]
    assert "Nur Text" in gedruckt(bild)


@pytest.mark.parametrize(
    ("abschnitte", "kategorien", "marken"),
    [
        ([], [], []),
        ([abschnitt("x", "a", kategorie="weiteres")], [], []),
        (
            [
                abschnitt("x", "a", kategorie="weiteres", herkunft="leitfrage"),
                abschnitt("y", "b", kategorie="hakt"),
            ],
            ["Hakt", "Weiteres"],
            ["Leitfrage"],
        ),
    ],
)
def test_hinweis_erklaert_nur_was_vorkommt(abschnitte, kategorien, marken):
    hinweis = teil(replace(VOLL, gruppen=(gruppe(*abschnitte),)), Hinweis)

    assert [name for name, _, _ in hinweis.kategorien] == kategorien
    assert [name for name, _ in hinweis.marken] == marken


def test_umschlag_nennt_die_einzige_gruppe():
    eine = replace(VOLL, gruppen=VOLL.gruppen[:1])

    assert teil(eine, Umschlag).gruppe == eine.gruppen[0]
    assert teil(VOLL, Umschlag).gruppe is None


def test_umschlag_mit_sehr_langem_titel_hat_kein_bild():
    assert teil(echte().bild, Umschlag).bilder
    assert not teil(replace(echte().bild, titel="Sehr lang " * 50), Umschlag).bilder


@pytest.mark.parametrize("entwurf", [True, False])
def test_nur_ein_entwurf_nennt_sich_entwurf(entwurf):
    assert ("Entwurf" in gedruckt(replace(VOLL, entwurf=entwurf))) is entwurf


def test_programm_nennt_die_gruppen_mit_ihrem_platz():
    text = html(VOLL)

    assert "10:00 Uhr" in text
    assert re.search(r'<a href="#ag-2">.*Gruppe 2</a>', text)


def test_programm_einer_auswahl_nennt_nur_die_gruppen_darin():
    assert 'href="#ag-2"' not in html(replace(VOLL, gruppen=VOLL.gruppen[:1]))


def test_kennzahlen_der_echten_konferenz_zaehlen_was_teilnehmende_sagten():
    kennzahlen = teil(echte().bild, Kennzahlen)

    assert kennzahlen.zahlen == [
        (422, "Äußerungen der Teilnehmenden"),
        (8, "Arbeitsgruppen"),
        (34, "Einträge aus früheren Veranstaltungen"),
        (6, "Leitfragen der Moderation"),
    ]
    assert [(s.name, s.summe) for s in kennzahlen.spalten] == [
        ("läuft gut", 81),
        ("hakt", 136),
        ("Lösungsansätze", 31),
        ("Weiteres", 174),
    ]
    assert [(name.casefold(), summe) for name, _, summe in kennzahlen.weiteres] == [
        ("gutes integrationsmanagement – worauf kommt es an?", 54),
        ("wer muss beteiligt sein? wünsche an die partner?", 76),
        ("gibt es beispiele für gute, alltagspraktische lösungen?", 41),
        ("übersichten bildungsangebote", 3),
    ]


def test_kennzahlen_fehlt_ohne_aeusserungen_von_teilnehmenden():
    bild = konferenz(gruppen=(gruppe(abschnitt("Früher", "a", herkunft="rueckblick")),))

    assert "kennzahlen" not in arten(bild)


def test_kennzahlen_einer_kategorie_zeigen_nur_ihre_spalte():
    bild = konferenz(gruppen=(gruppe(abschnitt("x", "a")), gruppe(abschnitt("y", "b"), nummer=2)))

    assert [spalte.name for spalte in teil(bild, Kennzahlen).spalten] == ["läuft gut"]


def test_kennzahlen_zeigen_ein_bild_nur_wenn_es_etwas_zu_vergleichen_gibt():
    eine = konferenz(gruppen=(gruppe(abschnitt("x", "a")),))
    zwei = konferenz(gruppen=(gruppe(abschnitt("x", "a"), abschnitt("y", "b", kategorie="hakt")),))

    assert not teil(eine, Kennzahlen).bilder
    assert set(teil(zwei, Kennzahlen).bilder) == {"diagramm-kategorien.svg"}
    assert "läuft gut 1, hakt 1" in teil(zwei, Kennzahlen).beschreibung


def test_alle_gezeigten_bilder_gibt_es_und_sie_sind_beschrieben():
    bild = echte().bild
    vorhanden = {name for t in teile(bild, QUELLE) for name in t.bilder}

    gezeigt = re.findall(r'<img src="bild:([^"]+)" alt="([^"]+)">', html(bild))

    assert {name for name, _ in gezeigt} == vorhanden


# Topics


def mit_themen():
    """Return a conference in which two groups speak of housing, and one of volunteers."""
    zwei = Abschnittsbild(
        "Wo hakt es?",
        "hakt",
        "teilnehmende",
        (
            Aeusserungsbild("Wohnungen fehlen", kennung="bcdfgh", themen=("wohnen",)),
            Aeusserungsbild(
                "Ehrenamtliche suchen Wohnungen", kennung="kmpqrt", themen=("ehrenamt", "wohnen")
            ),
        ),
    )
    eine = Abschnittsbild(
        "Was läuft gut?", "gut", "teilnehmende", (Aeusserungsbild("Wohnung gefunden", themen=("wohnen",)),)
    )
    frueher = Abschnittsbild(
        "Rückblick", "gut", "rueckblick", (Aeusserungsbild("Wohnraum", kennung="bbbbbb", themen=("wohnen",)),)
    )
    return konferenz(
        gruppen=(gruppe(zwei), gruppe(eine, frueher, nummer=2)),
        themen=(
            Themenbild("Ehrenamt", "ehrenamt"),
            Themenbild("Wohnen", "wohnen"),
            Themenbild("Nichts", "nichts"),
        ),
    )


def test_themen_zaehlen_was_teilnehmende_je_kategorie_sagten():
    themen = teil(mit_themen(), Themen)

    assert [spalte.name for spalte in themen.spalten] == ["läuft gut", "hakt"]
    assert [(eine.thema.titel, werte) for eine, werte in themen.zeilen] == [
        ("Ehrenamt", [0, 1]),
        ("Wohnen", [1, 2]),
    ]
    assert "insgesamt" not in themen.bilder[themen.diagramm].decode()  # a statement counts in two rows


def test_themenregister_fuehrt_zur_ersten_aeusserung_je_gruppe_und_kategorie():
    register = teil(mit_themen(), Themenregister)

    assert [
        (eintrag.thema.titel, [(g.nummer, [(s.kategorie, s.anzahl, s.anker) for s in stellen])])
        for eintrag in register.eintraege
        for g, stellen in eintrag.gruppen
    ] == [
        ("Ehrenamt", [(1, [("hakt", 1, "a-kmpqrt")])]),
        ("Wohnen", [(1, [("hakt", 2, "a-bcdfgh")])]),
        ("Wohnen", [(2, [("läuft gut", 1, "ag-2")])]),
    ]


def test_themen_verweisen_aufs_register_und_dieses_auf_die_aeusserungen():
    gesetzt = html(mit_themen())

    anker = re.findall(r' id="([^"]+)"', gesetzt)
    assert len(anker) == len(set(anker))
    assert set(re.findall(r'(?:href="#|data-ziel=")([^"]+)"', gesetzt)) <= set(anker)
    assert 'data-ziel="a-bcdfgh"' in gesetzt


def test_ohne_themen_gibt_es_weder_uebersicht_noch_register():
    assert {"themen", "themenregister"}.isdisjoint(arten(VOLL))
    assert [a for a in arten(mit_themen()) if a.startswith("themen")] == ["themen", "themenregister"]


def test_folien_mit_gleicher_ueberschrift_tragen_sie_einmal_und_leere_entfallen():
    folien = (Folienbild("Eins", "a"), Folienbild("Eins", "b"), Folienbild("Eins"), Folienbild("Zwei"))

    text = html(konferenz(vortraege=(Vortragsbild("V", "v", folien=folien),)))

    assert re.findall("<h3>(.*)</h3>", text) == ["Eins", "Zwei", "So zitieren Sie dieses Heft"]
    assert text.count('<div class="folie') == 3


def test_fehlendes_bild_weicht_seiner_beschreibung(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    default_storage.save("da ist.png", ContentFile(b"x"))
    folien = (
        Folienbild("A", bild="da ist.png"),
        Folienbild("B", bild="weg.png", bildbeschreibung="Ein Balken"),
    )

    text = html(konferenz(vortraege=(Vortragsbild("V", "v", folien=folien),)))

    assert '<img src="bild:da%20ist.png"' in text
    assert "bild:weg.png" not in text
    assert "Bild fehlt: Ein Balken" in text


def test_mitwirkende_stehen_nach_nachnamen_mit_angaben_und_beitraegen():
    def moderation(vorname, nachname, angabe):
        return Moderationsbild(Personenbild("", vorname, nachname), angabe)

    bild = replace(
        VOLL,
        programm=(
            Programmbild(time(9, 0), "Vortrag", "Dr. Sandra Kostner, Hochschule"),
            Programmbild(
                time(9, 30), "Fazit", "Dr. Jens Ridderbusch im Gespräch mit allen\nAli Öztürk, Ulm\nPause"
            ),
        ),
        gruppen=(
            gruppe(moderation=(moderation("Ali", "Öztürk", "Stadt Ulm"), moderation("Eva", "Zorn", ""))),
            gruppe(nummer=2, moderation=(moderation("Ali", "Öztürk", "Stadt Ulm"),)),
        ),
    )

    assert [
        (m.person.name, m.angaben, [text for text, _ in m.beitraege], m.gruppen)
        for m in teil(bild, Mitwirkende).personen
    ] == [
        ("Dr. Sandra Kostner", ("Hochschule",), ["Vortrag „Zum Stand“"], ()),
        ("Ali Öztürk", ("Stadt Ulm", "Ulm"), ["Fazit"], (1, 2)),
        ("Dr. Jens Ridderbusch", (), ["Fazit"], ()),
        ("Eva Zorn", (), [], (1,)),
    ]


def test_mitwirkende_der_echten_konferenz_sind_alle_genannten():
    assert [m.person.nachname for m in teil(echte().bild, Mitwirkende).personen] == [
        "Kostner",
        "Leibfried",
        "Locher-Finke",
        "Lutz",
        "Papadopoulou",
        "Proske",
        "Ridderbusch",
        "Rigbers",
        "Saleth",
        "Schmidt-Berghammer",
        "Weinmann",
    ]


@pytest.mark.parametrize(
    "zeile", ["Mittagessen", "Musik, Stadtkapelle", "N. N., Stuttgart", "alle Gruppen, im Plenum", "Dr."]
)
def test_programmzeile_ohne_namen_macht_niemanden_zur_mitwirkenden(zeile):
    assert "mitwirkende" not in arten(konferenz(programm=(Programmbild(time(9, 0), "Auftakt", zeile),)))


def test_quelle_nennt_konferenz_ausgabe_pruefsumme_und_adresse():
    bild = replace(VOLL, veranstalter="Landesamt", format="Onlinekonferenz", entwurf=False)
    text = gedruckt(bild)

    assert QUELLE.pruefsumme in text
    assert ohne_festes(teil(bild, Quellenangabe).zitat) == (
        "Fachtag. Dokumentation der Onlinekonferenz vom 21. April 2021. Landesamt. "
        "Ausgabe 3. Mai 2021 (01234567)."
    )
    assert '<a class="adresse" href="https://doku.example.de/fachtag/">' in html(bild)


def test_zitat_einer_gruppe_nennt_die_gruppe_und_ohne_stand_nur_die_pruefsumme():
    bild = replace(VOLL, gruppen=VOLL.gruppen[:1])

    assert ohne_festes(Quellenangabe(bild, replace(QUELLE, stand=None)).zitat) == (
        "AG 1 „Gruppe 1“, in: Fachtag. Dokumentation der Veranstaltung vom 21. April 2021. Ausgabe 01234567."
    )


@pytest.mark.parametrize(
    ("abschnitte", "teil_des_textes"),
    [
        ((abschnitt("x", "a"),), "Gezählt ist die eine Äußerung der Teilnehmenden"),
        (
            (abschnitt("x", "a", "b"), abschnitt("y", "c", herkunft="leitfrage")),
            "nicht mitgezählt: 1 Leitfrage der Moderation.",
        ),
    ],
)
def test_quelle_sagt_was_gezaehlt_ist(abschnitte, teil_des_textes):
    angabe = Quellenangabe(konferenz(gruppen=(gruppe(*abschnitte),)), QUELLE)

    assert teil_des_textes in ohne_festes(angabe.zaehlweise)


def test_auszeichnung_in_einem_text_ist_text_in_jedem_teil():
    boese = "<script>&{{ x }}"
    bild = konferenz(
        titel=boese,
        reihe=boese,
        format=boese,
        ort=boese,
        veranstalter=boese,
        hinweis=f"{boese}\n• {boese}",
        programm=(Programmbild(time(9, 0), boese, boese, gruppen=(1,)),),
        vortraege=(
            Vortragsbild(boese, "v", 0, (Personenbild(boese, boese, boese),), (Folienbild(boese, boese),)),
        ),
        gruppen=(
            Gruppenbild(
                1,
                boese,
                boese,
                (boese,),
                (Moderationsbild(KOSTNER, boese),),
                (abschnitt(boese, boese, kategorie="weiteres"),),
            ),
        ),
        textseiten=(Textseitenbild(1, boese, boese),),
    )

    text = html(bild)

    assert "<script>" not in text
    assert "&lt;script&gt;&amp;{{ x }}" in text


@pytest.mark.parametrize(
    ("text", "ziele"),
    [
        ("siehe https://x.de/a?b=c&d=e#f.", ["https://x.de/a?b=c&d=e#f"]),
        ("(www.x-y.de/z)", ["https://www.x-y.de/z"]),
        ("https://x.de/a_(b), dann", ["https://x.de/a_(b)"]),
        ("„http://x.de“ und HTTPS://Y.DE!", ["http://x.de", "HTTPS://Y.DE"]),
        ("https://x.de/über-uns/…", ["https://x.de/über-uns/"]),
        ("https:// www. www.x xwww.x.de a@www.x.de ftp://x.de", []),
        ('https://x.de/"onclick="a', ["https://x.de/"]),
        ("https://x.de/<b>", ["https://x.de/"]),
    ],
)
def test_adressen_werden_zu_verweisen_ohne_satzzeichen(text, ziele):
    assert [unescape(ziel) for ziel in re.findall('href="([^"]*)"', mit_adressen(text))] == ziele


ADRESSTEXT = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(["https://x.de/", "www.x.de", "http://", " ", "&amp;", "<a>", '"', "(", ")."]),
    )
).map("".join)


@given(ADRESSTEXT)
@example("https://x.de/&lt;<")
def test_adressen_lassen_jedes_zeichen_wie_es_ist_und_alles_ist_maskiert(text):
    ergebnis = mit_adressen(text)
    ohne_verweise = re.sub(r'<a class="adresse" href="[^"<>]*">|</a>', "", ergebnis)

    assert "<" not in ohne_verweise
    assert ">" not in ohne_verweise
    assert unescape_einmal(ohne_verweise) == text


def unescape_einmal(text):
    """Undo Django's escape, and nothing that the text itself held."""
    for ersatz, zeichen in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")):
        text = text.replace(ersatz, zeichen)
    return text


def test_adressen_in_einer_vorlage_werden_nicht_doppelt_maskiert():
    vorlage = Template("{% load heft %}{{ text|mit_adressen }}")

    assert vorlage.render(Context({"text": "a & www.x.de"})) == (
        'a &amp; <a class="adresse" href="https://www.x.de">www.x.de</a>'
    )
    assert vorlage.render(Context({"text": mark_safe("<b>www.x.de</b>")})) == "<b>www.x.de</b>"


# --- What is not released yet


def test_gruppe_deren_ergebnisse_zurueckgehalten_sind_sagt_es_statt_ihrer():
    bild = konferenz(
        gruppen=(
            gruppe(abschnitt("Gut", "a"), nummer=1),
            gruppe(nummer=2, fragestellung="Was fehlt?", freigegeben=False, zurueckgehalten=True),
        ),
        entwurf=False,
    )
    text = gedruckt(bild)
    assert "AG 2 Gruppe 2" in text
    assert "Was fehlt?" in text
    assert text.count("Die Ergebnisse dieser Arbeitsgruppe sind noch nicht freigegeben.") == 1
    assert text.count("Nicht enthalten, weil noch nicht freigegeben: die Ergebnisse der AG 2.") == 2
    assert "Entwurf" not in text


def test_kennzahlen_zaehlen_nur_was_nicht_zurueckgehalten_ist():
    bild = konferenz(
        gruppen=(
            gruppe(abschnitt("Gut", "a"), nummer=1),
            gruppe(nummer=2, freigegeben=False, zurueckgehalten=True),
            gruppe(abschnitt("Gut", "b", "c"), abschnitt("Rest", "d", kategorie="weiteres"), nummer=3),
        )
    )
    kennzahlen = teil(bild, Kennzahlen)
    assert kennzahlen.zahlen[:2] == [(4, "Äußerungen der Teilnehmenden"), (3, "Arbeitsgruppen")]
    assert [(g.nummer, werte) for g, werte in kennzahlen.zeilen] == [(1, [1, 0]), (3, [2, 1])]
    assert kennzahlen.bilder[kennzahlen.diagramm].count(b"AG ") == 2
    assert kennzahlen.fehlende


def test_was_gezeigt_wird_ohne_freigegeben_zu_sein_macht_den_bericht_zum_entwurf():
    bild = konferenz(gruppen=(gruppe(abschnitt("Gut", "a"), freigegeben=False),), entwurf=False)
    assert "(Entwurf)" in gedruckt(bild)
    assert "noch nicht freigegeben" not in gedruckt(bild)
