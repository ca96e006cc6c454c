"""Files in an object store, tried against a server that speaks S3: as in a folder, and gone without harm.

`make s3-pruefen` runs it, in an environment that has the packages: against moto, with CEPH=1 against Ceph's
gateway, or against what S3_PRUEFEN=http://schluessel:geheimnis@127.0.0.1:8000 names, in a bucket of its own.
"""

import logging
import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit
from zipfile import ZipFile

import pypdfium2
import pytest
import requests
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError
from django.test import Client
from django.utils import timezone

from arbeitsgruppen import aufbewahrung, ausgabe, bestellung, erzeugnisse, quelldateien
from arbeitsgruppen.auswahl import Auswahl
from arbeitsgruppen.bereitschaft import Speicherprobe
from arbeitsgruppen.models import Heftausgabe
from konferenz.models import Folie, Konferenz
from konferenz.speicher import Speicherausfall, SpeicherWeg
from tests.fabriken import AeusserungFactory, BenutzerFactory, FolieFactory, KonferenzFactory
from tests.konferenz.test_admin import bilddatei, senden
from tests.konferenz.test_sicherung import befehl, leeren
from tests.test_projekt import BASIS

pytestmark = [pytest.mark.s3, pytest.mark.django_db]

EIMER = "konferenzdokumentation-pruefung"
GEGEBEN = urlsplit(os.environ.get("S3_PRUEFEN", "http://schluessel:geheim%2F+@"))
SCHLUESSEL, GEHEIMNIS = (unquote(teil or "") for teil in (GEGEBEN.username, GEGEBEN.password))


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Return the address of the server for all tests; start one unless one is given."""
    if GEGEBEN.hostname:
        yield f"{GEGEBEN.scheme}://{GEGEBEN.netloc.rpartition('@')[2]}"
        return
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    rechner, port = server.get_host_and_port()
    yield f"http://{rechner}:{port}"
    server.stop()


def eingestellt(adresse: str, **anders: Any) -> dict[str, Any]:
    zugang = {"access_key": SCHLUESSEL, "secret_key": GEHEIMNIS, "region_name": "us-east-1"}
    optionen = {"endpoint_url": adresse, "bucket_name": EIMER, **zugang, **anders}
    return {"BACKEND": "konferenz.s3.S3Speicher", "OPTIONS": optionen}


@pytest.fixture
def s3(server: str, settings) -> Any:
    """Keep files in an empty bucket; return a client that looks at it past the site."""
    import boto3

    settings.S3_URL = f"{server}/{EIMER}"
    settings.STORAGES = {**settings.STORAGES, "default": eingestellt(server)}
    zugang = {"aws_access_key_id": SCHLUESSEL, "aws_secret_access_key": GEHEIMNIS}
    klient = boto3.client("s3", endpoint_url=server, region_name="us-east-1", **zugang)
    klient.create_bucket(Bucket=EIMER)  # the same again where it is there
    _eimer_leeren(klient)
    return klient


@pytest.fixture
def weg(s3, settings) -> Callable[[], None]:
    """Return what makes the store one that nobody answers for."""

    def weg() -> None:
        with socket.socket() as frei:
            frei.bind(("127.0.0.1", 0))
            adresse = f"http://127.0.0.1:{frei.getsockname()[1]}"
        settings.STORAGES = {**settings.STORAGES, "default": eingestellt(adresse)}

    return weg


def namen(s3: Any) -> set[str]:
    return {eintrag["Key"] for eintrag in s3.list_objects_v2(Bucket=EIMER).get("Contents", ())}


def _eimer_leeren(s3: Any) -> None:
    for name in namen(s3):
        s3.delete_object(Bucket=EIMER, Key=name)


def veroeffentlichte(**angaben: Any) -> Konferenz:
    konferenz = KonferenzFactory(slug="fachtag", status=Konferenz.Status.VEROEFFENTLICHT, **angaben)
    AeusserungFactory(
        abschnitt__arbeitsgruppe__konferenz=konferenz, abschnitt__arbeitsgruppe__status="freigegeben"
    )
    return konferenz


# --- It behaves as a folder does ---


@pytest.fixture(params=["Ordner", "S3"])
def _jeder_speicher(request: pytest.FixtureRequest) -> None:
    if request.param == "S3":
        request.getfixturevalue("s3")


@pytest.mark.usefixtures("_jeder_speicher")
def test_was_nicht_da_ist_ist_ueberall_gleich_nicht_da():
    assert not default_storage.exists("folien/nie.png")
    for frage in (default_storage.open, default_storage.size, default_storage.get_modified_time):
        with pytest.raises(FileNotFoundError):
            frage("folien/nie.png")
    with pytest.raises(FileNotFoundError):
        default_storage.listdir("folien")
    default_storage.delete("folien/nie.png")


@pytest.mark.usefixtures("_jeder_speicher")
def test_gespeichertes_kommt_wieder_und_keine_datei_nimmt_den_platz_einer_anderen():
    erste = default_storage.save("folien/Bild ä.png", ContentFile(b"eins"))
    zweite = default_storage.save("folien/Bild ä.png", ContentFile(b"zwei"))
    assert erste != zweite
    assert [default_storage.open(name).read() for name in (erste, zweite)] == [b"eins", b"zwei"]
    ordner, dateien = default_storage.listdir("folien")
    assert (ordner, {f"folien/{name}" for name in dateien}) == ([], {erste, zweite})
    assert default_storage.size(erste) == 4
    assert abs(default_storage.get_modified_time(erste) - timezone.now()) < timedelta(minutes=1)
    default_storage.delete(erste)
    assert not default_storage.exists(erste)
    assert default_storage.exists(zweite)


@pytest.mark.usefixtures("_jeder_speicher")
def test_gelesen_wird_an_jeder_stelle_das_richtige():
    zufall = random.Random(25)  # noqa: S311
    inhalt = zufall.randbytes(1_500_000)
    name = default_storage.save("hefte/gross.pdf", ContentFile(inhalt))
    with default_storage.open(name) as datei:
        assert datei.size == len(inhalt)
        for _ in range(20):
            stelle, laenge = zufall.randrange(len(inhalt) + 10), zufall.choice([1, 1000, 400_000])
            datei.seek(stelle)
            assert datei.read(laenge) == inhalt[stelle : stelle + laenge]
        datei.seek(0)
        assert b"".join(datei.chunks()) == inhalt


def test_zwei_zugleich_unter_demselben_namen_bleiben_zwei(s3, monkeypatch):
    from konferenz.s3 import S3Speicher

    freie = iter(["folien/a.png", "folien/a.png", "folien/a_2.png"])  # both find it free
    monkeypatch.setattr(S3Speicher, "get_available_name", lambda *_, **__: next(freie))
    abgelegt = [default_storage.save("folien/a.png", ContentFile(inhalt)) for inhalt in (b"eins", b"zwei")]
    assert abgelegt == ["folien/a.png", "folien/a_2.png"]
    assert [default_storage.open(name).read() for name in abgelegt] == [b"eins", b"zwei"]


def test_viele_zugleich_unter_demselben_namen_bleiben_viele(s3):
    inhalte = [b"%d" % nummer * 1000 for nummer in range(32)]
    with ThreadPoolExecutor(8) as faeden:
        abgelegt = list(faeden.map(lambda i: default_storage.save("folien/a.png", ContentFile(i)), inhalte))
    assert [default_storage.open(name).read() for name in abgelegt] == inhalte
    assert namen(s3) == set(abgelegt)


def test_mehrere_faeden_teilen_sich_den_speicher(s3):
    def hin_und_zurueck(nummer: int) -> bool:
        name = default_storage.save(f"folien/{nummer}.png", ContentFile(b"%d" % nummer * 1000))
        with default_storage.open(name) as datei:
            return datei.read() == b"%d" % nummer * 1000

    with ThreadPoolExecutor(8) as faeden:
        assert all(faeden.map(hin_und_zurueck, range(40)))
    assert len(namen(s3)) == 40


def test_keine_adresse_fuehrt_in_den_eimer(s3):
    name = default_storage.save("folien/a.png", ContentFile(b"eins"))
    with pytest.raises(ValueError, match="No address"):
        default_storage.url(name)
    rechte = s3.get_object_acl(Bucket=EIMER, Key=name)["Grants"]
    assert [recht["Grantee"].get("URI") for recht in rechte] == [None]


def test_die_einstellungen_aus_der_umgebung_fuehren_dorthin(s3, server: str):
    programm = (
        "import django; django.setup()\n"
        "from django.core.files.base import ContentFile\n"
        "from django.core.files.storage import default_storage\n"
        "print(default_storage.save('folien/a.png', ContentFile(b'eins')))"
    )
    lauf = subprocess.run(
        [sys.executable, "-c", programm],
        cwd=BASIS,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "konferenz.settings",
            "DEBUG": "1",
            "S3_URL": f"{server}/{EIMER}/",
            "S3_SCHLUESSEL": SCHLUESSEL,
            "S3_GEHEIMNIS": GEHEIMNIS,
        },
        capture_output=True,
        text=True,
    )
    assert lauf.stdout.strip() == "folien/a.png", lauf.stderr
    assert namen(s3) == {"folien/a.png"}


# --- The site on it ---


def test_bild_wird_hochgeladen_und_nur_gezeigt_wer_den_vortrag_sieht(
    s3, client: Client, fremd: Client, organisation: Client
):
    folie = FolieFactory(vortrag__konferenz__slug="fachtag", vortrag__slug="stand")
    bild = bilddatei()
    antwort = senden(
        organisation, folie.vortrag, folien__0__bild=bild, folien__0__bildbeschreibung="Ein Diagramm"
    )
    assert antwort.status_code == 302
    folie.refresh_from_db()
    assert namen(s3) == {folie.bild.name}
    adresse = f"/fachtag/vortraege/stand/bild/{folie.pk}/"
    assert [wer.get(adresse).status_code for wer in (client, fremd, organisation)] == [404, 404, 200]
    Konferenz.objects.update(status=Konferenz.Status.VEROEFFENTLICHT)
    antwort = client.get(adresse)
    bild.seek(0)
    assert antwort.getvalue() == bild.read()
    assert (antwort["Content-Type"], antwort["Content-Length"]) == ("image/png", str(bild.size))
    s3.delete_object(Bucket=EIMER, Key=folie.bild.name)
    assert client.get(adresse).status_code == 404


def test_heft_wird_gesetzt_und_ganz_oder_in_teilen_gesendet(s3, client: Client, setzer, erledigen):
    ausgabe.verlangen(veroeffentlichte(), Auswahl())
    erledigen()
    heft = Heftausgabe.objects.get()
    assert namen(s3) == {f"hefte/{heft.schluessel}.pdf"}
    ganz = client.get("/fachtag/heft.pdf")
    daten = ganz.getvalue()
    assert (ganz.status_code, daten[:8]) == (200, b"%PDF-1.7")
    teil = client.get("/fachtag/heft.pdf", headers={"Range": "bytes=5-7"})
    assert (teil.status_code, teil.getvalue(), teil["Content-Range"]) == (
        206,
        b"1.7",
        f"bytes 5-7/{len(daten)}",
    )
    assert client.get("/fachtag/heft.pdf", headers={"Range": "bytes=9999-"}).status_code == 416
    assert client.get("/fachtag/heft.pdf", headers={"If-None-Match": ganz["ETag"]}).status_code == 304


def test_fuer_einen_teil_eines_hefts_wird_nicht_das_ganze_geholt(
    s3, client: Client, setzer, erledigen, monkeypatch
):
    from konferenz.s3 import AM_STUECK, Objekt

    ausgabe.verlangen(veroeffentlichte(), Auswahl())
    erledigen()
    heft = Heftausgabe.objects.get()
    s3.put_object(Bucket=EIMER, Key=heft.datei.name, Body=bytes(20 * AM_STUECK))
    geholt, lesen = [], Objekt.readinto

    def zaehlend(objekt: Any, puffer: Any) -> int:
        geholt.append(lesen(objekt, puffer))
        return int(geholt[-1])

    monkeypatch.setattr(Objekt, "readinto", zaehlend)
    teil = client.get("/fachtag/heft.pdf", headers={"Range": "bytes=2000000-2000099"})
    assert len(teil.getvalue()) == 100
    assert sum(geholt) <= AM_STUECK


def test_heft_der_wirklichen_setzerei_zeigt_das_bild_aus_dem_eimer(s3, client: Client, erledigen):
    konferenz = veroeffentlichte()
    FolieFactory(vortrag__konferenz=konferenz, mit_bild=True)
    try:
        ausgabe.verlangen(konferenz, Auswahl())
        erledigen()
    finally:
        ausgabe.setzer().schliessen()
    with closing(pypdfium2.PdfDocument(client.get("/fachtag/heft.pdf").getvalue())) as dokument:
        bilder = [o.get_px_size() for seite in dokument for o in seite.get_objects(filter=[3])]
    assert (80, 60) in bilder
    assert not ausgabe.hinweise(konferenz)


def test_verlorenes_heft_wird_neu_gemacht(s3, client: Client, setzer, erledigen):
    ausgabe.verlangen(veroeffentlichte(), Auswahl())
    erledigen()
    s3.delete_object(Bucket=EIMER, Key=Heftausgabe.objects.get().datei.name)
    assert client.get("/fachtag/heft.pdf").status_code == 202
    erledigen()
    assert client.get("/fachtag/heft.pdf").status_code == 200


def test_aufgeraeumt_wird_was_niemand_mehr_kennt(s3, setzer, erledigen, monkeypatch):
    ausgabe.verlangen(veroeffentlichte(), Auswahl())
    erledigen()
    bekannte = namen(s3) | {FolieFactory(mit_bild=True).bild.name}
    for verwaist in (f"hefte/{'0' * 64}.pdf", "folien/verwaist.png", "quelldateien/verwaist"):
        s3.put_object(Bucket=EIMER, Key=verwaist, Body=b"alt")
    assert ausgabe.aufraeumen() == 0  # it may be being saved
    spaeter = SimpleNamespace(now=lambda: timezone.now() + timedelta(days=3))
    monkeypatch.setattr(bestellung, "timezone", spaeter)
    monkeypatch.setattr(aufbewahrung, "timezone", spaeter)
    assert (ausgabe.aufraeumen(), aufbewahrung._dateien_loeschen()) == (1, 2)
    assert namen(s3) == bekannte


def test_quelldatei_bleibt_bei_der_gruppe(s3, organisation: Client):
    gruppe = AeusserungFactory().abschnitt.arbeitsgruppe
    datei = quelldateien.ablegen(gruppe, BenutzerFactory(), "Mitschrift.txt", b"- kurze Wege")
    assert namen(s3) == {datei.datei.name}
    antwort = organisation.get(f"/admin/erfassung/quelldatei/{datei.pk}/")
    assert antwort.getvalue() == b"- kurze Wege"
    assert "Mitschrift.txt" in antwort["Content-Disposition"]


def test_archiv_nimmt_das_bild_mit(s3, organisation: Client, setzer, erledigen):
    konferenz = veroeffentlichte()
    folie = FolieFactory(vortrag__konferenz=konferenz, mit_bild=True)
    adresse = f"/admin/erfassung/konferenz/{konferenz.pk}/archiv"
    organisation.post(f"{adresse}/")
    erledigen()
    antwort = organisation.get(f"{adresse}.zip")
    assert antwort.status_code == 200
    assert any(name.startswith(f"{erzeugnisse.ORDNER}/") for name in namen(s3))
    with ZipFile(BytesIO(antwort.getvalue())) as archiv:
        (bild,) = [name for name in archiv.namelist() if "/bilder/" in f"/{name}"]
        assert archiv.read(bild) == default_storage.open(folie.bild.name).read()


@pytest.mark.django_db(transaction=True)
def test_sicherung_und_zurueck(s3, tmp_path):
    folie = FolieFactory(mit_bild=True)
    name, inhalt = folie.bild.name, default_storage.open(folie.bild.name).read()
    befehl("sicherung_erstellen", tmp_path / "s")
    _leer(s3)
    befehl("sicherung_einspielen", tmp_path / "s")
    assert Folie.objects.get().bild.name == name
    assert default_storage.open(name).read() == inhalt
    _leer(s3)
    default_storage.save(name, ContentFile(b"etwas anderes"))
    with pytest.raises(CommandError, match=r"liegt schon eine andere Datei .* im Objektspeicher"):
        befehl("sicherung_einspielen", tmp_path / "s")


def _leer(s3: Any) -> None:
    _eimer_leeren(s3)
    leeren()


# --- Gone ---


def test_ein_speicher_der_weg_ist_gilt_nicht_als_leer(weg):
    weg()
    for frage in (default_storage.exists, default_storage.open, default_storage.size):
        with pytest.raises(SpeicherWeg):
            frage("folien/a.png")
    with pytest.raises(SpeicherWeg):
        default_storage.listdir("hefte")
    with pytest.raises(SpeicherWeg):
        default_storage.save("folien/a.png", ContentFile(b"eins"))


def test_ein_eimer_der_fehlt_gilt_nicht_als_leer(s3):
    s3.delete_bucket(Bucket=EIMER)
    for frage in (default_storage.exists, default_storage.open, default_storage.listdir):
        with pytest.raises(SpeicherWeg):
            frage("folien/a.png")


def test_abgewiesene_zugangsdaten_sind_ein_ausfall(s3, monkeypatch):
    from botocore.exceptions import ClientError

    def verboten(*_: Any, **__: Any) -> None:
        antwort = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
        raise ClientError(antwort, "HeadObject")

    klient = default_storage.connection.meta.client  # type: ignore[attr-defined]
    monkeypatch.setattr(klient, "head_object", verboten)
    with pytest.raises(Speicherausfall, match="AccessDenied"):
        default_storage.exists("folien/a.png")


@pytest.mark.skipif(not GEGEBEN.hostname, reason="moto lässt jeden ein: prüft make s3-pruefen CEPH=1")
@pytest.mark.parametrize("falsch", [{"secret_key": "geraten"}, {"access_key": "niemand"}])
def test_wer_sich_nicht_ausweist_sieht_nichts_und_nichts_gilt_als_leer(s3, server: str, settings, falsch):
    name = default_storage.save("folien/a.png", ContentFile(b"eins"))
    assert requests.get(f"{server}/{EIMER}/{name}", timeout=5).status_code == 403
    settings.STORAGES = {**settings.STORAGES, "default": eingestellt(server, **falsch)}
    for frage in (default_storage.exists, default_storage.open, default_storage.listdir):
        with pytest.raises(Speicherausfall, match="lehnt ab"):
            frage("folien/a.png")
    for versuch in (default_storage.delete, lambda name: default_storage.save(name, ContentFile(b"zwei"))):
        with pytest.raises(Speicherausfall, match="lehnt ab"):
            versuch("folien/a.png")
    assert namen(s3) == {name}


def test_auf_einen_der_schweigt_wartet_nur_der_erste(settings):
    from konferenz.s3 import VERBINDUNG

    with socket.socket() as stumm:
        stumm.bind(("127.0.0.1", 0))
        stumm.listen()
        kurz = VERBINDUNG.merge(type(VERBINDUNG)(connect_timeout=0.2, read_timeout=0.2))
        adresse = f"http://127.0.0.1:{stumm.getsockname()[1]}"
        settings.STORAGES = {**settings.STORAGES, "default": eingestellt(adresse, client_config=kurz)}
        for _ in range(5):
            with pytest.raises(SpeicherWeg):
                default_storage.exists("folien/a.png")
        stumm.setblocking(False)
        for _ in range(2):  # one, and one more try
            stumm.accept()[0].close()
        with pytest.raises(BlockingIOError):
            stumm.accept()
    assert VERBINDUNG.connect_timeout + VERBINDUNG.read_timeout <= 7


def test_seiten_ohne_dateien_gehen_weiter_und_die_anderen_sagen_es(
    weg, client: Client, organisation: Client, setzer, erledigen
):
    konferenz = veroeffentlichte()
    folie = FolieFactory(vortrag__konferenz=konferenz, vortrag__slug="stand", mit_bild=True)
    ausgabe.verlangen(konferenz, Auswahl())
    erledigen()
    weg()
    for seite in ("/", "/fachtag/", "/fachtag/vortraege/stand/", "/fachtag/daten.json"):
        assert client.get(seite).status_code == 200
    for seite in ("/fachtag/heft.pdf", f"/fachtag/vortraege/stand/bild/{folie.pk}/"):
        antwort = client.get(seite)
        assert (antwort.status_code, antwort["Retry-After"]) == (503, "10")
        assert "Es liegt nicht an Ihnen" in antwort.text
    assert Heftausgabe.objects.get().fertig
    assert Speicherprobe()() == "warnung"
    assert client.get("/bereit").status_code == 200


def test_hochgeladenes_geht_nicht_halb_verloren_und_kommt_an_wenn_der_speicher_wieder_da_ist(
    weg, s3, server: str, settings, organisation: Client
):
    folie = FolieFactory()
    gesund = settings.STORAGES
    weg()
    beschreibung = "Ein Diagramm, dessen Beschreibung zu tippen eine Weile gedauert hat."

    def hochladen() -> Any:
        angaben = {"folien__0__bild": bilddatei("neu.png"), "folien__0__bildbeschreibung": beschreibung}
        return senden(organisation, folie.vortrag, **angaben)

    antwort = hochladen()
    assert antwort.status_code == 503
    assert "„neu.png“" in antwort.text
    assert beschreibung in antwort.text
    assert (Folie.objects.get().bild.name, namen(s3)) == ("", set())
    settings.STORAGES = gesund | {"default": eingestellt(server)}
    assert hochladen().status_code == 302
    assert namen(s3) == {Folie.objects.get().bild.name} == {"folien/neu.png"}


@pytest.mark.django_db(transaction=True)
def test_sicherung_ohne_dateien_wird_nicht_geschrieben(weg, tmp_path):
    FolieFactory(mit_bild=True)
    weg()
    with pytest.raises(CommandError, match="Speicher für Dateien antwortet nicht"):
        befehl("sicherung_erstellen", tmp_path / "s")
    assert list(tmp_path.glob("*s*")) == []
