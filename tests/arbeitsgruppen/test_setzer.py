"""The renderer as a process of its own: what happens in it, stays in it."""

import os
import pickle
import resource
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from arbeitsgruppen import setzer
from arbeitsgruppen.abgeschottet import UMGEBUNG
from arbeitsgruppen.auswahl import Auswahl, Form
from arbeitsgruppen.bild import Abschnittsbild, Aeusserungsbild, Gruppenbild, Konferenzbild
from arbeitsgruppen.heft import heft
from arbeitsgruppen.pdf import Setzerei
from arbeitsgruppen.satz import Grenzen, Satz, SatzFehler, Teil
from arbeitsgruppen.setzer import Setzer

LANG = bool(os.environ.get("DAUER"))


def satz_aus(*html, stil=""):
    teile = tuple(Teil(f"Teil {nummer}", stueck) for nummer, stueck in enumerate(html, 1))
    return Satz("T", "0" * 32, stil, teile)


KLEIN = satz_aus("<section><h1>Titel</h1></section>")


def konferenz(*texte):
    abschnitt = Abschnittsbild("Gut", "gut", "teilnehmende", tuple(map(Aeusserungsbild, texte)))
    return Konferenzbild(
        "Fachtag", date(2021, 4, 21), gruppen=(Gruppenbild(1, "Wohnen", abschnitte=(abschnitt,)),)
    )


@pytest.fixture(scope="module")
def warm():
    """Return a renderer that several tests share."""
    with Setzer() as einer:
        einer.setzen(KLEIN)
        yield einer


def kennzahl(einer):
    """Return the process id of a renderer."""
    assert einer._prozess
    return einer._prozess.pid


@pytest.mark.parametrize("form", Form.values)
def test_ergebnis_ist_dasselbe_wie_im_eigenen_prozess(warm, form):
    satz = heft(konferenz("a", "b ☐"), Auswahl(form)).satz

    assert warm.setzen(satz) == Setzerei().setzen(satz)


def test_fortschritt_kommt_waehrend_des_setzens_an(warm):
    meldungen = []
    satz = heft(konferenz("a")).satz

    pdf = warm.setzen(satz, lambda *meldung: meldungen.append(meldung))

    assert {name for _, _, name in meldungen} >= {teil.name for teil in satz.teile}
    assert meldungen[-1][:2] == (pdf.seiten, pdf.seiten)


def test_setzer_startet_erst_wenn_er_gebraucht_wird_und_bleibt_warm(warm):
    assert Setzer()._prozess is None
    vorher = kennzahl(warm)
    warm.setzen(KLEIN)

    assert kennzahl(warm) == vorher


def test_geschlossener_setzer_hinterlaesst_keinen_prozess():
    with Setzer() as einer:
        einer.setzen(KLEIN)
        nummer = kennzahl(einer)

    assert not Path(f"/proc/{nummer}").exists()


def test_umgebung_des_setzers_enthaelt_kein_geheimnis(monkeypatch):
    geheim = {"SECRET_KEY": "geheim-1", "DATABASE_URL": "postgres://u:geheim-2@db", "AWS_SECRET": "geheim-3"}
    for name, wert in geheim.items():
        monkeypatch.setenv(name, wert)
    with Setzer() as einer:
        einer.setzen(KLEIN)
        ort = Path(f"/proc/{kennzahl(einer)}")
        umgebung = (ort / "environ").read_bytes().split(b"\0")
        befehl = (ort / "cmdline").read_bytes()

    assert {eintrag.split(b"=")[0].decode() for eintrag in umgebung if eintrag} <= {
        *UMGEBUNG,
        "LC_CTYPE",  # set by Python itself
    }
    assert b"geheim" not in b"".join(umgebung) + befehl


def test_setzer_erbt_keine_offene_datei(tmp_path):
    with (tmp_path / "offen.txt").open("w") as datei:
        os.set_inheritable(datei.fileno(), True)
        with Setzer() as einer:
            einer.setzen(KLEIN)
            offen = [str(eintrag.readlink()) for eintrag in Path(f"/proc/{kennzahl(einer)}/fd").iterdir()]

    assert not [ziel for ziel in offen if ziel.endswith("offen.txt")]


LANGER_TEIL = "<p>" + "<b>langes Wort </b>" * 2500


def test_einmal_getoeteter_setzer_wird_ersetzt_und_das_heft_gelingt(warm):
    satz = satz_aus("<h1>a</h1>", LANGER_TEIL)
    with Setzer() as einer:
        einer.setzen(KLEIN)
        alter = kennzahl(einer)

        def toeten(fertig, gesamt, name):
            if name == "Teil 2" and kennzahl(einer) == alter:
                os.kill(alter, signal.SIGKILL)

        assert einer.setzen(satz, toeten) == warm.setzen(satz)
        assert kennzahl(einer) != alter


def test_zweimal_getoeteter_setzer_gibt_einen_fehler_mit_der_stelle_und_das_naechste_heft_gelingt():
    with Setzer() as einer:

        def toeten(fertig, gesamt, name):
            if name == "Teil 2":
                os.kill(kennzahl(einer), signal.SIGKILL)

        with pytest.raises(SatzFehler, match=r"brach zweimal ab .bei „Teil 2“"):
            einer.setzen(satz_aus("<h1>a</h1>", LANGER_TEIL), toeten)

        assert einer.setzen(KLEIN).seiten == 1


def test_zwischen_zwei_heften_getoeteter_setzer_faellt_niemandem_auf():
    with Setzer() as einer:
        vorher = einer.setzen(KLEIN)
        os.kill(kennzahl(einer), signal.SIGKILL)
        assert einer._prozess
        einer._prozess.wait()

        assert einer.setzen(KLEIN) == vorher


def test_zu_viele_seiten_werden_mit_der_stelle_gemeldet_und_das_naechste_heft_gelingt():
    with Setzer(Grenzen(seiten=3)) as einer:
        with pytest.raises(SatzFehler, match=r"mehr als 3 Seiten.*„Teil 2“"):
            einer.setzen(satz_aus("<h1>a</h1>", "<p>b</p>" + '<p style="break-before:page">c</p>' * 5))

        assert einer.setzen(KLEIN).seiten == 1


ZU_LANGSAM = {
    "ein Wort von 100.000 Zeichen": ["x" * 100_000],
    "10.000 Äußerungen": [f"Äußerung {nummer}" for nummer in range(10_000)],
}


@pytest.mark.parametrize("name", ZU_LANGSAM)
def test_teil_der_zu_lange_dauert_wird_genannt_und_das_naechste_heft_gelingt(name):
    with Setzer() as einer:
        einer.setzen(KLEIN)  # to start takes time as well
        einer.grenzen = Grenzen(zeit=2.0)
        anfang = time.monotonic()
        with pytest.raises(SatzFehler, match=r"2 Sekunden lang nicht voran .bei „AG 1“.*kürzen"):
            einer.setzen(heft(konferenz(*ZU_LANGSAM[name])).satz)

        assert time.monotonic() - anfang < 10
        einer.grenzen = Grenzen()
        assert einer.setzen(KLEIN).seiten == 1


def test_viele_teile_duerfen_zusammen_laenger_dauern_als_einer():
    # A listener that takes its time is as slow as the renderer.
    def warten(fertig, gesamt, name):
        time.sleep(0.4)

    with Setzer() as einer:
        einer.setzen(KLEIN)
        einer.grenzen = Grenzen(zeit=2.0)
        anfang = time.monotonic()
        pdf = einer.setzen(satz_aus(*(f"<p>{nummer}</p>" for nummer in range(6))), warten)

    assert pdf.seiten == 6
    assert time.monotonic() - anfang > 2.4


def test_setzer_laeuft_mit_der_grenze_fuer_den_speicher_und_ohne_speicherabzug():
    with Setzer(Grenzen(speicher=900 * 2**20)) as einer:
        einer.setzen(KLEIN)
        nummer = kennzahl(einer)

        assert resource.prlimit(nummer, resource.RLIMIT_AS) == (900 * 2**20, 900 * 2**20)
        assert resource.prlimit(nummer, resource.RLIMIT_CORE) == (0, 0)


def test_zu_wenig_speicher_wird_mit_der_stelle_gemeldet_und_das_naechste_heft_gelingt(capfd):
    with Setzer() as einer:
        einer.setzen(KLEIN)
        status = Path(f"/proc/{kennzahl(einer)}/status").read_text()
    (genug,) = (int(zeile.split()[1]) * 1024 for zeile in status.splitlines() if "VmPeak" in zeile)
    with Setzer(Grenzen(speicher=genug + 2**23)) as einer:
        with pytest.raises(SatzFehler, match=r"brach zweimal ab .bei „.*Speicher"):
            einer.setzen(satz_aus("<p>" + "<b>x</b> " * 20_000))

        assert einer.setzen(KLEIN).seiten == 1


def test_ausnahme_beim_zuhoeren_laesst_den_setzer_fuer_das_naechste_heft_brauchbar():
    class EgalFehler(Exception):
        pass

    def abbrechen(fertig, gesamt, name):
        raise EgalFehler

    andere = satz_aus("<p>a</p>", "<p>b</p>", "<p>c</p>")
    with Setzer() as einer:
        vorher = einer.setzen(KLEIN)
        with pytest.raises(EgalFehler):
            einer.setzen(andere, abbrechen)

        assert einer.setzen(KLEIN) == vorher


def test_satz_den_der_setzer_nicht_versteht_gibt_einen_fehler_und_das_naechste_heft_gelingt(capfd):
    with Setzer() as einer:
        with pytest.raises(SatzFehler):
            einer.setzen("kein Satz")  # type: ignore[arg-type]

        assert einer.setzen(KLEIN).seiten == 1


VERBOTENES = {
    "Verbindung": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "Namensauflösung": "import socket; socket.getaddrinfo('localhost', 80)",
    "Dienst": "import socket; socket.socket().bind(('127.0.0.1', 0))",
    "HTTP": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
    "Datei über URL": "import urllib.request; urllib.request.urlopen('file:///etc/hostname')",
    "Programm": "import subprocess; subprocess.run(['true'])",
    "Shell": "import os; os.system('true')",
    "neuer Prozess": "import os; os.fork()",
    "Ersatz": "import os; os.execv('/bin/true', ['true'])",
    "posix_spawn": "import os; os.posix_spawn('/bin/true', ['true'], {})",
    "Pseudoterminal": "import pty; pty.fork()",
    "FTP": "import ftplib; ftplib.FTP('127.0.0.1')",
}


@pytest.mark.parametrize("name", VERBOTENES)
def test_verbotenes_im_setzer_scheitert(name):
    # The hook cannot be taken off again, hence in a process of its own.
    programm = f"""
from arbeitsgruppen.abgeschottet import abschotten
abschotten()
try:
    {VERBOTENES[name]}
except PermissionError as fehler:
    print(fehler)
"""
    ausgabe = subprocess.run(
        [sys.executable, "-c", programm], cwd=setzer.BASIS, capture_output=True, text=True, check=True
    )

    assert "may not do this" in ausgabe.stdout


def test_der_hook_ist_im_laufenden_setzer_gesetzt(tmp_path, capfd):
    # Unpickling runs a function of ours in the renderer: it must not get to start anything.
    class Angriff:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'gelaufen'}",)

    with Setzer() as einer:
        einer.setzen(KLEIN)
        with pytest.raises(SatzFehler):
            einer.setzen(Angriff())  # type: ignore[arg-type]

    assert pickle.dumps(Angriff())
    assert not (tmp_path / "gelaufen").exists()
    assert "may not do this: os.system" in capfd.readouterr().err
