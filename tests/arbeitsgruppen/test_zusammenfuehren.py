"""Bringing together what two people made of the same group."""

import os
import random
from collections.abc import Iterable

import pytest

from arbeitsgruppen.zusammenfuehren import Konflikt, Kopf, Ort, Stand, Wahl, Zeile, zusammengefuehrt

KOPF = Kopf("Was läuft gut?", "gut", "teilnehmende")


def stand(*zeilen: str, koepfe: Iterable[str] = "A") -> Stand:
    """Return a state; „a“ is a line „a“ in Abschnitt A, „a=x“ has the text x, „a>b“ stands under a."""
    s = Stand(dict.fromkeys(koepfe, KOPF))
    for zeile in zeilen:
        stelle, _, text = zeile.partition("=")
        eltern, _, schluessel = stelle.rpartition(">")
        s.zeilen[schluessel] = Zeile(text or schluessel, Ort(eltern=eltern) if eltern else Ort("A"))
    return s


def geschrieben(s: Stand) -> list[str]:
    return [
        (f"{z.ort.eltern}>" if z.ort.eltern else "") + k + (f"={z.text}" if z.text != k else "")
        for k, z in s.zeilen.items()
    ]


def zusammen(basis: Stand, meine: Stand, andere: Stand) -> list[str]:
    ergebnis = zusammengefuehrt(basis, meine, andere)
    assert ergebnis.konflikte == ()
    return geschrieben(ergebnis.stand)


def konflikt(basis: Stand, meine: Stand, andere: Stand) -> Konflikt:
    (einer,) = zusammengefuehrt(basis, meine, andere).konflikte
    return einer


def test_aenderungen_an_verschiedenen_auch_benachbarten_zeilen_gelten_beide() -> None:
    b = stand("a", "b", "c")
    assert zusammen(b, stand("a=x", "b", "c"), stand("a", "b=y", "c")) == ["a=x", "b=y", "c"]


def test_beide_haengen_an_dieselbe_stelle_an() -> None:
    b = stand("a", "z")
    m, t = stand("a", "m", "z", "m2"), stand("a", "t", "z", "t2")
    assert zusammen(b, m, t) == ["a", "t", "m", "z", "t2", "m2"]


def test_ich_verschiebe_was_jemand_anders_berichtigt() -> None:
    b = stand("a", "b", "c")
    assert zusammen(b, stand("b", "c", "a"), stand("a=x", "b", "c")) == ["b", "c", "a=x"]


def test_ich_loesche_und_jemand_anders_fuegt_hinzu() -> None:
    b = stand("a", "b")
    assert zusammen(b, stand("a"), stand("a", "b", "c")) == ["a", "c"]


def test_unterpunkte_kommen_von_beiden() -> None:
    b = stand("a", "b")
    m, t = stand("a", "a>m", "b"), stand("a", "a>t", "b", "c")
    assert zusammen(b, m, t) == ["a", "a>t", "a>m", "b", "c"]


def test_geloeschte_aeusserung_kommt_mit_dem_neuen_unterpunkt_eines_anderen_zurueck() -> None:
    b = stand("a", "b")
    assert zusammen(b, stand("b"), stand("a", "a>t", "b")) == ["a", "a>t", "b"]


def test_wird_eine_aeusserung_unterpunkt_gibt_sie_neue_unterpunkte_an_ihre_aeusserung_weiter() -> None:
    b = stand("a", "b")
    assert zusammen(b, stand("a", "a>b"), stand("a", "b", "b>t")) == ["a", "a>b", "a>t"]


def test_gegenseitig_untergeordnet_bleibt_beides_stehen() -> None:
    b = stand("a", "b")
    assert sorted(k.split(">")[-1] for k in zusammen(b, stand("b", "b>a"), stand("a", "a>b"))) == ["a", "b"]


def test_dieselbe_aenderung_von_beiden_ist_kein_konflikt() -> None:
    assert zusammen(stand("a"), stand("a=x"), stand("a=x")) == ["a=x"]


def test_dieselbe_zeile_verschieden_geaendert_ist_ein_konflikt_der_alle_fassungen_nennt() -> None:
    k = konflikt(stand("a"), stand("a=mein"), stand("a=dein"))
    assert (k.basis, k.meine, k.andere, k.vorschlag) == ("a", "mein", "dein", Wahl.BEIDE)


@pytest.mark.parametrize(
    ("wahl", "erwartet"),
    [
        (Wahl.BEIDE, ["a=dein", "dazu-a=mein", "b"]),
        (Wahl.MEINE, ["a=mein", "b"]),
        (Wahl.ANDERE, ["a=dein", "b"]),
    ],
)
def test_ein_entschiedener_konflikt_ist_keiner_mehr(wahl: Wahl, erwartet: list[str]) -> None:
    drei = stand("a", "b"), stand("a=mein", "b"), stand("a=dein", "b")
    ergebnis = zusammengefuehrt(*drei, {konflikt(*drei).name: wahl})
    assert (ergebnis.konflikte, geschrieben(ergebnis.stand)) == ((), erwartet)


def test_eine_entscheidung_gilt_nicht_mehr_wenn_inzwischen_wieder_anderes_gespeichert_ist() -> None:
    b, m = stand("a"), stand("a=mein")
    alte = {konflikt(b, m, stand("a=dein")).name: Wahl.MEINE}
    assert zusammengefuehrt(b, m, stand("a=noch anders"), alte).konflikte != ()


@pytest.mark.parametrize("tausch", [False, True])
def test_loeschen_gegen_aendern_ist_ein_konflikt_bei_dem_der_text_als_vorschlag_bleibt(tausch: bool) -> None:
    weg, anders = stand("b"), stand("a=x", "b")
    drei = (stand("a", "b"), anders, weg) if tausch else (stand("a", "b"), weg, anders)
    k = konflikt(*drei)
    assert geschrieben(zusammengefuehrt(*drei).stand) == ["a=x", "b"]
    loeschen = Wahl.ANDERE if tausch else Wahl.MEINE
    assert geschrieben(zusammengefuehrt(*drei, {k.name: loeschen}).stand) == ["b"]


def test_ein_geloeschter_abschnitt_bleibt_solange_jemand_anders_darin_schreibt() -> None:
    b = stand("a", koepfe="AB")
    m = Stand({"B": KOPF})
    ergebnis = zusammengefuehrt(b, m, stand("a", "neu", koepfe="AB"))
    assert list(ergebnis.stand.koepfe) == ["A", "B"]
    assert geschrieben(ergebnis.stand) == ["neu"]


def test_ueberschrift_und_kategorie_von_verschiedenen_gelten_beide() -> None:
    b, m, t = (Stand({"A": kopf}) for kopf in (KOPF, Kopf("Neu", "gut", "teilnehmende"), KOPF))
    t.koepfe["A"] = Kopf(KOPF.ueberschrift, "hakt", "teilnehmende")
    assert zusammengefuehrt(b, m, t).stand.koepfe["A"] == Kopf("Neu", "hakt", "teilnehmende")


def test_dieselbe_ueberschrift_verschieden_geaendert_ist_ein_konflikt() -> None:
    b, m, t = (Stand({"A": Kopf(name, "gut", "teilnehmende")}) for name in ("alt", "mein", "dein"))
    k = konflikt(b, m, t)
    assert (k.feld, k.meine, k.andere, k.wahlen) == (
        "ueberschrift",
        "mein",
        "dein",
        [Wahl.MEINE, Wahl.ANDERE],
    )


class Zufall:
    """Makes random states and edits of them; every new text is another one."""

    def __init__(self, saat: int) -> None:
        self.wuerfel = random.Random(saat)  # noqa: S311  # not for secrets
        self.zaehler = 0

    def neu(self) -> str:
        self.zaehler += 1
        return f"{self.zaehler}"

    def anfang(self) -> Stand:
        s = Stand(dict.fromkeys("AB", KOPF))
        for _ in range(2):
            s = self.bearbeitet(s)
        return s

    def bearbeitet(self, s: Stand) -> Stand:
        w, folgen = self.wuerfel, s.folgen()
        texte = {k: z.text for k, z in s.zeilen.items()}
        abschnitte = {k: list(folgen.get(Ort(k), [])) for k in s.koepfe}
        unter = {k: list(folgen.get(Ort(eltern=k), [])) for folge in abschnitte.values() for k in folge}
        koepfe = dict(s.koepfe)

        def einfuegen(liste: list[str], schluessel: str) -> None:
            liste.insert(w.randint(0, len(liste)), schluessel)

        for _ in range(w.randint(0, 5)):
            art = w.choice(["neu", "neu", "text", "weg", "hin", "unter", "ein", "kopf", "mehr", "minder"])
            name = w.choice(list(abschnitte))
            alle = [(k, folge) for folge in abschnitte.values() for k in folge]
            if art == "neu":
                schluessel = self.neu()
                texte[schluessel], unter[schluessel] = self.neu(), []
                einfuegen(abschnitte[name], schluessel)
            elif art == "kopf":
                koepfe[name] = Kopf(self.neu(), "gut", "teilnehmende")
            elif art == "mehr":
                schluessel = f"K{self.neu()}"
                koepfe[schluessel], abschnitte[schluessel] = KOPF, []
            elif art == "minder" and len(abschnitte) > 1:
                del koepfe[name], abschnitte[name]
            elif alle:
                schluessel, folge = w.choice(alle)
                if art == "text":
                    texte[schluessel] = self.neu()
                elif art == "unter":
                    punkt = self.neu()
                    texte[punkt] = self.neu()
                    einfuegen(unter[schluessel], punkt)
                else:
                    folge.remove(schluessel)
                    andere = [k for k, _ in alle if k != schluessel]
                    if art == "hin" or (art == "ein" and (unter[schluessel] or not andere)):
                        einfuegen(abschnitte[name], schluessel)
                    elif art == "ein":
                        einfuegen(unter[w.choice(andere)], schluessel)
        ergebnis = Stand({k: koepfe[k] for k in w.sample(list(koepfe), len(koepfe))})
        for kopf in ergebnis.koepfe:
            for k in abschnitte[kopf]:
                ergebnis.zeilen[k] = Zeile(texte[k], Ort(kopf))
                ergebnis.zeilen |= {u: Zeile(texte[u], Ort(eltern=k)) for u in unter.get(k, [])}
        return ergebnis


def pruefe_gueltig(s: Stand) -> None:
    for zeile in s.zeilen.values():
        oben = s.zeilen[zeile.ort.eltern] if zeile.ort.eltern else zeile
        assert not oben.ort.eltern
        assert oben.ort.abschnitt in s.koepfe


def gleich(s: Stand, t: Stand) -> bool:
    return s == t and [*s.zeilen, *s.koepfe] == [*t.zeilen, *t.koepfe]


@pytest.mark.dauer
@pytest.mark.parametrize("saat", range(20_000 if os.environ.get("DAUER") else 400))
def test_zufaellige_aenderungen_zweier_personen(saat: int) -> None:
    zufall = Zufall(saat)
    b = zufall.anfang()
    m, t = zufall.bearbeitet(b), zufall.bearbeitet(b)
    assert gleich(zusammengefuehrt(b, m, b).stand, m)
    assert gleich(zusammengefuehrt(b, b, t).stand, t)
    ergebnis = zusammengefuehrt(b, m, t)
    pruefe_gueltig(ergebnis.stand)
    # Whatever one of them typed stands in the suggestion, unless the other deleted the whole line.
    alte, texte = {z.text for z in b.zeilen.values()}, {z.text for z in ergebnis.stand.zeilen.values()}
    for meine in (m, t):
        assert {z.text for z in meine.zeilen.values()} - alte <= texte
    for wahl in Wahl:
        entschieden = {k.name: wahl if wahl in k.wahlen else k.vorschlag for k in ergebnis.konflikte}
        fertig = zusammengefuehrt(b, m, t, entschieden)
        assert fertig.konflikte == ()
        pruefe_gueltig(fertig.stand)
