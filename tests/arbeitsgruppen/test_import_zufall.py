"""Made-up and broken documentations: nothing crashes, nothing gets lost."""

import os
import re
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbeitsgruppen.gliederung import Gliederung, gliedern
from arbeitsgruppen.quelle import Quellenfehler, lesen
from tests import vorlage
from tests.vorlage import dokumentation

pytestmark = pytest.mark.dauer

LANG = bool(os.environ.get("DAUER"))
# In CI the same seeded sample every time; `make dauer` looks for new ones.
probe = settings(max_examples=3000 if LANG else 100, derandomize=not LANG, deadline=None, database=None)

WORT = st.text("abcdefghijklmnopqrstuvwxyzäöüß", min_size=2, max_size=12)
SATZ = st.lists(WORT, min_size=1, max_size=12).map(" ".join)
ZEILE = st.one_of(
    SATZ,
    st.sampled_from(
        [
            *("", " ", "• ", "- ", "•", "o ", "\uf0b7 x", "AG 1: Wohnen", "AG 2", "AG 99999999999: x", "\f"),
            *("Fragestellung", "Moderation", "Moderation: Jo", "Tagesprogramm", "09:00 Uhr Beginn"),
            *("99:99 Uhr nie", "Was läuft bei Ihnen gut?", "Lösungsansätze", "Arbeitsgruppen", "3. Mai 2024"),
            *("https://a.de/", "https://a.de/?b=", "Corona-", "und so weiter", "\x00", "\ufeff", "\u2028"),
        ]
    ),
    st.text(max_size=40),
)


def gelesen(text: str) -> Gliederung:
    with tempfile.TemporaryDirectory() as ordner:
        datei = Path(ordner) / "q.txt"
        datei.write_bytes(text.encode("utf-8", "surrogatepass"))
        return gliedern(lesen(datei))


def alle_texte(g: Gliederung) -> str:
    """Return everything that a source left behind, wherever it stands."""
    bild = g.bild
    teile = [bild.format, bild.titel, bild.hinweis, *g.hinweise, *(n.text for n in g.notizen)]
    teile += [f"{p.titel}{p.mitwirkende}" for p in bild.programm]
    teile += [f"{t.ueberschrift}{t.text}" for t in bild.textseiten]
    teile += [f"{f.ueberschrift}{f.text}" for v in bild.vortraege for f in v.folien]
    for gruppe in bild.gruppen:
        teile += [gruppe.titel, gruppe.fragestellung, *gruppe.unterfragen]
        teile += [m.wie_gedruckt for m in gruppe.moderation]
        for abschnitt in gruppe.abschnitte:
            teile.append(abschnitt.ueberschrift)
            for a in abschnitt.aeusserungen:
                teile += [a.text, *(u.text for u in a.unterpunkte)]
    return "".join(teile)


@probe
@given(st.lists(ZEILE, max_size=40).map("\n".join))
def test_beliebiger_text_wird_gelesen_oder_auf_deutsch_abgelehnt(text: str) -> None:
    try:
        gelesen(vorlage.TITELSEITE + "\f" + text)
    except Quellenfehler as fehler:
        assert "\n" not in str(fehler)  # noqa: PT017  # either outcome is right


@probe
@given(st.lists(st.lists(SATZ, min_size=1, max_size=8), min_size=1, max_size=6))
def test_jede_aeusserung_kommt_woertlich_und_in_ihrer_reihenfolge_an(seiten: list[list[str]]) -> None:
    text = dokumentation(
        *("AG 1: Wohnen\n\nWo hakt es gerade?\n\n" + "\n".join(f"• {satz}" for satz in s) for s in seiten)
    )
    g = gelesen(text)
    (abschnitt,) = g.bild.gruppen[0].abschnitte
    assert [a.text for a in abschnitt.aeusserungen] == [satz for s in seiten for satz in s]
    assert g.notizen == ()


@probe
@given(st.lists(st.lists(st.one_of(SATZ, SATZ.map("• {}".format)), min_size=1, max_size=8), max_size=5))
def test_kein_zeichen_einer_seite_geht_verloren(seiten: list[list[str]]) -> None:
    """Whatever stands on a page stands somewhere afterwards; only repeated titles may be fewer."""
    quelle = dokumentation(*("\n\n".join(s) for s in seiten))

    def zeichen(text: str) -> Counter[str]:
        return Counter(re.sub(r"[\s•]", "", unicodedata.normalize("NFC", text)))

    erwartet = zeichen("".join("".join(s) for s in seiten))
    assert not erwartet - zeichen(alle_texte(gelesen(quelle)))


@probe
@given(st.data())
def test_eine_fremde_zeile_in_der_echten_dokumentation_aendert_keine_andere_seite(
    data: st.DataObject,
) -> None:
    """A stray line may add a note, an entry or a heading on its own page, and never cost another text."""
    seiten = vorlage.text().split("\f")
    index = data.draw(st.integers(11, len(seiten) - 1))
    zeilen = seiten[index].split("\n")
    stelle = data.draw(st.integers(0, len(zeilen)))
    zeilen.insert(stelle, "Xylofon quer gelesen")
    seiten[index] = "\n".join(zeilen)
    g = gelesen("\f".join(seiten))
    assert "Xylofon" in alle_texte(g)
    vorher = Counter(
        a.text for gruppe in vorlage.echte().bild.gruppen for b in gruppe.abschnitte for a in b.aeusserungen
    )
    nachher = Counter(a.text for gruppe in g.bild.gruppen for b in gruppe.abschnitte for a in b.aeusserungen)
    auf_der_seite = seiten[index].count("•")
    assert sum((vorher - nachher).values()) <= auf_der_seite
