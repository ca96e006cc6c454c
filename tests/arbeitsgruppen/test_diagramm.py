"""Charts from numbers: what stands in them and how long the bars are."""

import re
from xml.etree import ElementTree

import pytest

from arbeitsgruppen.diagramm import Spalte, balkentafel, linienbild
from arbeitsgruppen.farben import GRUPPENFARBEN, KATEGORIEFARBEN, gruppenfarbe, kategoriefarbe
from arbeitsgruppen.models import Abschnitt

SVG = "{http://www.w3.org/2000/svg}"


def texte(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


def rechtecke(svg, *masse):
    """Return these measures of the bars or lines."""
    return [
        tuple(float(element.attrib[mass]) for mass in masse)
        for element in ElementTree.fromstring(svg).iter(f"{SVG}rect")  # noqa: S314
    ]


def balken(svg):
    """Return the lengths of the bars."""
    return [laenge for (laenge,) in rechtecke(svg, "width")]


def kontrast(farbe):
    """Return the contrast of a colour on white as WCAG defines it."""
    anteile = [int(farbe[stelle : stelle + 2], 16) / 255 for stelle in (1, 3, 5)]
    linear = [a / 12.92 if a <= 0.04045 else ((a + 0.055) / 1.055) ** 2.4 for a in anteile]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_jeder_balken_traegt_seine_zahl_und_jede_spalte_name_und_summe():
    svg = balkentafel(["AG 1", "AG 2"], [Spalte("läuft gut", "#111", (3, 4)), Spalte("hakt", "#222", (5, 6))])

    assert texte(svg) == [
        *("AG 1", "AG 2"),
        *("läuft gut", "7 insgesamt", "3", "4"),
        *("hakt", "11 insgesamt", "5", "6"),
    ]


def test_balken_sind_so_lang_wie_ihre_zahl_ueber_alle_spalten():
    svg = balkentafel(["AG 1", "AG 2"], [Spalte("a", "#111", (1, 4)), Spalte("b", "#222", (0, 2))])

    kurz, lang, mittel = balken(svg)

    assert lang == pytest.approx(4 * kurz, rel=0.01)
    assert mittel == pytest.approx(2 * kurz, rel=0.01)


def test_null_hat_keinen_balken_aber_ihre_zahl():
    svg = balkentafel(["AG 1"], [Spalte("hakt", "#222222", (0,))])

    assert balken(svg) == []
    assert "0" in texte(svg)


@pytest.mark.parametrize("anzahl", [1, 4, 5])
def test_balken_bleiben_in_ihrem_feld_hinter_den_namen(anzahl):
    spalten = [Spalte("a", "#222222", (wert, 9)) for wert in (12345, 1, 99, 9, 7)[:anzahl]]

    svg = balkentafel(["Lösungsansätze", "AG 1"], spalten)

    felder = rechtecke(svg, "x", "width")
    anfaenge = sorted({x for x, _ in felder})
    assert anfaenge[0] > 100
    assert all(x + laenge < ende for x, laenge in felder for ende in (*anfaenge, 605) if ende > x)


def test_tafel_ohne_zeilen_und_ohne_spalten_ist_ein_leeres_bild():
    assert texte(balkentafel([], [])) == []


@pytest.mark.parametrize("werte", [(1,), (1, 2, 3), (1, -2)])
def test_spalte_ohne_eine_zahl_je_zeile_wird_abgelehnt(werte):
    with pytest.raises(ValueError, match="one number for every row"):
        balkentafel(["AG 1", "AG 2"], [Spalte("a", "#111111", werte)])


def test_auszeichnung_in_namen_und_farben_ist_text():
    svg = balkentafel(['<b>&"'], [Spalte("<script>", '"/><script>', (1,))], schrift='"><script>')

    assert ElementTree.fromstring(svg).find(f".//{SVG}script") is None  # noqa: S314
    assert texte(svg)[:2] == ['<b>&"', "<script>"]


def test_namen_darueber_lassen_den_balken_die_ganze_breite():
    spalten = [Spalte("hakt", "#111111", (9, 3)), Spalte("läuft gut", "#222222", (1, 2))]
    lang = "Jobcenter und Agentur für Arbeit"

    daneben = balkentafel([lang, "Wohnen"], spalten, breite=330)
    darueber = balkentafel([lang, "Wohnen"], spalten, breite=330, namen_darueber=True)

    assert max(balken(darueber)) > 2 * max(balken(daneben))
    assert all(x + laenge <= 330 for x, laenge in rechtecke(darueber, "x", "width"))
    assert sorted(texte(darueber)) == sorted(lang if t == "Jobcenter und …" else t for t in texte(daneben))


def test_balken_fuehren_zu_ihrem_ziel_ohne_eine_station_der_tastatur_zu_sein():
    spalten = [Spalte("hakt", "#111111", (9, 0), "hakt"), Spalte("gut", "#222222", (1, 2), "gut")]

    svg = balkentafel(["a", "b"], spalten, ziele=[["/a?x=1&y=2", "/b"], ["/c", "/d"]])

    baum = ElementTree.fromstring(svg)  # noqa: S314
    verweise = [(a.attrib["href"], a.attrib["tabindex"]) for a in baum.iter(f"{SVG}a")]
    assert verweise == [("/a?x=1&y=2", "-1"), ("/b", "-1"), ("/d", "-1")]  # nothing leads to no statements
    assert [g.attrib["data-kategorie"] for g in baum.iter(f"{SVG}g")] == ["hakt", "gut"]


def test_lange_namen_enden_mit_auslassung_und_lassen_den_balken_die_haelfte():
    lang = "Zusammenarbeit mit Jobcenter, Agentur für Arbeit und Ausländerbehörde in den Landkreisen"
    for darueber in (False, True):
        svg = balkentafel([lang], [Spalte("hakt", "#111111", (9,))], breite=330, namen_darueber=darueber)
        (name,) = re.findall(r'font-weight="600">(Zusammen[^<]*)<', svg)
        assert name.endswith(" …")
        assert lang.startswith(name.removesuffix(" …"))
        assert len(name) * 7.5 <= (330 if darueber else 165)
        assert max(balken(svg)) > 100


def test_farben_lassen_sich_einstellen():
    svg = balkentafel(["AG 1"], [Spalte("a", "#123456", (1,))], textfarbe="#abcdef", linienfarbe="#fedcba")

    assert {"#123456", "#abcdef", "#fedcba"} <= set(re.findall("#[0-9a-f]{6}", svg))


def test_linienbild_hat_einen_strich_je_aeusserung_in_der_farbe_der_gruppe():
    svg = linienbild([("#111111", [10, 20]), ("#222222", []), ("#333333", [5])])

    farben = [element.attrib["fill"] for element in ElementTree.fromstring(svg).iter(f"{SVG}rect")]  # noqa: S314
    assert farben == ["#111111", "#111111", "#333333"]


@pytest.mark.parametrize(
    "gruppen", [[], [("#111111", [])], [("#111111", [0, 0])], [("#111111", [1] * 999)] * 30]
)
def test_linienbild_von_nichts_oder_sehr_vielem_bleibt_im_bild(gruppen):
    svg = linienbild(gruppen, breite=200, hoehe=100)

    assert all(
        x + laenge <= 200 and 0 <= y <= y + staerke <= 100.01
        for x, y, laenge, staerke in rechtecke(svg, "x", "y", "width", "height")
    )


def test_gruppen_neben_einander_haben_verschiedene_farben_und_die_palette_beginnt_von_vorn():
    assert len(set(GRUPPENFARBEN)) >= 8
    assert gruppenfarbe(1) != gruppenfarbe(2)
    assert gruppenfarbe(len(GRUPPENFARBEN) + 1) == gruppenfarbe(1)


def test_jede_kategorie_hat_eine_farbe():
    assert [kategoriefarbe(kategorie) for kategorie in Abschnitt.Kategorie.values] == list(
        KATEGORIEFARBEN.values()
    )


@pytest.mark.parametrize("farbe", [*GRUPPENFARBEN, *KATEGORIEFARBEN.values()])
def test_farben_sind_auf_weiss_lesbar(farbe):
    assert kontrast(farbe) >= 4.5
