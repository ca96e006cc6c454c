"""Rules for joining what layout wrapped."""

import pytest

from arbeitsgruppen.quelle import Quelle, Seite, Zeile
from arbeitsgruppen.umbruch import Umbruch, verbunden


@pytest.mark.parametrize(
    ("ende", "anfang", "text"),
    [
        ("unter Corona-", "Bedingungen", "unter Corona-Bedingungen"),
        ("Regional-", "entwicklung", "Regionalentwicklung"),
        ("auf dem Ausbildungs-", "und Arbeitsmarkt", "auf dem Ausbildungs- und Arbeitsmarkt"),
        ("Haupt-", "oder Ehrenamt", "Haupt- oder Ehrenamt"),
        ("Vor-", "bzw. Nachteile", "Vor- bzw. Nachteile"),
        ("Stadt-", "sowie Landkreise", "Stadt- sowie Landkreise"),
        ("Unter-", "undeutlichkeit", "Unterundeutlichkeit"),
        ("DSGVO-", "konform", "DSGVO-konform"),
        ("E-", "learning", "E-learning"),
        ("Covid-", "19", "Covid-19"),
        ("Integra\xad", "tion", "Integration"),
        ("verschoben –", "problematisch", "verschoben – problematisch"),
        ("siehe https://www.rtf1.de/", "news.php?id=27026", "siehe https://www.rtf1.de/news.php?id=27026"),
        ("siehe https://bamf.de/", "sehr gut", "siehe https://bamf.de/ sehr gut"),
        ("Ende", "Anfang", "Ende Anfang"),
    ],
)
def test_zwei_zeilen_werden_ein_text(ende: str, anfang: str, text: str) -> None:
    assert verbunden(ende, anfang) == text


def _verbunden(*zeilen: str, markiert: bool = False) -> str:
    seite = Seite(1, tuple(Zeile(text, nummer) for nummer, text in enumerate(zeilen, 1)))
    return Umbruch(Quelle((seite,), umbruch_mit_leerzeichen=markiert), seite).verbinden(seite.zeilen)


def test_gewollter_umbruch_nach_satzende_bleibt() -> None:
    assert (
        _verbunden("Kurse fehlen!", "(neue Regelung)", "x" * 40)
        == f"Kurse fehlen!\n(neue Regelung) {'x' * 40}"
    )


def test_satzende_am_rand_ist_kein_gewollter_umbruch() -> None:
    assert (
        _verbunden("Kurse fehlen überall!", "Kinderbetreuung auch")
        == "Kurse fehlen überall! Kinderbetreuung auch"
    )


def test_leerzeichen_am_zeilenende_zeigt_einen_umbruch_des_satzes() -> None:
    assert _verbunden("Kurse fehlen! ", "Auch sonst", "x" * 40, markiert=True).startswith(
        "Kurse fehlen! Auch sonst"
    )


def test_doppelte_leerzeichen_im_text_bleiben() -> None:
    assert (
        _verbunden("kein Ausgleich für fehlende  Fachdienste") == "kein Ausgleich für fehlende  Fachdienste"
    )
