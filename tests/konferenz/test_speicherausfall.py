"""A store of files that is gone or full: nothing is half stored, nothing lost, and everybody is told why."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from arbeitsgruppen import ausgabe, hintergrund
from arbeitsgruppen.ausgabe import aufraeumen, erneuern, hefte_erneuern, verlangen
from arbeitsgruppen.auswahl import Auswahl
from arbeitsgruppen.bereitschaft import Speicherprobe
from arbeitsgruppen.bestellung import NEUER_VERSUCH, VOLL_ODER_WEG
from arbeitsgruppen.hintergrund import Hintergrunddienst
from arbeitsgruppen.models import Arbeitsgruppe, Heftausgabe, Quelldatei
from konferenz.models import Folie, Konferenz
from konferenz.speicher import Speicherausfall, SpeicherWeg
from tests.fabriken import AeusserungFactory, FolieFactory, KonferenzFactory
from tests.formular import formulardaten
from tests.konferenz.test_admin import bilddatei, senden

pytestmark = pytest.mark.django_db

Handlung = Callable[[], None]


@pytest.fixture
def konferenz() -> Konferenz:
    """A released conference with a group and a picture."""
    konferenz = KonferenzFactory(slug="fachtag", status=Konferenz.Status.VEROEFFENTLICHT)
    AeusserungFactory(
        abschnitt__arbeitsgruppe__konferenz=konferenz, abschnitt__arbeitsgruppe__status="freigegeben"
    )
    FolieFactory(vortrag__konferenz=konferenz, vortrag__slug="stand", mit_bild=True)
    return konferenz


class Ausfall:
    """Makes the folder of files one that cannot be used, and brings it back."""

    def __init__(self, ordner: Path) -> None:
        self.ordner, self.beiseite = ordner, ordner.with_name("beiseite")

    def beginnt(self) -> None:
        """Put a file where the folder was, as a disk that lost its mount may show."""
        if self.ordner.exists():
            self.ordner.rename(self.beiseite)
        self.ordner.write_text("kein Ordner")

    def endet(self) -> None:
        """Put the folder back."""
        self.ordner.unlink()
        if self.beiseite.exists():
            self.beiseite.rename(self.ordner)


@pytest.fixture
def ausfall(settings) -> Ausfall:
    return Ausfall(Path(settings.MEDIA_ROOT))


def dateien(ordner: Path) -> list[str]:
    return sorted(str(pfad.relative_to(ordner)) for pfad in ordner.rglob("*") if pfad.is_file())


# --- What a folder tells ---


def test_ein_ordner_der_keiner_mehr_ist_gilt_nicht_als_leer(ausfall: Ausfall):
    name = default_storage.save("folien/a.png", ContentFile(b"eins"))
    ausfall.beginnt()
    fragen: list[Callable[[str], Any]] = [
        default_storage.exists,
        default_storage.open,
        default_storage.size,
        default_storage.get_modified_time,
        default_storage.listdir,
        default_storage.delete,
        lambda name: default_storage.save(name, ContentFile(b"zwei")),
    ]
    for frage in fragen:
        with pytest.raises(Speicherausfall):
            frage(name)
    ausfall.endet()
    assert default_storage.open(name).read() == b"eins"


def test_ein_unmoeglicher_name_ist_nur_nicht_da():
    for name in ("x" * 300, "folien/\0", "folien"):
        assert default_storage.exists(name) is False
    default_storage.save("folien/a.png", ContentFile(b"eins"))
    assert default_storage.exists("folien") is True
    with pytest.raises(IsADirectoryError):
        default_storage.open("folien")


def test_ohne_schreibrecht_sagt_es_der_speicher(monkeypatch):
    # root may write everywhere; the system's answer to others is this one.
    def verboten(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("konferenz.speicher.mkstemp", verboten)
    with pytest.raises(Speicherausfall, match="Permission denied"):
        default_storage.save("folien/a.png", ContentFile(b"eins"))


# --- Readers and editors ---


def test_seiten_ohne_dateien_gehen_weiter_und_was_eine_braucht_sagt_warum_nicht(
    konferenz, ausfall: Ausfall, client: Client, setzer, erledigen
):
    verlangen(konferenz, Auswahl())
    erledigen()
    heft = Heftausgabe.objects.get()
    ausfall.beginnt()
    for seite in ("/", "/fachtag/", "/fachtag/vortraege/stand/", "/suche/?q=Ehrenamt", "/fachtag/daten.json"):
        assert client.get(seite).status_code == 200
    for seite in (
        "/fachtag/heft.pdf",
        f"/fachtag/heft/{heft.schluessel}.pdf",
        f"/fachtag/vortraege/stand/bild/{Folie.objects.get().pk}/",
    ):
        antwort = client.get(seite)
        assert (antwort.status_code, antwort["Retry-After"], antwort["Cache-Control"]) == (
            503,
            "10",
            "no-store",
        )
        assert "Laden Sie die Seite in 10 Sekunden neu." in antwort.text
    assert client.get("/bereit").json()["datenbank"] == "ok"
    assert Speicherprobe()() == "warnung"
    ausfall.endet()
    assert Heftausgabe.objects.get().fertig == heft.fertig
    assert client.get("/fachtag/heft.pdf").getvalue().startswith(b"%PDF")
    assert Speicherprobe()() == "ok"


def test_bild_kommt_nicht_halb_an_und_alles_getippte_kommt_zurueck(
    konferenz, ausfall: Ausfall, organisation: Client
):
    folie = Folie.objects.get()
    ausfall.beginnt()
    text = "Was dazu getippt wurde und nicht verloren gehen darf, mit „Zeichen“."
    antwort = senden(
        organisation,
        folie.vortrag,
        folien__0__bild=bilddatei("neu.png"),
        folien__0__bildbeschreibung=text,
    )
    assert antwort.status_code == 503
    assert "Wählen Sie danach „neu.png“ bitte neu aus." in antwort.text
    assert "kein Teil davon" in antwort.text
    assert (Folie.objects.get().bild.name, Folie.objects.get().bildbeschreibung) == (
        folie.bild.name,
        folie.bildbeschreibung,
    )
    ausfall.endet()
    assert dateien(ausfall.ordner) == [folie.bild.name]
    erneut = formulardaten(antwort)
    assert erneut["folien-0-bildbeschreibung"] == text
    assert organisation.post(antwort.wsgi_request.path, erneut).status_code == 302
    assert Folie.objects.get().bildbeschreibung == text


def test_quelldatei_laesst_sich_nicht_ablegen_und_der_text_kommt_zurueck(
    konferenz, ausfall: Ausfall, organisation: Client
):
    gruppe = konferenz.arbeitsgruppen.get()
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)
    adresse = f"/admin/erfassung/{gruppe.pk}/uebernahme/"
    text = "Was läuft gut?\r\n- kurze Wege zwischen den Ämtern\r\n- Ehrenamt"
    datei = SimpleUploadedFile("Mitschrift.txt", b"Wo hakt es?\n- Sprachkurse fehlen")
    ausfall.beginnt()
    antwort = organisation.post(adresse, {"aktion": "lesen", "text": text, "datei": datei})
    assert antwort.status_code == 503
    assert "„Mitschrift.txt“" in antwort.text
    assert formulardaten(antwort)["text"] == text
    assert not Quelldatei.objects.exists()


def test_fehlt_der_ordner_fehlen_die_dateien_und_die_naechste_legt_ihn_an(
    konferenz, settings, client: Client, organisation: Client, setzer, erledigen
):
    verlangen(konferenz, Auswahl())
    erledigen()
    Path(settings.MEDIA_ROOT).rename(Path(settings.MEDIA_ROOT).with_name("fort"))
    folie = Folie.objects.get()
    assert client.get("/fachtag/").status_code == 200
    assert client.get(f"/fachtag/vortraege/stand/bild/{folie.pk}/").status_code == 404
    assert client.get("/fachtag/heft.pdf").status_code == 202
    erledigen()
    assert client.get("/fachtag/heft.pdf").status_code == 200
    assert senden(organisation, folie.vortrag, folien__0__bild=bilddatei()).status_code == 302


def test_befehle_enden_mit_einer_deutschen_zeile(konferenz, ausfall: Ausfall, tmp_path: Path):
    ausfall.beginnt()
    with pytest.raises(CommandError, match="Der Speicher für Dateien versagt"):
        call_command("heft_exportieren", "fachtag", tmp_path / "heft.pdf", stdout=StringIO())
    assert not (tmp_path / "heft.pdf").exists()


# --- Work in the background ---


def test_heft_scheitert_mit_deutschem_grund_und_das_fruehere_bleibt(
    konferenz, ausfall: Ausfall, client: Client, setzer, erledigen
):
    alte = verlangen(konferenz, Auswahl())
    erledigen()
    konferenz.titel = "Neuer Titel"
    konferenz.save()
    neue = verlangen(konferenz, Auswahl())
    setzer.waehrend = ausfall.beginnt
    assert erledigen(gelingt=False) == ["heft_setzen"]
    ausfall.endet()
    seite = client.get("/fachtag/heft.pdf")
    neue.refresh_from_db()
    assert (seite.status_code, neue.fertig, neue.fehler) == (503, None, VOLL_ODER_WEG)
    assert VOLL_ODER_WEG in seite.text
    assert f"/fachtag/heft/{alte.schluessel}.pdf" in seite.text
    assert client.get(f"/fachtag/heft/{alte.schluessel}.pdf").status_code == 200

    setzer.waehrend = lambda: None
    Heftausgabe.objects.filter(pk=neue.pk).update(verlangt=timezone.now() - NEUER_VERSUCH * 2)
    verlangen(konferenz, Auswahl())
    assert erledigen() == ["heft_setzen"]
    assert client.get("/fachtag/heft.pdf").status_code == 200


def test_kein_heft_entsteht_ohne_seine_bilder_nur_weil_sie_gerade_niemand_herausgibt(
    konferenz, setzer, erledigen, monkeypatch
):
    def weg(*_: Any) -> None:
        raise SpeicherWeg(errno.EHOSTUNREACH, "weg")

    verlangen(konferenz, Auswahl())
    with monkeypatch.context() as m:
        m.setattr("arbeitsgruppen.heft.default_storage.open", weg)
        erledigen(gelingt=False)
    assert (setzer.gesetzt, verlangen(konferenz, Auswahl()).fehler) == ([], VOLL_ODER_WEG)


def ein_versuch() -> list[str]:
    """Have the service do what is due, each once; return how it ended."""
    dienst = Hintergrunddienst(einmal=True)
    faellige = list(DBTaskResult.objects.ready())
    for aufgabe in faellige:
        aufgabe.claim(dienst.worker_id)
        dienst.run_task(aufgabe)
    return [DBTaskResult.objects.get(pk=aufgabe.pk).status for aufgabe in faellige]


def test_der_dienst_versucht_es_von_selbst_noch_einmal(konferenz, ausfall: Ausfall, setzer, client: Client):
    verlangen(konferenz, Auswahl())
    ausfall.beginnt()
    assert ein_versuch() == ["READY"]
    ausfall.endet()
    assert ein_versuch() == []  # not at once
    assert client.get("/fachtag/heft.pdf").status_code == 202
    DBTaskResult.objects.update(run_after=timezone.now())
    assert ein_versuch() == ["SUCCESSFUL"]
    assert client.get("/fachtag/heft.pdf").status_code == 200


def test_erneuern_wartet_bis_der_speicher_wieder_da_ist(konferenz, ausfall: Ausfall, setzer, erledigen):
    erneuern(konferenz)
    erledigen()
    hefte_erneuern.enqueue(konferenz.pk)
    ausfall.beginnt()
    assert ein_versuch() == ["READY"]
    assert Heftausgabe.objects.fertige().count() == Heftausgabe.objects.count()
    ausfall.endet()
    DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now())
    assert ein_versuch() == ["SUCCESSFUL"]


def test_die_wache_ueberlebt_einen_speicher_den_sie_nicht_aufraeumen_kann(ausfall: Ausfall, monkeypatch):
    ausfall.beginnt()
    with pytest.raises(Speicherausfall):
        aufraeumen()
    blicke: list[int] = []
    geraeumt: list[int] = []

    def raeumen() -> None:
        geraeumt.append(1)
        aufraeumen()

    dienst = hintergrund.Hintergrunddienst()
    monkeypatch.setattr(dienst._ende, "wait", lambda _: len(blicke) >= 5)
    monkeypatch.setattr(hintergrund.Waechter, "schauen", lambda *_: blicke.append(1))
    monkeypatch.setattr(hintergrund, "aufraeumen", raeumen)
    monkeypatch.setattr(hintergrund, "close_old_connections", lambda: None)
    dienst._wache_halten()
    assert (len(blicke), len(geraeumt)) == (5, 1)  # the next try is a minute away


def test_was_weggeworfen_wird_ist_weg_auch_wenn_die_datei_noch_nicht_geht(
    konferenz, ausfall: Ausfall, setzer, erledigen
):
    fertige = verlangen(konferenz, Auswahl())
    erledigen()
    fertige.refresh_from_db()
    ausfall.beginnt()
    ausgabe.wegwerfen(fertige)
    assert not Heftausgabe.objects.exists()


# --- A full disk ---


class Platte:
    """A disk of 1 MB, and what fills it."""

    def __init__(self, ort: Path) -> None:
        self.ort = ort

    def fuellen(self) -> None:
        """Leave no room."""
        with (self.ort / "fuellung").open("wb", buffering=0) as datei:
            try:
                while True:
                    datei.write(b"x" * 4096)
            except OSError as fehler:
                assert fehler.errno == errno.ENOSPC  # noqa: PT017

    def leeren(self) -> None:
        """Make room again."""
        (self.ort / "fuellung").unlink()


@pytest.fixture
def platte(tmp_path: Path) -> Iterator[Platte]:
    """Mount a real one, which only root may."""
    ort = tmp_path / "platte"
    ort.mkdir()
    eingehaengt = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", ort], capture_output=True
        ).returncode
    )
    if not eingehaengt:
        pytest.skip("eine Platte einhängen darf hier niemand")
    yield Platte(ort)
    subprocess.run(["umount", "--lazy", ort], check=True)


def test_volle_platte_beim_ablegen_hinterlaesst_nichts_halbes_und_mit_platz_geht_es_weiter(
    konferenz, platte: Platte, settings, client: Client, setzer, erledigen
):
    settings.MEDIA_ROOT = platte.ort
    folie = Folie.objects.get()
    folie.bild.save("neu.png", bilddatei())
    alte = verlangen(konferenz, Auswahl())
    erledigen()
    vorher = dateien(platte.ort)
    konferenz.titel = "Neuer Titel"
    konferenz.save()
    verlangen(konferenz, Auswahl())
    setzer.waehrend = platte.fuellen
    assert erledigen(gelingt=False) == ["heft_setzen"]
    assert [name for name in dateien(platte.ort) if name != "fuellung"] == vorher
    assert verlangen(konferenz, Auswahl()).fehler == VOLL_ODER_WEG
    assert client.get(f"/fachtag/heft/{alte.schluessel}.pdf").getvalue().startswith(b"%PDF")

    platte.leeren()
    setzer.waehrend = lambda: None
    Heftausgabe.objects.filter(fertig=None).update(verlangt=timezone.now() - NEUER_VERSUCH * 2)
    verlangen(konferenz, Auswahl())
    assert erledigen() == ["heft_setzen"]
    assert client.get("/fachtag/heft.pdf").status_code == 200


def test_volle_platte_beim_hochladen_behaelt_das_alte_bild(
    konferenz, platte: Platte, settings, organisation: Client
):
    settings.MEDIA_ROOT = platte.ort
    folie = Folie.objects.get()
    folie.bild.save("alt.png", bilddatei())
    platte.fuellen()
    antwort = senden(organisation, folie.vortrag, folien__0__bild=bilddatei("neu.png"))
    assert antwort.status_code == 503
    assert dateien(platte.ort) == sorted([str(Folie.objects.get().bild), "fuellung"])
    platte.leeren()
    assert senden(organisation, folie.vortrag, folien__0__bild=bilddatei("neu.png")).status_code == 302
    assert Folie.objects.get().bild.name == "folien/neu.png"


OHNE_PLATZ = """#!/bin/sh
exec unshare --mount sh -c '
for ort in /tmp /var/tmp /usr/tmp; do
    [ -d $ort ] || continue
    mount -t tmpfs -o size=4k tmpfs $ort && dd if=/dev/zero of=$ort/voll bs=4k count=1 2>/dev/null
done
mount --bind "$PWD" "$PWD" && mount -o remount,ro,bind "$PWD" && cd "$PWD"
exec {python} "$@"' sh "$@"
"""


@pytest.mark.usefixtures("platte")  # for who may mount one may do this, too
def test_hat_der_setzer_selbst_keinen_platz_scheitert_das_heft_mit_diesem_grund(
    konferenz, erledigen, monkeypatch, tmp_path: Path
):
    huelle = tmp_path / "python"
    huelle.write_text(OHNE_PLATZ.format(python=sys.executable))
    huelle.chmod(0o755)
    monkeypatch.delenv("TMPDIR", raising=False)
    ausgabe.setzer().schliessen()
    try:
        with monkeypatch.context() as m:
            m.setattr(sys, "executable", str(huelle))
            verlangen(konferenz, Auswahl())
            assert erledigen(gelingt=False) == ["heft_setzen"]
        assert verlangen(konferenz, Auswahl()).fehler == VOLL_ODER_WEG
        Heftausgabe.objects.update(verlangt=timezone.now() - NEUER_VERSUCH * 2)
        verlangen(konferenz, Auswahl())
        assert erledigen() == ["heft_setzen"]
    finally:
        ausgabe.setzer().schliessen()
    assert Heftausgabe.objects.get().fertig
