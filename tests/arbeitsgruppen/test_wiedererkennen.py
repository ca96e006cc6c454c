"""Which line of an edited text is which statement."""

import pytest

from arbeitsgruppen.wiedererkennen import Alte, Neue, wiedererkannt

JOBCENTER = "Gute Zusammenarbeit mit dem Jobcenter"
SPRACHKURSE = "Sprachkurse fehlen im ländlichen Raum"
WLAN = "Kein WLAN in den Unterkünften"


def alte(*texte: str, abschnitt: str = "1", ab: int = 0) -> list[Alte]:
    return [Alte(f"k{nummer}", text, abschnitt) for nummer, text in enumerate(texte, ab)]


def neue(*texte: str, abschnitt: str = "1") -> list[Neue]:
    return [Neue(text, abschnitt) for text in texte]


def erkannt(a: list[Alte], n: list[Neue], antworten: dict[int, str] | None = None) -> dict[int, str]:
    paare, fragen = wiedererkannt(a, n, antworten or {})
    assert fragen == []
    return paare


def test_unveraendertes_behaelt_seine_kennung_auch_hinter_neuem() -> None:
    assert erkannt(alte(JOBCENTER, WLAN), neue("Neu", JOBCENTER, WLAN)) == {1: "k0", 2: "k1"}


def test_umgestelltes_behaelt_seine_kennung() -> None:
    a = alte(JOBCENTER, SPRACHKURSE, WLAN)
    assert erkannt(a, neue(WLAN, JOBCENTER, SPRACHKURSE)) == {0: "k2", 1: "k0", 2: "k1"}


def test_in_einen_anderen_abschnitt_verschobenes_behaelt_seine_kennung() -> None:
    assert erkannt(alte(JOBCENTER, WLAN), [*neue(JOBCENTER), *neue(WLAN, abschnitt="2")]) == {
        0: "k0",
        1: "k1",
    }


def test_berichtigtes_behaelt_seine_kennung() -> None:
    n = neue(JOBCENTER, "Sprachkurse fehlten im ländlichen Raum!", WLAN)
    assert erkannt(alte(JOBCENTER, SPRACHKURSE, WLAN), n)[1] == "k1"


@pytest.mark.parametrize(
    "neuer_text",
    [
        "Kontinuität fehlt – und zwar mit einem viel längeren Zusatz, damit klar wird, worum es allen geht",
        "KONTINUITÄT FEHLT",
    ],
)
def test_verlaengertes_oder_gross_geschriebenes_behaelt_seine_kennung(neuer_text: str) -> None:
    assert erkannt(alte(JOBCENTER, "Kontinuität fehlt", WLAN), neue(JOBCENTER, neuer_text, WLAN))[1] == "k1"


def test_alle_zeilen_leicht_berichtigt_behalten_ihre_kennungen_auch_wenn_sie_sich_gleichen() -> None:
    a = alte("Sprachkurs A1", "Sprachkurs A2", "Sprachkurs B1")
    n = neue("Sprachkurs A1 fehlt", "Sprachkurs A2 fehlt", "Sprachkurs B1 fehlt")
    assert erkannt(a, n) == {0: "k0", 1: "k1", 2: "k2"}


def test_verschoben_und_berichtigt_behaelt_seine_kennung() -> None:
    n = [*neue(JOBCENTER), *neue("Sprachkurse fehlen im ländlichen Raum.", abschnitt="2")]
    assert erkannt(alte(JOBCENTER, SPRACHKURSE), n) == {0: "k0", 1: "k1"}


def test_ganz_anderes_an_derselben_stelle_ist_neu() -> None:
    assert erkannt(alte(JOBCENTER, WLAN), neue(JOBCENTER, "Ämter: 0815!")) == {0: "k0"}


def test_von_mehreren_gleichen_wird_gefragt_welche_verschoben_wurde() -> None:
    a = [*alte("Ehrenamt", JOBCENTER), *alte("Ehrenamt", abschnitt="2", ab=2)]
    n = [*neue(JOBCENTER), *neue("Ehrenamt", abschnitt="3")]
    paare, (frage,) = wiedererkannt(a, n, {})
    assert paare == {0: "k1"}
    assert (frage.neue, {m.kennung for m in frage.moegliche}) == (1, {"k0", "k2"})


def test_von_zwei_gleichen_bleibt_die_im_selben_abschnitt_ohne_frage() -> None:
    a = [*alte("Ehrenamt"), *alte("Ehrenamt", abschnitt="2", ab=1)]
    assert erkannt(a, neue("Ehrenamt", abschnitt="2")) == {0: "k1"}


def test_zwei_aehnlich_gute_antworten_werden_gefragt() -> None:
    a = alte("Sprachkurse für Frauen fehlen", "Sprachkurse für Männer fehlen")
    _, (frage,) = wiedererkannt(a, neue("Sprachkurse für alle fehlen"), {})
    assert {m.kennung for m in frage.moegliche} == {"k0", "k1"}


def test_halb_aehnliches_an_derselben_stelle_wird_gefragt() -> None:
    a = alte(JOBCENTER, "Dolmetscherpool hat sich bewährt", WLAN)
    _, (frage,) = wiedererkannt(a, neue(JOBCENTER, "Dolmetschende fehlen überall", WLAN), {})
    assert [m.kennung for m in frage.moegliche] == ["k1"]


@pytest.mark.parametrize(("antwort", "erwartet"), [("k1", "k1"), ("k0", "k0"), ("", None), ("kx", None)])
def test_antworten_gelten(antwort: str, erwartet: str | None) -> None:
    a = alte("Sprachkurse für Frauen fehlen", "Sprachkurse für Männer fehlen")
    assert erkannt(a, neue("Sprachkurse für alle fehlen"), {0: antwort}).get(0) == erwartet


def test_eine_kennung_wird_nie_zweimal_vergeben() -> None:
    a = alte("Ehrenamt")
    paare, _ = wiedererkannt(a, neue("Ehrenamt", "Ehrenamt", "Ehrenamt!"), {2: "k0"})
    assert list(paare.values()) == ["k0"]


def test_tausend_neue_zeilen_statt_tausend_alter_sind_gleich_beantwortet() -> None:
    a = alte(*(f"alte Zeile {n} von gestern" for n in range(1000)))
    n = neue(*(f"ALTE ZEILE {n} VON HEUTE" for n in range(1000)))
    paare, _ = wiedererkannt(a, n, {})
    assert len(set(paare.values())) == len(paare)
