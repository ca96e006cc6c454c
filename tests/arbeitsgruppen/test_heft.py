"""From the picture of a conference to what the renderer needs: parts, pictures, attachments, name."""

import json
import re
from dataclasses import fields, is_dataclass, replace
from datetime import date, time
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from arbeitsgruppen.auswahl import Auswahl, Form, GruppeFehlt
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
from arbeitsgruppen.daten import als_csv, als_json
from arbeitsgruppen.heft import heft
from arbeitsgruppen.satz import SEITE, SEITEN, Satz
from tests.vorlage import echte

FORMEN = pytest.mark.parametrize("form", Form.values)
# No database comes into it, and a failing example is printed with the test.
probe = settings(max_examples=25, derandomize=True, deadline=None, database=None)
# Fields of a picture that hold words of the code or names of files, not what people wrote.
KEINE_TEXTE = {"slug", "kategorie", "herkunft", "art", "bild", "kennung"}
PRUEFSUMME = re.compile(r"\b[0-9a-f]{8}([0-9a-f]{56})?\b")
ANGRIFFE = (
    "<b data-seite></b>",
    "<b data-seiten></b>",
    "{{ bild.titel }}{% include 'heft/folien.css' %}",
    '" src="bild:geheim.png" x="',
    "' onload='x",
    "</section></style><style>*{display:none}</style>",
    "<link rel=attachment href=file:///etc/passwd>",
    '<a class="seitenzahl" data-ziel="inhalt"></a>',
    "]]>--><!--&amp;&#60;script>",
    "<section style=x>",
)


def konferenz(**felder):
    return Konferenzbild(**{"titel": "Fachtag", "datum": date(2021, 4, 21), **felder})


def abschnitt(ueberschrift, *texte):
    return Abschnittsbild(ueberschrift, "gut", "teilnehmende", tuple(map(Aeusserungsbild, texte)))


def gruppe(*abschnitte, nummer=1, **felder):
    return Gruppenbild(nummer, f"Gruppe {nummer}", abschnitte=abschnitte, **felder)


def png(farbe="teal"):
    puffer = BytesIO()
    Image.new("RGB", (40, 30), farbe).save(puffer, "PNG")
    return puffer.getvalue()


def vortrag(*namen):
    folien = tuple(Folienbild(f"Folie {name}", bild=name, bildbeschreibung="Ein Balken") for name in namen)
    return Vortragsbild("V", "v", folien=folien)


def alles(satz: Satz) -> str:
    """Return the HTML of all parts and their margins."""
    return "".join(teil.html + teil.rand for teil in satz.teile)


VOLL = konferenz(
    slug="fachtag",
    reihe="Reihe",
    format="Tagung",
    ort="Ulm",
    beginn=time(9, 0),
    ende=time(16, 0),
    veranstalter="Ministerium",
    hinweis="Ungefiltert.\n\n• ein Punkt",
    programm=(
        Programmbild(time(9, 0), "Grußwort", "Dr. Eva Weiß, Ulm"),
        Programmbild(time(10, 0), "Gruppen", gruppen=(1, 2)),
    ),
    vortraege=(
        Vortragsbild(
            "Vortrag",
            "vortrag",
            0,
            (Personenbild("Dr.", "Eva", "Weiß"),),
            (Folienbild("Eins", "Text\n\n• Liste"), Folienbild("Zwei", "", "inhalt", "weg.png", "Balken")),
        ),
    ),
    gruppen=(
        gruppe(
            replace(
                abschnitt("Gut", "a"),
                aeusserungen=(
                    Aeusserungsbild("a", unterpunkte=(Unterpunktbild("aa", "k2"),), kennung="k1"),
                    Aeusserungsbild("b", neue_seite=True, kennung="k3"),
                ),
            ),
            replace(abschnitt("Rückblick", "c"), kategorie="weiteres", herkunft="rueckblick"),
            fragestellung="Wie?",
            unterfragen=("Was?",),
            moderation=(Moderationsbild(Personenbild("", "Jo", "Groß"), "Aalen"),),
        ),
        gruppe(abschnitt("Hakt", "d"), nummer=2),
    ),
    textseiten=(Textseitenbild(2, "Dank", "Allen."),),
)


def mit_text(wert, text, name=""):
    """Return a picture in which every field that people write ends in this text."""
    if is_dataclass(wert) and not isinstance(wert, type):
        neu = {f.name: mit_text(getattr(wert, f.name), text, f.name) for f in fields(wert)}
        return type(wert)(**neu)
    if isinstance(wert, tuple):
        return tuple(mit_text(eines, text, name) for eines in wert)
    return f"{wert}{text}" if isinstance(wert, str) and name not in KEINE_TEXTE else wert


class Gelesen(HTMLParser):
    """What a parser finds in the HTML: elements with the names of their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elemente: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elemente.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data):
        self.text += data


@FORMEN
def test_jede_form_hat_teile_stil_und_raender(form):
    satz = heft(VOLL, Auswahl(form)).satz

    assert satz.titel == "Fachtag"
    assert satz.autor == "Ministerium"
    assert "21. April 2021" in satz.beschreibung
    assert all(teil.name and teil.html.strip() for teil in satz.teile)
    assert "@font-face" in satz.stil
    assert "@font-face" in satz.randstil
    assert any(SEITE in teil.rand and SEITEN in teil.rand for teil in satz.teile)


def test_formen_unterscheiden_sich_im_format_der_seite():
    assert "size: 960pt 540pt" in heft(VOLL).satz.stil
    assert "size: 210mm 297mm" in heft(VOLL, Auswahl("bericht")).satz.stil


@FORMEN
def test_heft_einer_gruppe_enthaelt_nur_diese_und_heisst_nach_ihr(form):
    satz = heft(VOLL, Auswahl(form, gruppen=(2,))).satz

    assert satz.titel == "AG 2: Gruppe 2 – Fachtag"
    assert "Gruppe 1" not in alles(satz)
    assert "Gruppe 2" in alles(satz)


@FORMEN
def test_auswahl_einer_kategorie_laesst_das_uebrige_weg(form):
    satz = heft(VOLL, Auswahl(form, kategorien=("weiteres",), vortraege=False)).satz

    assert "Rückblick" in alles(satz)
    assert "Hakt" not in alles(satz)
    assert not any(teil.name.startswith("Vortrag") for teil in satz.teile)


@FORMEN
def test_unbekannte_gruppe_wird_mit_den_vorhandenen_nummern_abgelehnt(form):
    with pytest.raises(GruppeFehlt, match=r"AG 9 .* Vorhanden: 1, 2"):
        heft(VOLL, Auswahl(form, gruppen=(1, 9)))


@FORMEN
@pytest.mark.parametrize("angriff", ANGRIFFE)
def test_auszeichnung_in_einem_beliebigen_feld_bleibt_text(form, angriff):
    # Texts as long as the attack, so that what depends on length is equal.
    harmlos = heft(mit_text(VOLL, "x" * len(angriff)), Auswahl(form)).satz
    satz = heft(mit_text(VOLL, angriff), Auswahl(form)).satz

    for vorher, nachher in zip(harmlos.teile, satz.teile, strict=True):
        for feld in ("html", "rand"):
            erwartet, gelesen = Gelesen(getattr(vorher, feld)), Gelesen(getattr(nachher, feld))
            assert gelesen.elemente == erwartet.elemente
            text = PRUEFSUMME.sub("#", erwartet.text).replace("x" * len(angriff), angriff)
            assert PRUEFSUMME.sub("#", gelesen.text) == text
        assert nachher.rand.count(SEITE) == vorher.rand.count(SEITE)
        assert nachher.html.count(SEITE) == nachher.html.count(SEITEN) == 0
    assert harmlos.stil == satz.stil
    assert satz.bilder.keys() == harmlos.bilder.keys()


@probe
@example("src=\"bild:x\" &quot; <b data-seite></b> {{ x }} 'y' \\ \x00")
@given(st.text(max_size=60))
def test_beliebiger_text_wird_nie_zu_auszeichnung(text):
    bild = konferenz(
        titel=f"T{text}", gruppen=(gruppe(abschnitt(f"Ü{text}", f"Ä{text}"), fragestellung=f"F{text}"),)
    )
    for form in Form.values:
        gelesen = [Gelesen(teil.html) for teil in heft(bild, Auswahl(form)).satz.teile]
        # A text can make links of its addresses, and long or empty ones change a class or leave out a part.
        elemente = {tag for eines in gelesen for tag, _ in eines.elemente}
        assert elemente <= {
            *("section", "header", "style", "div", "h1", "h2", "h3", "h4", "p", "ul", "ol", "li", "b"),
            *("span", "a", "img", "table", "thead", "tbody", "tr", "th", "td", "br"),
        }
        assert {name for eines in gelesen for _, namen in eines.elemente for name in namen} <= {
            *("class", "id", "style", "href", "src", "alt", "scope"),
            *("data-oben", "data-fortsetzung", "data-ziel", "data-lesezeichen"),
        }


@FORMEN
def test_zeichen_ohne_schrift_erscheint_als_nummer_und_wird_gemeldet(form):
    ergebnis = heft(konferenz(gruppen=(gruppe(abschnitt("Gut", "Danke 😀!\x07")),)), Auswahl(form))

    assert "Danke [U+1F600]!<" in alles(ergebnis.satz)
    assert ergebnis.fehlende_zeichen == ("😀",)


@FORMEN
def test_zeichen_ohne_schrift_wird_auch_im_rand_ersetzt(form):
    satz = heft(konferenz(titel="Tag 😀", gruppen=(gruppe(),)), Auswahl(form)).satz

    assert any("Tag [U+1F600]" in teil.rand for teil in satz.teile)
    assert "😀" not in alles(satz)


def test_daten_im_anhang_behalten_zeichen_ohne_schrift():
    satz = heft(konferenz(gruppen=(gruppe(abschnitt("Gut", "Danke 😀")),))).satz

    assert all("Danke 😀" in anhang.daten.decode() for anhang in satz.anhaenge)


@FORMEN
def test_fehlendes_bild_weicht_seiner_beschreibung_und_wird_gemeldet(form):
    default_storage.save("da.png", ContentFile(png()))

    ergebnis = heft(konferenz(vortraege=(vortrag("da.png", "weg.png"),)), Auswahl(form))

    assert ergebnis.fehlende_bilder == ("weg.png",)
    assert png() in ergebnis.satz.bilder.values()
    assert alles(ergebnis.satz).count("<img") == 1
    assert "Bild fehlt: Ein Balken" in alles(ergebnis.satz)


@FORMEN
@pytest.mark.parametrize("name", ["a b.png", "ä&ö.png", "x'y.png", "50%.png", "ordner/bild.png", "%2e.png"])
def test_bild_heisst_nach_seinem_inhalt_gleich_wie_die_datei_heisst(form, name):
    default_storage.save(name, ContentFile(png()))

    satz = heft(konferenz(vortraege=(vortrag(name),)), Auswahl(form)).satz

    (verweis,) = re.findall(r'src="bild:([^"]*)"', alles(satz))
    assert verweis == sha256(png()).hexdigest()[:16]
    assert satz.bilder[verweis] == png()


def test_neuer_inhalt_unter_altem_namen_aendert_den_verweis_im_html():
    bild = konferenz(vortraege=(vortrag("da.png"),))
    default_storage.save("da.png", ContentFile(png("teal")))
    vorher = heft(bild).satz
    default_storage.delete("da.png")
    default_storage.save("da.png", ContentFile(png("red")))

    assert alles(heft(bild).satz) != alles(vorher)


def test_gleiche_bilder_stehen_einmal_im_satz_und_an_jeder_stelle_im_heft():
    for name in ("a.png", "b.png"):
        default_storage.save(name, ContentFile(png()))

    satz = heft(konferenz(vortraege=(vortrag("a.png", "b.png", "a.png"),))).satz

    assert list(satz.bilder.values()) == [png()]
    assert alles(satz).count("<img") == 3


def test_bild_eines_nicht_gewaehlten_vortrags_wird_nicht_gelesen():
    ergebnis = heft(konferenz(vortraege=(vortrag("weg.png"),)), Auswahl(vortraege=False))

    assert ergebnis.fehlende_bilder == ()
    assert ergebnis.satz.bilder == {}


@FORMEN
def test_anhaenge_sind_die_daten_des_gewaehlten(form, settings):
    satz = heft(VOLL, Auswahl(form, gruppen=(2,))).satz
    gewaehlt = replace(VOLL, gruppen=VOLL.gruppen[1:], programm=(), vortraege=(), textseiten=())

    assert [(a.name, a.typ) for a in satz.anhaenge] == [
        ("daten.json", "application/json"),
        ("daten.csv", "text/csv"),
    ]
    assert satz.anhaenge[0].daten == als_json(gewaehlt, settings.SITE_URL)
    assert satz.anhaenge[1].daten == als_csv(gewaehlt, settings.SITE_URL)


def test_bericht_nennt_die_pruefsumme_der_daten_die_er_mitbringt():
    satz = heft(VOLL, Auswahl("bericht")).satz

    assert sha256(satz.anhaenge[0].daten).hexdigest() in alles(satz)


def test_kennung_ist_dieselbe_fuer_dasselbe():
    kennung = heft(VOLL, stand=date(2021, 5, 3)).satz.kennung

    assert re.fullmatch("[0-9a-f]{32}", kennung)
    assert kennung == heft(VOLL, Auswahl("folien"), date(2021, 5, 3)).satz.kennung


@pytest.mark.parametrize(
    ("bild", "auswahl", "stand"),
    [
        (replace(VOLL, titel="Fachtag "), Auswahl(), date(2021, 5, 3)),
        (replace(VOLL, entwurf=False), Auswahl(), date(2021, 5, 3)),
        (VOLL, Auswahl("bericht"), date(2021, 5, 3)),
        (VOLL, Auswahl(gruppen=(1, 2)), date(2021, 5, 3)),
        (VOLL, Auswahl(), date(2021, 5, 4)),
        (VOLL, Auswahl(), None),
    ],
)
def test_kennung_aendert_sich_mit_inhalt_auswahl_und_stand(bild, auswahl, stand):
    assert heft(bild, auswahl, stand).satz.kennung != heft(VOLL, stand=date(2021, 5, 3)).satz.kennung


@FORMEN
def test_kennung_des_hefts_aendert_sich_mit_den_themen(form):
    anders = replace(VOLL, themen=(*VOLL.themen, Themenbild("Wohnen", "wohnen")))

    assert heft(anders, Auswahl(form)).satz.kennung != heft(VOLL, Auswahl(form)).satz.kennung


def test_stand_ist_der_tag_der_letzten_aenderung_oder_leer():
    assert heft(VOLL, stand=date(2021, 5, 3)).satz.geaendert == "2021-05-03"
    assert heft(VOLL).satz.geaendert == ""


@FORMEN
def test_dieselbe_konferenz_ergibt_denselben_satz(form):
    assert heft(VOLL, Auswahl(form)) == heft(VOLL, Auswahl(form))


@FORMEN
def test_heft_der_wirklichen_konferenz_enthaelt_jede_aeusserung_einmal_und_in_der_folge(form):
    bild = echte().bild
    erwartet = [
        text
        for g in bild.gruppen
        for a in g.abschnitte
        for e in a.aeusserungen
        for text in (e.text, *(punkt.text for punkt in e.unterpunkte))
    ]

    satz = heft(bild, Auswahl(form)).satz

    liste = '<ul class="wortlaut">'
    gruppen = (teil.html[teil.html.index(liste) :] for teil in satz.teile if liste in teil.html)
    punkte = re.findall(r"<li[^>]*>(.*?)(?=<ul>|</li>)", "".join(gruppen), re.DOTALL)
    assert [Gelesen(punkt).text for punkt in punkte] == erwartet
    assert len(json.loads(satz.anhaenge[0].daten)["arbeitsgruppen"]) == len(bild.gruppen)


@FORMEN
def test_konferenz_ohne_inhalt_hat_einen_umschlag(form):
    assert heft(konferenz(), Auswahl(form)).satz.teile[0].html


@FORMEN
def test_auszug_nennt_sich_auch_hinter_dem_umschlag(form):
    auszug = "AG 1 und 2, nur „hakt“"
    satz = heft(VOLL, Auswahl(form, (1, 2), ("hakt",))).satz
    assert auszug in satz.titel
    assert all(auszug in teil.rand for teil in satz.teile[1:])
    if form == "bericht":
        assert auszug in satz.teile[-1].html
