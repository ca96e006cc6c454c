"""Storing what was typed on the page of a group."""

import json
import os
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rapidfuzz.distance import Indel

from arbeitsgruppen.erfassung import (
    Eingabe,
    Ergebnis,
    NichtErlaubt,
    als_json,
    aus_json,
    erfassen,
    felder_aus,
    stand_von,
)
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe
from arbeitsgruppen.schreibweise import Punkt, gelesen, geschrieben
from arbeitsgruppen.wiedererkennen import GEAENDERT
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
)
from tests.verlaufspruefung import unverzeichnetes

LANG = bool(os.environ.get("DAUER"))


@pytest.fixture
def gruppe(db) -> Arbeitsgruppe:
    return ArbeitsgruppeFactory(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)


@pytest.fixture
def konto(db) -> Any:
    return BenutzerFactory(leitung=True)


def eingaben(gruppe: Arbeitsgruppe) -> list[dict[str, Any]]:
    """Return what the page shows, to be changed and sent back."""
    return felder_aus(stand_von(gruppe))


def speichern(konto: Any, gruppe: Arbeitsgruppe, felder: list[dict[str, Any]], **weiteres: Any) -> Ergebnis:
    basis = weiteres.pop("basis", None) or stand_von(gruppe)
    return erfassen(gruppe, konto, basis, [Eingabe(**feld) for feld in felder], **weiteres)


def feld(ueberschrift: str, text: str, schluessel: str = "") -> dict[str, Any]:
    punkte, fehler = gelesen(text)
    assert not fehler
    return {
        "schluessel": schluessel,
        "ueberschrift": ueberschrift,
        "kategorie": "",
        "herkunft": "",
        "punkte": punkte,
    }


def gespeichert(gruppe: Arbeitsgruppe) -> list[tuple[str, str]]:
    return [(f["ueberschrift"], geschrieben(f["punkte"])) for f in eingaben(gruppe)]


def test_neue_gruppe_wird_erfasst_und_ihre_abschnitte_nach_der_ueberschrift_eingeordnet(
    gruppe, konto
) -> None:
    text = "---\nKurze Wege\nFeste Ansprechpartner\n- im Jobcenter\n---\nGute Stimmung"
    ergebnis = speichern(
        konto, gruppe, [feld("Was läuft gut?", text), feld("Wo hakt es?", ""), feld("Ideen", "x")]
    )
    assert ergebnis.gespeichert
    assert gespeichert(gruppe) == [("Was läuft gut?", text), ("Wo hakt es?", ""), ("Ideen", "x")]
    assert [a.kategorie for a in gruppe.abschnitte.all()] == ["gut", "hakt", "weiteres"]
    assert ergebnis.umfang["neu"] == 5


def test_jeder_typ_von_aenderung_behaelt_die_kennungen_und_steht_in_der_geschichte(gruppe, konto) -> None:
    speichern(
        konto,
        gruppe,
        [feld("A", "eins von vielen\nzwei von vielen\n- darunter\ndrei von vielen"), feld("B", "")],
    )
    kennungen = dict(Aeusserung.objects.values_list("text", "kennung"))
    a, b = gruppe.abschnitte.all()
    zeilen_vorher = Aeusserung.history.count()
    speichern(
        konto,
        gruppe,
        [
            feld("A", "drei von vielen\neins von vielen!", str(a.pk)),
            feld("B", "darunter\n- zwei von vielen", str(b.pk)),
        ],
    )
    nachher = dict(Aeusserung.objects.values_list("text", "kennung"))
    assert nachher == {
        "drei von vielen": kennungen["drei von vielen"],
        "eins von vielen!": kennungen["eins von vielen"],
        "darunter": kennungen["darunter"],
        "zwei von vielen": kennungen["zwei von vielen"],
    }
    neue = Aeusserung.history.order_by("history_id")[zeilen_vorher:]
    assert {(zeile.history_type, zeile.history_change_reason) for zeile in neue} == {("~", "Erfassung")}
    assert len({zeile.vorgang for zeile in neue}) == 1


@pytest.mark.parametrize(("rest", "behalten"), [("beste", 30), ("neu", 0)])
def test_viele_fragen_lassen_sich_auf_einmal_beantworten(gruppe, konto, rest, behalten) -> None:
    text = "\n".join(f"Sprachkurse für Gruppe {n} fehlen" for n in range(30))
    speichern(konto, gruppe, [feld("A", text)])
    kennungen = set(Aeusserung.objects.values_list("kennung", flat=True))
    neuer = "\n".join(f"Sprachkurse für Gruppe {29 - n} kommen" for n in range(31))
    (a,) = eingaben(gruppe)
    felder = [{**a, "punkte": gelesen(neuer)[0]}]
    assert speichern(konto, gruppe, felder).fragen
    assert speichern(konto, gruppe, felder, rest=rest).gespeichert
    nachher = list(Aeusserung.objects.values_list("kennung", flat=True))
    assert len(nachher) == len(set(nachher)) == 31
    assert len(kennungen & set(nachher)) == behalten


def test_wer_nichts_aendert_schreibt_nichts(gruppe, konto) -> None:
    speichern(konto, gruppe, [feld("A", "eins\n- darunter\nzwei")])
    vorher = Aeusserung.history.count(), Abschnitt.history.count()
    ergebnis = speichern(konto, gruppe, eingaben(gruppe))
    assert (Aeusserung.history.count(), Abschnitt.history.count()) == vorher
    assert not ergebnis.umfang.total()


def test_nachgerueckte_zeilen_stehen_mit_ihrer_neuen_nummer_in_der_geschichte(gruppe, konto) -> None:
    speichern(konto, gruppe, [feld("A", "eins\nzwei\ndrei")])
    vorher = Aeusserung.history.count()
    (a,) = eingaben(gruppe)
    a["punkte"].insert(0, Punkt("davor"))
    speichern(konto, gruppe, [a])
    assert gespeichert(gruppe) == [("A", "davor\neins\nzwei\ndrei")]
    neue = Aeusserung.history.order_by("history_id")[vorher:].values_list("text", "position", "history_type")
    assert sorted(neue) == [("davor", 1, "+"), ("drei", 4, "~"), ("eins", 2, "~"), ("zwei", 3, "~")]
    assert unverzeichnetes() == []


def test_ein_abschnitt_wird_geteilt_verbunden_umgestellt_und_entfernt(gruppe, konto) -> None:
    speichern(konto, gruppe, [feld("A", "eins\nzwei\ndrei"), feld("B", "vier"), feld("C", "")])
    kennungen = set(Aeusserung.objects.values_list("kennung", flat=True))
    a, b, _ = eingaben(gruppe)
    teil = {**a, "schluessel": "", "ueberschrift": "A2", "punkte": a["punkte"][1:]}
    speichern(konto, gruppe, [teil, {**b, "punkte": [*b["punkte"], a["punkte"][0]]}])
    assert gespeichert(gruppe) == [("A2", "zwei\ndrei"), ("B", "vier\neins")]
    assert set(Aeusserung.objects.values_list("kennung", flat=True)) == kennungen


def test_luecken_in_den_nummern_stoeren_nicht(gruppe, konto) -> None:
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe, position=7)
    for position in (3, 4, 9):
        AeusserungFactory(abschnitt=abschnitt, text=f"Zeile Nummer {position}", position=position)
    (a,) = eingaben(gruppe)
    a["punkte"][1].text += "!"
    a["ueberschrift"] = "Neu"
    speichern(konto, gruppe, [a])
    assert gespeichert(gruppe) == [("Neu", "Zeile Nummer 3\nZeile Nummer 4!\nZeile Nummer 9")]


def test_zweimal_dieselbe_nummer_eines_abschnitts_verliert_nichts(gruppe, konto) -> None:
    speichern(konto, gruppe, [feld("A", "eins")])
    (a,) = eingaben(gruppe)
    speichern(konto, gruppe, [a, {**a, "punkte": [Punkt("zwei")]}])
    assert gespeichert(gruppe) == [("A", "eins"), ("A", "zwei")]


def test_zwei_staende_werden_zeilenweise_zusammengefuehrt(gruppe, konto) -> None:
    speichern(konto, gruppe, [feld("A", "eins\nzwei\ndrei")])
    basis, meine, andere = stand_von(gruppe), eingaben(gruppe), eingaben(gruppe)
    andere[0]["punkte"].append(Punkt("vier"))
    speichern(konto, gruppe, andere)
    meine[0]["punkte"][0].text = "eins!"
    ergebnis = speichern(konto, gruppe, meine, basis=basis)
    assert ergebnis.andere_waren_schneller
    assert gespeichert(gruppe) == [("A", "eins!\nzwei\ndrei\nvier")]


def test_ein_konflikt_speichert_nichts_und_entschieden_beides(gruppe, konto) -> None:
    speichern(konto, gruppe, [feld("A", "Sprachkurse fehlen")])
    basis, meine, andere = stand_von(gruppe), eingaben(gruppe), eingaben(gruppe)
    andere[0]["punkte"][0].text = "Sprachkurse fehlen oft"
    speichern(konto, gruppe, andere)
    meine[0]["punkte"][0].text = "Sprachkurse fehlen nie"
    meine[0]["punkte"].append(Punkt("auch neu"))
    ergebnis = speichern(konto, gruppe, meine, basis=basis)
    assert gespeichert(gruppe) == [("A", "Sprachkurse fehlen oft")]
    (konflikt,) = ergebnis.konflikte
    entscheidungen = {konflikt.name: "beide"}
    assert speichern(konto, gruppe, meine, basis=basis, entscheidungen=entscheidungen).gespeichert
    assert gespeichert(gruppe) == [("A", "Sprachkurse fehlen oft\nSprachkurse fehlen nie\nauch neu")]


def test_was_jemand_anders_loeschte_kommt_geaendert_mit_seiner_alten_kennung_zurueck(gruppe, konto) -> None:
    speichern(konto, gruppe, [feld("A", "Sprachkurse fehlen\nzwei")])
    kennung = Aeusserung.objects.get(text="Sprachkurse fehlen").kennung
    basis, meine = stand_von(gruppe), eingaben(gruppe)
    Aeusserung.objects.get(kennung=kennung).delete()
    meine[0]["punkte"][0].text = "Sprachkurse fehlen sehr"
    (konflikt,) = speichern(konto, gruppe, meine, basis=basis).konflikte
    speichern(konto, gruppe, meine, basis=basis, entscheidungen={konflikt.name: "meine"})
    assert Aeusserung.objects.get(text="Sprachkurse fehlen sehr").kennung == kennung


def test_eine_fremde_kennung_aus_der_seite_wird_nicht_uebernommen(gruppe, konto) -> None:
    fremde = AeusserungFactory(text="Aus einer anderen Gruppe")
    speichern(konto, gruppe, [feld("A", "eins")])
    basis = stand_von(gruppe)
    basis.zeilen[fremde.kennung] = next(iter(basis.zeilen.values()))
    felder = eingaben(gruppe)
    felder[0]["punkte"] += [Punkt("eins"), Punkt("eins")]
    ergebnis = speichern(konto, gruppe, felder, basis=basis)
    entscheidungen = {k.name: k.vorschlag for k in ergebnis.konflikte}
    assert speichern(konto, gruppe, felder, basis=basis, entscheidungen=entscheidungen).gespeichert
    fremde.refresh_from_db()
    assert fremde.text == "Aus einer anderen Gruppe"
    assert gespeichert(gruppe)[0][1].split("\n").count("eins") >= 2


def test_wer_die_gruppe_nicht_mehr_schreiben_darf_speichert_nichts(gruppe) -> None:
    konto = BenutzerFactory(mitarbeit=True)
    with pytest.raises(NichtErlaubt):
        speichern(konto, gruppe, [feld("A", "eins")])
    assert gespeichert(gruppe) == []


def test_nach_der_aufnahme_bleibt_der_erste_wortlaut_bekannt(gruppe, konto) -> None:
    speichern(konto, gruppe, [feld("A", "Sprachkurse felen")])
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.FREIGEGEBEN)
    for text in ("Sprachkurse fehlen", "Die Sprachkurse fehlen"):
        (a,) = eingaben(gruppe)
        a["punkte"][0].text = text
        speichern(konto, gruppe, [a])
    aeusserung = Aeusserung.objects.get()
    assert (aeusserung.original, aeusserung.redaktionell_geaendert) == ("Sprachkurse felen", True)


def test_stand_reist_als_text_durch_die_seite(gruppe, konto) -> None:
    speichern(konto, gruppe, [feld("A „“ <b>", "eins\\\n zwei\n- drei\n---\nüäß 😀 שלום")])
    stand = stand_von(gruppe)
    assert aus_json(als_json(stand)) == stand


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[[],[],[]]",
        "[[1],[]]",
        "null",
        "[" * 100_000,
        json.dumps([[], [["k", "text", "9", "", False]]]),
        json.dumps([[["1", "A", "gut", "t"]], [["k", "t", "", "l", False], ["l", "t", "", "k", False]]]),
    ],
)
def test_ein_verstuemmelter_stand_wird_abgelehnt(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        aus_json(text)


def test_die_zahl_der_abfragen_waechst_nicht_mit_unveraenderten_zeilen(gruppe, konto) -> None:
    anzahlen = []
    for zeilen in (3, 60):
        speichern(konto, gruppe, [feld("A", "\n".join(f"Zeile {n}" for n in range(zeilen)))])
        (a,) = eingaben(gruppe)
        a["punkte"].insert(0, Punkt(f"davor {zeilen}"))
        with CaptureQueriesContext(connection) as abfragen:
            speichern(konto, gruppe, [a])
        anzahlen.append(len(abfragen))
        gruppe.abschnitte.all().delete()
    assert anzahlen[0] == anzahlen[1]


# --- random sequences of edits ---------------------------------------------------------------------

WORTE = "Jobcenter Ehrenamt Sprachkurse fehlen gut Wohnung Kinder Schule Verein Bus Land Zeit Geld Amt Hilfe"
WORT = st.sampled_from(re.split(" ", WORTE))
TEXTE = st.one_of(
    st.lists(WORT, min_size=1, max_size=6).map(" ".join),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1, max_size=40),
    st.sampled_from(["😀", "שלום עולם", "مرحبا", "x" * 10_000, "- Strich", "---", "a\\\nb", "e\u0301"]),
)


ARTEN = ("neu", "neu", "weg", "text", "text", "hin", "unter", "unterweg", "hoch", "seite")


class Seite:
    """The page as somebody edits it; every entry knows the Kennung that it ought to keep."""

    def __init__(self, gruppe: Arbeitsgruppe) -> None:
        stand = stand_von(gruppe)
        self.basis = stand
        kennungen = iter(stand.zeilen)
        self.abschnitte = []
        for f in felder_aus(stand):
            eintraege = []
            for punkt in f["punkte"]:
                eintrag = [next(kennungen), punkt.text, punkt.neue_seite, []]
                eintrag[3] = [[next(kennungen), u.text] for u in punkt.unterpunkte]
                eintraege.append(eintrag)
            self.abschnitte.append((f, eintraege))
        self.nur_berichtigt = True

    def bearbeiten(self, data: st.DataObject) -> None:
        art = data.draw(st.sampled_from(ARTEN))
        eintraege = data.draw(st.sampled_from([e for _, e in self.abschnitte]))
        if art == "neu" or not eintraege:
            stelle = data.draw(st.integers(0, len(eintraege)))
            eintraege.insert(stelle, [None, data.draw(TEXTE), data.draw(st.booleans()), []])
            self.nur_berichtigt = False
            return
        stelle = data.draw(st.integers(0, len(eintraege) - 1))
        eintrag = eintraege[stelle]
        if art == "text":
            eintrag[1] += data.draw(st.sampled_from(["!", " (oft)", ".", "ä"]))
        elif art == "seite":
            eintrag[2] = not eintrag[2]
        elif art == "unter":
            eintrag[3].append([None, data.draw(TEXTE)])
            self.nur_berichtigt = False
        else:
            self.nur_berichtigt = False
            if art == "weg":
                del eintraege[stelle]
            elif art == "unterweg":
                eintrag[3] = eintrag[3][1:]
            elif art == "hin":
                ziel = data.draw(st.sampled_from([e for _, e in self.abschnitte]))
                ziel.insert(data.draw(st.integers(0, len(ziel) - (ziel is eintraege))), eintraege.pop(stelle))
            elif art == "hoch" and stelle:
                del eintraege[stelle]
                eintraege[stelle - 1][3] += [[eintrag[0], eintrag[1]], *eintrag[3]]

    def zeilen(self) -> list[tuple[str | None, str]]:
        return [
            (k, text)
            for _, eintraege in self.abschnitte
            for kennung, t, _, unter in eintraege
            for k, text in ((kennung, t), *unter)
        ]

    def felder(self, zeilenende: str) -> list[Eingabe]:
        ergebnis = []
        for f, eintraege in self.abschnitte:
            text = geschrieben(
                Punkt(t, seite, [Punkt(u) for _, u in unter]) for _, t, seite, unter in eintraege
            )
            punkte, fehler = gelesen(text.replace("\n", zeilenende))
            assert fehler == []
            ergebnis.append(Eingabe(**{**f, "punkte": punkte}))
        return ergebnis

    def texte(self) -> list[Any]:
        return [[(t, seite, [u for _, u in unter]) for _, t, seite, unter in e] for _, e in self.abschnitte]


@pytest.mark.dauer
class ZufaelligeFolgenTest(TestCase):
    @settings(
        max_examples=2_000 if LANG else 40,
        derandomize=not LANG,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.data())
    def test_gespeichert_ist_was_getippt_wurde_und_kennungen_bleiben(self, data: st.DataObject) -> None:
        konto = BenutzerFactory(leitung=True)
        gruppe = ArbeitsgruppeFactory(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)
        erfassen(gruppe, konto, stand_von(gruppe), [Eingabe("", name, "", "", []) for name in "AB"])
        je_gesehen: dict[str, str] = {}
        for _ in range(data.draw(st.integers(1, 4))):
            seite = Seite(gruppe)
            for _ in range(data.draw(st.integers(1, 6))):
                seite.bearbeiten(data)
            self.gespeichert(gruppe, konto, seite, data.draw(st.sampled_from(["\n", "\r\n"])))
            nachher = Seite(gruppe)
            assert nachher.texte() == seite.texte()
            self.pruefe_kennungen(seite, nachher)
            je_gesehen |= {k: "" for k, _ in nachher.zeilen() if k}
        alle = list(Aeusserung.objects.values_list("kennung", flat=True))
        assert len(alle) == len(set(alle))
        assert Aeusserung.history.values("kennung").distinct().count() == len(je_gesehen)

    def gespeichert(self, gruppe: Arbeitsgruppe, konto: Any, seite: Seite, zeilenende: str) -> None:
        """Save; questions are answered truthfully."""
        antworten: dict[int, str] = {}
        wahr = [kennung for kennung, _ in seite.zeilen()]
        for _ in range(20):
            ergebnis = erfassen(gruppe, konto, seite.basis, seite.felder(zeilenende), antworten)
            if ergebnis.gespeichert:
                return
            assert not ergebnis.konflikte
            for frage, _ in ergebnis.fragen:
                moegliche = [alte.kennung for alte in frage.moegliche]
                antworten[frage.neue] = k if (k := wahr[frage.neue]) and k in moegliche else ""
        raise AssertionError("it asks without end")

    def pruefe_kennungen(self, vorher: Seite, nachher: Seite) -> None:
        alte_texte = {k: z.text for k, z in vorher.basis.zeilen.items()}
        alle = [*alte_texte.values(), *(text for _, text in vorher.zeilen())]
        for (soll, text), (ist, _) in zip(vorher.zeilen(), nachher.zeilen(), strict=True):
            if soll is None:
                continue
            unveraendert = alte_texte[soll] == text
            if unveraendert and alle.count(text) == 2:  # once before, once after: it is unmistakable
                assert ist == soll
            elif vorher.nur_berichtigt and Indel.normalized_similarity(alte_texte[soll], text) >= GEAENDERT:
                gleiche = [t for t in alte_texte.values() if t in (text, alte_texte[soll])]
                assert ist == soll or len(gleiche) > 1
