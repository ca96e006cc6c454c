"""Several processes on one database: it doesn't matter which answers, and none of them is missed for long."""

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pypdfium2
import pytest
from redis import Redis

from tests.formular import formulardaten
from tests.verbund import Verbund

DAUER = bool(os.environ.get("DAUER"))
SLUG = "pakt-fuer-integration-2021"
SCHREIBENDE = 4
# Half of them write where everybody reads, so that Hefte are made anew all the time.
FREIGEGEBENE, ENTWURF = 7, 8
KONFERENZ, HEFT = f"/{SLUG}/", f"/{SLUG}/heft.pdf"

pytestmark = [pytest.mark.verbund, pytest.mark.dauer]


@pytest.fixture(scope="module")
def verbund() -> Iterator[Verbund]:
    """Set up one for all tests; each of them leaves all parts running."""
    verbund = Verbund()
    try:
        yield verbund.aufbauen()
    finally:
        verbund.abbauen()


@pytest.fixture(autouse=True)
def _alles_laeuft(verbund: Verbund) -> None:
    assert {name for name, prozess in verbund.prozesse.items() if prozess.poll() is None} == {
        "postgres",
        "redis",
        "proxy",
        *verbund.WEB,
    }


class Redaktion:
    """Somebody who adds one statement after another to a group, and notes which of them were acknowledged."""

    def __init__(self, verbund: Verbund, ich: int, nummer: int) -> None:
        self.ich, self.nummer, self.besucher = ich, nummer, verbund.besucher().anmelden("organisation")
        ((gruppe,),) = verbund.sql("SELECT id FROM arbeitsgruppen_arbeitsgruppe WHERE nummer = %s", nummer)
        self.adresse = f"/admin/erfassung/{gruppe}/"
        self.bestaetigt: list[str] = []
        self.gescheitert: list[tuple[float, int]] = []

    def schreiben(self, ende: threading.Event) -> None:
        """Go on until the end."""
        for nummer in range(100_000):
            if ende.is_set():
                return
            text = f"Person {self.ich} sagt {nummer * 7919:x} zum {nummer}. Mal."
            status = self._speichern(text)
            if status == 302:
                self.bestaetigt.append(text)
            else:
                self.gescheitert.append((time.monotonic(), status))

    def _speichern(self, text: str) -> int:
        seite = self.besucher.get(self.adresse)
        if seite.status != 200:
            return int(seite.status)
        daten = formulardaten(seite, "erfassung")
        feld = next(name for name in daten if name.endswith("-text"))
        antwort = self.besucher.post(
            self.adresse, {**daten, feld: f"{daten[feld]}\r\n{text}", "aktion": "speichern"}
        )
        while antwort.status == 409:  # something is asked, because others saved meanwhile
            daten = dict(formulardaten(antwort))
            daten |= {name: "neu" for name in daten if name.startswith("antwort-")}
            antwort = self.besucher.post(self.adresse, {**daten, "aktion": "speichern"})
        return int(antwort.status)


class Leserin:
    """Somebody who reads one public page after another, and notes what went wrong."""

    def __init__(self, verbund: Verbund) -> None:
        self.besucher = verbund.besucher()
        self.gelesen = 0
        self.gescheitert: list[tuple[float, int]] = []

    def lesen(self, ende: threading.Event) -> None:
        """Go on until the end."""
        seiten = [KONFERENZ, "/", f"/{SLUG}/ag/3/", "/suche/?q=Ehrenamt", f"/{SLUG}/themen/"]
        while not ende.is_set():
            status = self.besucher.get(seiten[self.gelesen % len(seiten)]).status
            self.gelesen += 1
            if status != 200:
                self.gescheitert.append((time.monotonic(), status))


@contextmanager
def unter_last(verbund: Verbund) -> Iterator[tuple[list[Redaktion], list[Leserin]]]:
    """Let some write and some read as long as the block lasts."""
    gruppen = [FREIGEGEBENE, ENTWURF] * (SCHREIBENDE // 2)
    redaktionen = [Redaktion(verbund, *wer) for wer in enumerate(gruppen)]
    leserinnen = [Leserin(verbund) for _ in range(2)]
    ende = threading.Event()
    faeden = [threading.Thread(target=r.schreiben, args=[ende]) for r in redaktionen]
    faeden += [threading.Thread(target=leserin.lesen, args=[ende]) for leserin in leserinnen]
    for faden in faeden:
        faden.start()
    try:
        verbund.warten(lambda: all(r.bestaetigt for r in redaktionen))
        yield redaktionen, leserinnen
    finally:
        ende.set()
        for faden in faeden:
            faden.join(60)


def pruefen(verbund: Verbund, redaktionen: list[Redaktion]) -> None:
    """What was acknowledged is there, once; and nothing else is there twice."""
    zeilen = verbund.sql("SELECT text FROM arbeitsgruppen_aeusserung WHERE text LIKE 'Person %'")
    texte = [text for (text,) in zeilen]
    bestaetigt = [text for redaktion in redaktionen for text in redaktion.bestaetigt]
    assert set(bestaetigt) <= set(texte)
    assert len(texte) == len(set(texte))
    assert len(bestaetigt) > SCHREIBENDE
    verbund.python(
        "from arbeitsgruppen.models import Aeusserung; "
        "Aeusserung.objects.filter(text__startswith='Person ').delete()"
    )


def test_es_ist_gleich_welcher_prozess_antwortet(verbund: Verbund) -> None:
    besucher = verbund.besucher().anmelden("organisation")
    von = {besucher.get("/admin/erfassung/").headers["X-Beantwortet-Von"] for _ in range(10)}
    assert len(von) == 2
    eine, andere = (verbund.besucher(web) for web in verbund.WEB)
    assert b"Umbenannt" not in andere.get(KONFERENZ).content
    verbund.python(
        "from arbeitsgruppen.models import Arbeitsgruppe; "
        "Arbeitsgruppe.objects.filter(nummer=3).update(titel='Umbenannt')"
    )
    erste = eine.get(KONFERENZ)
    assert b"Umbenannt" in erste.content
    assert andere.get(KONFERENZ).content == erste.content
    assert Redis(port=verbund.ports["redis"]).keys("kd-seiten*")


def test_heft_macht_einer_und_geben_kann_es_jeder_auch_wenn_er_dabei_stirbt(verbund: Verbund) -> None:
    eine, andere = (verbund.besucher(web) for web in verbund.WEB)
    for dienst in verbund.DIENSTE:
        verbund.starten(dienst)
    assert eine.get(HEFT).status in (200, 202)
    erster = verbund.DIENSTE[0]
    verbund.toeten(erster)
    verbund.warten(lambda: eine.get(HEFT).status == 200, 240)
    assert andere.get(HEFT).content == eine.get(HEFT).content
    assert _aufgaben(verbund, "FAILED") == []
    verbund.toeten(verbund.DIENSTE[1])


def _weiter(redaktionen: list[Redaktion], leserinnen: list[Leserin]) -> bool:
    """Wait a moment; say whether everybody came on by then."""
    vorher = [len(r.bestaetigt) for r in redaktionen] + [leserin.gelesen for leserin in leserinnen]
    time.sleep(1)
    jetzt = [len(r.bestaetigt) for r in redaktionen] + [leserin.gelesen for leserin in leserinnen]
    return all(a > b for a, b in zip(jetzt, vorher, strict=True))


def _antwortet(verbund: Verbund, wer: str) -> bool:
    return bool(verbund.besucher(wer).get("/").status == 200)


def test_wer_auch_stirbt_kein_bestaetigter_satz_fehlt_und_jede_aufgabe_wird_zu_ende_gebracht(
    verbund: Verbund,
) -> None:
    wuerfel = random.Random(2021)  # noqa: S311  # not for secrets
    for dienst in verbund.DIENSTE:
        verbund.starten(dienst)
    # In rounds, after each of which what was written goes, or the group would soon have thousands of lines.
    for _ in range(10 if DAUER else 1):
        with unter_last(verbund) as (redaktionen, leserinnen):
            for _ in range(5 if DAUER else 1):
                for opfer in wuerfel.sample((*verbund.WEB, *verbund.DIENSTE), 4):
                    time.sleep(wuerfel.uniform(0.1, 0.8))
                    verbund.toeten(opfer)
                    verbund.starten(opfer)
                    if opfer in verbund.WEB:
                        verbund.warten(partial(_antwortet, verbund, opfer))
        # A page that was being answered is asked for again from the other, and fails only if that dies, too.
        gescheitert = [fehler for leserin in leserinnen for fehler in leserin.gescheitert]
        assert len(gescheitert) <= 1, gescheitert
        assert sum(leserin.gelesen for leserin in leserinnen) > 20
        _heft_pruefen(verbund, redaktionen)
        pruefen(verbund, redaktionen)
    for dienst in verbund.DIENSTE:
        verbund.toeten(dienst)


def _heft_pruefen(verbund: Verbund, redaktionen: list[Redaktion]) -> None:
    """Whatever died in the middle was made all the same, and has all that was acknowledged."""
    verbund.warten(lambda: verbund.besucher().get(HEFT).status == 200, 240)
    with pypdfium2.PdfDocument(verbund.besucher().get(HEFT).content) as heft:
        text = "".join("".join(seite.get_textpage().get_text_range().split()) for seite in heft)
    for redaktion in redaktionen:
        for satz in redaktion.bestaetigt:
            assert ("".join(satz.split()) in text) == (redaktion.nummer == FREIGEGEBENE), satz
    verbund.warten(lambda: not _aufgaben(verbund, "RUNNING"))
    # A task is given up only where it was taken down with four services.
    assert all(fehler.endswith(".DienstVerloren") for fehler in _aufgaben(verbund, "FAILED"))


def _aufgaben(verbund: Verbund, status: str) -> list[str]:
    """Return the error, or an empty text, of each task that is in this state."""
    aufgaben = "SELECT exception_class_path FROM django_tasks_database_dbtaskresult WHERE status = %s"
    return [fehler for (fehler,) in verbund.sql(aufgaben, status)]


def test_startet_die_datenbank_neu_enden_die_fehler_und_nichts_bestaetigtes_fehlt(verbund: Verbund) -> None:
    with unter_last(verbund) as (redaktionen, leserinnen):
        for _ in range(5 if DAUER else 1):
            verbund.toeten("postgres")
            time.sleep(1)
            verbund.starten("postgres")
            verbund.warten(lambda: verbund.sql("SELECT 1"))
            wieder_da = time.monotonic()
            verbund.warten(lambda: verbund.besucher().get("/suche/?q=Wohnen").status == 200)
            verbund.warten(partial(_weiter, redaktionen, leserinnen))
    alle: list[Any] = [*redaktionen, *leserinnen]
    fehler = [(zeit, status) for wer in alle for zeit, status in wer.gescheitert]
    # Somebody noticed, and was told that the database is away.
    assert {status for _, status in fehler} == {503}
    assert max(zeit for zeit, _ in fehler) < wieder_da + 10
    pruefen(verbund, redaktionen)


def test_ohne_den_zwischenspeicher_geht_alles_weiter(verbund: Verbund) -> None:
    with unter_last(verbund) as (redaktionen, leserinnen):
        verbund.toeten("redis")
        vorher = [leserin.gelesen for leserin in leserinnen]
        verbund.warten(lambda: all(le.gelesen > n + 10 for le, n in zip(leserinnen, vorher, strict=True)))
        verbund.starten("redis")
    pruefen(verbund, redaktionen)
    assert [leserin.gescheitert for leserin in leserinnen] == [[], []]
    assert [redaktion.gescheitert for redaktion in redaktionen] == [[]] * SCHREIBENDE
