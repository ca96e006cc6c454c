"""`manage.py sicherung_erstellen` and `sicherung_einspielen`: the same afterwards, or nothing at all."""

import gzip
import io
import json
import os
import shutil
import signal
import stat
import tarfile
import tomllib
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache, partial
from hashlib import sha256
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyrage
import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axes.models import AccessLog
from django.apps import apps
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache as zwischenspeicher
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import konferenz
from arbeitsgruppen.ausgabe import Zustand, verlangen
from arbeitsgruppen.auswahl import Auswahl, Form
from arbeitsgruppen.models import (
    Abkuerzung,
    Abschnitt,
    Aeusserung,
    Arbeitsgruppe,
    Bearbeitung,
    ErloscheneKennung,
    Thema,
)
from arbeitsgruppen.suchwoerter import nachtragen
from konferenz import zweiter_faktor
from konferenz.berechtigungen import MINISTERIUM, MODERATION
from konferenz.models import Folie, Konferenz, Pflichtseite
from konferenz.sicherung import Sicherungsfehler, bestand, einspielen, verschluesselung
from konferenz.sicherung.bestand import ENTSTEHT_NEU, Bestand, Kopf, gezaehlt, zaehlerstand
from konferenz.sicherung.teile import Schreiber, lesen, sicherer_name
from konferenz.sicherung.verschluesselung import Entschluesselnd, Verschluesselnd
from konferenz.speicher import UNFERTIG
from konferenz.verlauf import vorgang
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    BenutzerFactory,
    FolieFactory,
    ImportstandFactory,
    KommentarFactory,
    KonferenzFactory,
    NotizFactory,
    PflichtseiteFactory,
    QuelldateiFactory,
    RueckmeldungFactory,
    TextseiteFactory,
    WeiterfuehrungFactory,
)

if TYPE_CHECKING:
    from tests.conftest import Anlage

KENNWORT = "Zwölf Boxkämpfer jagen Viktor"
GRUNDAUSSTATTUNG = (
    ("konferenz.migrations.0006_pflichtseiten", "anlegen"),
    ("arbeitsgruppen.migrations.0007_abkuerzungen", "anlegen"),
)
mit_datenbank = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _wenig_arbeit(monkeypatch) -> None:
    """Let a passphrase cost nothing; what it really costs is in the format itself."""
    monkeypatch.setattr(verschluesselung, "ARBEIT", 4)
    monkeypatch.delenv("SICHERUNG_KENNWORT", raising=False)


def befehl(*argumente: Any) -> tuple[str, str]:
    """Return what a command says on its two outputs."""
    ausgabe, fehler = StringIO(), StringIO()
    call_command(*map(str, argumente), stdout=ausgabe, stderr=fehler)
    return ausgabe.getvalue(), fehler.getvalue()


@cache
def modelle_der_migrationen() -> Any:
    """Return the models as migrations see them: without signals."""
    return MigrationLoader(None).project_state().apps


def leeren() -> None:
    """Make the installation as it is after `migrate`, and its folder of media empty."""
    call_command("flush", verbosity=0, interactive=False)
    for modul, funktion in GRUNDAUSSTATTUNG:
        getattr(import_module(modul), funktion)(modelle_der_migrationen(), None)
    shutil.rmtree(default_storage.location, ignore_errors=True)  # type: ignore[attr-defined]


def abzug() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table that a backup holds, with what the database makes of it itself."""
    return {
        modell._meta.label_lower: list(
            modell._base_manager.order_by("pk").values_list(
                *[feld.attname for feld in modell._meta.local_concrete_fields]
            )
        )
        for modell in Bestand.vorhandener().modelle()
    }


def medien() -> dict[str, str]:
    """Return the hash of each file that is stored, but for the Hefte."""
    wurzel = Path(default_storage.location)  # type: ignore[attr-defined]
    dateien = [
        pfad
        for pfad in wurzel.rglob("*")
        if pfad.parent.name != "hefte" and not pfad.name.startswith(UNFERTIG) and pfad.is_file()
    ]
    return {str(pfad.relative_to(wurzel)): sha256(pfad.read_bytes()).hexdigest() for pfad in dateien}


def zaehlerstaende() -> dict[str, int]:
    """Return the highest number that each table ever gave."""
    return {m._meta.label_lower: zaehlerstand(m) for m in Bestand.vorhandener().alle() if gezaehlt(m)}


def seiten() -> dict[str, bytes]:
    """Return what the public reads."""
    zwischenspeicher.clear()
    leser = Client()
    adressen = ["/", "/impressum/", "/feed.atom", "/suche/?q=Ehrenamt", "/suche/?q=IM", "/sitemap.xml"]
    for k in Konferenz.objects.oeffentlich():
        basis = k.get_absolute_url()
        adressen += [basis, f"{basis}daten.json", f"{basis}daten.csv", f"{basis}vergleich/"]
        adressen += [gruppe.get_absolute_url() for gruppe in k.arbeitsgruppen.all()]
        adressen += [vortrag.get_absolute_url() for vortrag in k.vortraege.all()]
    return {adresse: b"".join(leser.get(adresse)) for adresse in adressen}


def wege() -> dict[str, tuple[int, str]]:
    """Return where the permanent addresses of all statements lead, of those that are gone, too."""
    leser = Client()
    kennungen = {*Aeusserung.history.values_list("kennung", flat=True)}
    kennungen |= {*ErloscheneKennung.objects.values_list("kennung", flat=True)}
    antworten = {kennung: leser.get(f"/a/{kennung}") for kennung in sorted(kennungen)}
    return {k: (antwort.status_code, antwort.headers.get("Location", "")) for k, antwort in antworten.items()}


def hefte() -> dict[str, str]:
    """Return the hashes of all that goes into the Hefte."""
    return {
        f"{konferenz.slug} {form} {alles}": Zustand.von(konferenz, alles=alles).schluessel(Auswahl(form=form))
        for konferenz in Konferenz.objects.all()
        for form in Form.values
        for alles in (False, True)
    }


@pytest.fixture
def bewegte(transactional_db, echte_themen: Konferenz) -> Konferenz:
    """Return the real conference after weeks of work: edited, commented, with deleted things and drafts."""
    for modul, funktion in GRUNDAUSSTATTUNG[:1]:
        if not Pflichtseite.objects.exists():
            getattr(import_module(modul), funktion)(modelle_der_migrationen(), None)
    gruppe = echte_themen.arbeitsgruppen.get(nummer=3)
    moderation = BenutzerFactory(
        username="moderation", first_name="Ayşe", rolle=MODERATION, rolle__gruppen=[gruppe]
    )
    ministerium = BenutzerFactory(username="ministerium", rolle=MINISTERIUM)
    erste, zweite, dritte, *_ = Aeusserung.objects.eintraege().filter(abschnitt__arbeitsgruppe=gruppe)
    with vorgang("Erfassung"):
        erste.umformulieren("Kein Wort davon stimmt – 100 % „anders“ 🙂 \t<b>", gruppe)
        erste.save()
        WeiterfuehrungFactory(kennung=zweite.kennung, nachfolger=erste.kennung)
        zweite.delete()
    AeusserungFactory(abschnitt=erste.abschnitt, uebergeordnet=erste, position=7, text="Ein Unterpunkt")
    KommentarFactory(arbeitsgruppe=gruppe, aeusserung=dritte, verfasst_von=ministerium, text="Wirklich?")
    KommentarFactory(arbeitsgruppe=gruppe, verfasst_von=None, erledigt=timezone.now())
    ErloscheneKennung.objects.create(kennung="zzzzzz", geloescht=date(2020, 2, 29))
    ErloscheneKennung.objects.create(kennung="yyyyyy", geloescht=date(2021, 1, 1), oeffentlich=False)
    Abkuerzung.objects.get(schreibweisen__startswith="ABH").delete()
    Thema.objects.latest("pk").delete()
    vortrag = echte_themen.vortraege.get()
    FolieFactory(vortrag=vortrag, mit_bild=True)
    FolieFactory(vortrag=vortrag, mit_bild=True).delete()
    QuelldateiFactory(arbeitsgruppe=gruppe, hochgeladen_von=moderation)
    QuelldateiFactory(arbeitsgruppe=gruppe, datei__data=os.urandom(3000)).delete()
    Bearbeitung.objects.create(
        arbeitsgruppe=gruppe,
        konto=moderation,
        zuletzt=timezone.now(),
        entwurf={"z": [1, None, "ü\u2028"], "a": {}},
    )
    ImportstandFactory(konferenz=echte_themen)
    NotizFactory(konferenz=echte_themen, erledigt=True)
    TextseiteFactory(konferenz=echte_themen, seite=90)
    PflichtseiteFactory(art=Pflichtseite.Art.IMPRESSUM, text="# Wir\n\nEin eigener Text.")
    RueckmeldungFactory()
    LogEntry.objects.create(
        user=ministerium,
        content_type=ContentType.objects.get_for_model(Konferenz),
        object_id=str(echte_themen.pk),
        action_flag=ADDITION,
    )
    AccessLog.objects.create(username="moderation", ip_address="192.0.2.1")
    geheimnis = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    jetzt = format_hotp_value(hotp_value(geheimnis, zweiter_faktor.uhr()))
    assert zweiter_faktor.einrichten(moderation, geheimnis, jetzt)
    entwurf = KonferenzFactory(slug="entwurf-2022", beginn="09:30", ende="16:00:00.000001")
    KonferenzFactory(slug="weg").delete()
    AbschnittFactory(arbeitsgruppe__konferenz=entwurf, arbeitsgruppe__in_bearbeitung=True)
    return echte_themen


@pytest.mark.parametrize("kennwort", ["", KENNWORT])
def test_nach_dem_einspielen_ist_alles_dasselbe(bewegte, tmp_path, monkeypatch, kennwort) -> None:
    if kennwort:
        monkeypatch.setenv("SICHERUNG_KENNWORT", kennwort)
    vorher = abzug(), medien(), zaehlerstaende(), seiten(), wege(), hefte()
    assert len(vorher[1]) == 4  # the two in the bin, too
    leere = {name for name, zeilen in vorher[0].items() if not zeilen}
    assert leere == {  # everything else is really looked at
        "account.emailaddress",
        "account.emailconfirmation",
        "auth.group_permissions",
        "auth.user_user_permissions",
        "axes.accessattempt",
        "axes.accessattemptexpiration",
        "axes.accessfailurelog",
        "socialaccount.socialaccount",
        "socialaccount.socialapp",
        "socialaccount.socialtoken",
    }
    gesagt, fehler = befehl("sicherung_erstellen", tmp_path / "s")
    assert ("nicht verschlüsselt" in gesagt, fehler) == (not kennwort, "")
    leeren()
    assert abzug() != vorher[0]
    gesagt, fehler = befehl("sicherung_einspielen", tmp_path / "s")
    assert "Eingespielt" in gesagt
    assert fehler == ""
    for name, zeilen in abzug().items():
        assert zeilen == vorher[0][name], name
    assert (medien(), zaehlerstaende(), seiten(), wege(), hefte()) == vorher[1:]


def test_danach_laesst_sich_weiterarbeiten_und_keine_nummer_kommt_wieder(bewegte, tmp_path) -> None:
    AeusserungFactory(abschnitt__arbeitsgruppe=bewegte.arbeitsgruppen.first()).delete()
    befehl("sicherung_erstellen", tmp_path / "s")
    leeren()
    befehl("sicherung_einspielen", tmp_path / "s")
    hoechste = Aeusserung.history.order_by("-id").values_list("id", flat=True).first()
    neue = AeusserungFactory()
    assert neue.pk > hoechste  # else it would inherit the history of the deleted one
    assert neue.history.count() == 1
    assert User.objects.get(username="moderation").check_password("geheim-und-lang-genug")
    assert "Unterpunkt" in str(Aeusserung.objects.get(text="Ein Unterpunkt").gefaltet).title()
    with pytest.raises(IntegrityError, match="unterpunkt_bei_seiner_aeusserung"):
        AeusserungFactory(
            uebergeordnet=Aeusserung.objects.get(text="Ein Unterpunkt"), abschnitt=neue.abschnitt
        )


def test_was_nicht_gesichert_wird_entsteht_neu(bewegte, tmp_path, setzer, erledigen, client) -> None:
    ausgabe = verlangen(bewegte, Auswahl())
    erledigen()
    nachtragen()
    worte = set(apps.get_model("arbeitsgruppen.suchwort").objects.values_list("wort", flat=True))
    client.force_login(User.objects.get(username="moderation"))
    befehl("sicherung_erstellen", tmp_path / "s")
    leeren()
    befehl("sicherung_einspielen", tmp_path / "s")
    assert client.get("/admin/").status_code == 302  # signed out
    neue = verlangen(bewegte, Auswahl())
    assert (neue.schluessel, neue.fertig) == (ausgabe.schluessel, None)
    erledigen()
    assert verlangen(bewegte, Auswahl()).fertig
    nachtragen()
    assert set(apps.get_model("arbeitsgruppen.suchwort").objects.values_list("wort", flat=True)) == worte


@mit_datenbank
def test_jede_tabelle_ist_in_der_sicherung_oder_als_neu_entstehend_benannt() -> None:
    alle = {modell._meta.label_lower for modell in apps.get_models(include_auto_created=True)}
    gesicherte = {modell._meta.label_lower for modell in Bestand.vorhandener().modelle()}
    assert gesicherte | ENTSTEHT_NEU == alle
    assert not gesicherte & ENTSTEHT_NEU


def sqlite_befehl(ort: "Anlage", datei: Path) -> None:
    """Have an installation use another database, one on SQLite."""
    ort.umgebung |= {"DATABASE_URL": f"sqlite:///{datei}", "MEDIA_ROOT": f"{datei}-medien"}


def inhalt(datei: Path, kennwort: str = "") -> dict[str, Any]:
    """Return the parts of a backup; rows as values, of the head only the tables."""
    with datei.open("rb") as offen:
        teile: dict[str, Any] = {name: teil.read() for name, teil in lesen(offen, kennwort)}
    for name in teile:
        if name.startswith("daten/"):
            teile[name] = [json.loads(zeile) for zeile in teile[name].splitlines()]
    teile["kopf.json"] = json.loads(teile["kopf.json"])["tabellen"]
    del teile["LIESMICH.txt"]
    return teile


def test_von_sqlite_nach_postgresql_und_zurueck_bleibt_alles_gleich(
    bewegte, anlage: "Callable[[], Anlage]", tmp_path
) -> None:
    befehl("sicherung_erstellen", tmp_path / "1")
    erwartet = inhalt(tmp_path / "1")
    if connection.vendor == "sqlite":
        # The other direction is run by the tests on PostgreSQL; here another SQLite, in a process of its own.
        ziele = [tmp_path / "b.sqlite3"]
    else:
        ziele = [tmp_path / "b.sqlite3", tmp_path / "c.sqlite3"]
    ort = anlage()
    letzte = tmp_path / "1"
    for nummer, ziel in enumerate(ziele, 2):
        if nummer == 3:  # by way of PostgreSQL
            leeren()
            befehl("sicherung_einspielen", letzte)
            befehl("sicherung_erstellen", letzte := tmp_path / "zurueck")
            assert inhalt(letzte) == erwartet
        sqlite_befehl(ort, ziel)
        ort.erledigt("migrate", "--verbosity", "0")
        assert "Eingespielt" in ort.erledigt("sicherung_einspielen", str(letzte))
        ort.erledigt("sicherung_erstellen", str(letzte := tmp_path / str(nummer)))
        assert inhalt(letzte) == erwartet


# Whoever saves changes two rows together; a backup in between must see both or none.
SCHREIBEN = """
    import itertools
    from pathlib import Path
    from django.db import transaction
    from konferenz.models import Notiz
    from konferenz.verlauf import vorgang

    for n in itertools.count(1):
        if Path("{ende}").exists():
            break
        with vorgang("Probe"), transaction.atomic():
            for zeile in (1, 2):
                notiz = Notiz.objects.select_for_update().get(zeile=zeile)
                notiz.text = f"Stand {{int(notiz.text.split()[1]) + 1}}"
                notiz.save()
    print("Runden:", n)
"""


def test_die_sicherung_zeigt_einen_augenblick_waehrend_andere_schreiben(
    transactional_db, anlage: "Callable[[], Anlage]", tmp_path
) -> None:
    konferenz = KonferenzFactory()
    for zeile in (1, 2):
        NotizFactory(konferenz=konferenz, zeile=zeile, text="Stand 0")
    ort, ende = anlage(), tmp_path / "ende"

    def anders(vorher: list[tuple[Any, ...]]) -> bool:
        return ort.sql("SELECT text FROM konferenz_notiz") != vorher

    schreibende = [ort.python_starten(SCHREIBEN.format(ende=ende)) for _ in range(2)]
    staende = []
    for nummer in range(3):
        vorher = ort.sql("SELECT text FROM konferenz_notiz")
        ort.warten(partial(anders, vorher))
        ort.erledigt("sicherung_erstellen", str(datei := tmp_path / f"{nummer}"))
        teile = inhalt(datei)
        modell = next(t for t in teile["kopf.json"] if t["modell"] == "konferenz.notiz")
        stelle = modell["felder"].index("text")
        texte = [zeile[stelle] for zeile in teile["daten/konferenz.notiz/0001.jsonl"]]
        assert texte[0] == texte[1]
        staende.append(int(texte[0].split()[1]))
        verlauf = [z for name, t in teile.items() if "historicalnotiz" in name for z in t]
        assert len(verlauf) == 2 + 2 * staende[-1]
    ende.touch()
    for prozess in schreibende:
        assert prozess.wait(30) == 0, ort.protokoll(prozess)
    assert staende == sorted(set(staende))


def test_was_nach_dem_augenblick_kommt_ist_nicht_dabei_und_muss_nicht_warten(
    transactional_db, anlage: "Callable[[], Anlage]"
) -> None:
    KonferenzFactory(titel="Vorher")
    gesagt = anlage().python(
        """
        from django.db import connections
        from konferenz.models import Konferenz
        from konferenz.sicherung.bestand import schnappschuss

        with schnappschuss():
            andere = connections.create_connection("default")
            with andere.cursor() as zeiger:
                zeiger.execute("UPDATE konferenz_konferenz SET titel = 'Nachher'")
            andere.close()
            print(Konferenz.objects.get().titel)
        print(Konferenz.objects.get().titel)
        """
    )
    assert gesagt.split() == ["Vorher", "Nachher"]


@mit_datenbank
def test_fehlende_dateien_werden_genannt_und_der_rest_ist_gesichert(tmp_path) -> None:
    folie, ersetzte = FolieFactory(mit_bild=True), FolieFactory(mit_bild=True)
    frueher = ersetzte.bild.name
    ersetzte.bild.save("neu.png", ContentFile(b"neu"))
    for name in (folie.bild.name, frueher):
        default_storage.delete(name)
    with pytest.raises(CommandError, match=rf"geschrieben, aber 1 Datei fehlt .*{folie.bild.name}") as fehler:
        befehl("sicherung_erstellen", tmp_path / "s")
    assert fehler.value.returncode == 3
    leeren()
    gesagt, gewarnt = befehl("sicherung_einspielen", tmp_path / "s")
    assert "1 Datei," in gesagt
    assert "2 Dateien: " in gewarnt
    assert folie.bild.name in gewarnt
    assert frueher in gewarnt
    assert Folie.objects.get(pk=ersetzte.pk).bild.read() == b"neu"


@mit_datenbank
def test_nur_noch_im_verlauf_genannte_dateien_sind_kein_fehler(tmp_path) -> None:
    folie = FolieFactory(mit_bild=True)
    frueher = folie.bild.name
    folie.bild.save("neu.png", ContentFile(b"neu"))
    default_storage.delete(frueher)
    _, gewarnt = befehl("sicherung_erstellen", tmp_path / "s")
    assert frueher in gewarnt


@mit_datenbank
def test_die_datei_liest_niemand_sonst_und_halbes_bleibt_nie_liegen(tmp_path, monkeypatch) -> None:
    befehl("sicherung_erstellen", tmp_path / "s")
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600
    with pytest.raises(CommandError, match="gibt es schon"):
        befehl("sicherung_erstellen", tmp_path / "s")
    vorher = (tmp_path / "s").read_bytes()

    def voll(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Schreiber, "teil", voll)
    with pytest.raises(CommandError, match="ließ sich nicht schreiben"):
        befehl("sicherung_erstellen", tmp_path / "s", "--ersetzen")
    assert [pfad.name for pfad in tmp_path.iterdir() if pfad.is_file()] == ["s"]
    assert (tmp_path / "s").read_bytes() == vorher


@mit_datenbank
def test_eine_inzwischen_angelegte_datei_wird_nicht_ersetzt(tmp_path, monkeypatch) -> None:
    ziel = tmp_path / "s"
    monkeypatch.setattr(
        "konferenz.management.commands.sicherung_erstellen.pruefen", lambda *_: ziel.write_text("von anderen")
    )
    with pytest.raises(CommandError, match="ließ sich nicht schreiben"):
        befehl("sicherung_erstellen", ziel)
    assert ziel.read_text() == "von anderen"


@mit_datenbank
@pytest.mark.parametrize("name", ["", "gibtesnicht/s", "x" * 300])
def test_ein_ziel_das_nicht_geht_wird_vorher_abgelehnt(tmp_path, name) -> None:
    with pytest.raises(CommandError, match=r"Ordner|nicht schreiben"):
        befehl("sicherung_erstellen", tmp_path / name)


@mit_datenbank
def test_das_kennwort_kommt_aus_umgebung_oder_datei_und_nie_aus_der_befehlszeile(
    tmp_path, monkeypatch
) -> None:
    KonferenzFactory()
    (tmp_path / "kennwort").write_text(f"{KENNWORT}\nzweite Zeile\n")
    gesagt, _ = befehl("sicherung_erstellen", tmp_path / "s", "--kennwortdatei", tmp_path / "kennwort")
    assert "verschlüsselt)" in gesagt
    with pytest.raises(CommandError, match="Es fehlt das Kennwort"):
        befehl("sicherung_einspielen", tmp_path / "s", "--nur-pruefen")
    monkeypatch.setenv("SICHERUNG_KENNWORT", KENNWORT + "!")
    with pytest.raises(CommandError, match="Kennwort passt nicht"):
        befehl("sicherung_einspielen", tmp_path / "s", "--nur-pruefen")
    monkeypatch.setenv("SICHERUNG_KENNWORT", KENNWORT)
    assert "lässt sich einspielen" in befehl("sicherung_einspielen", tmp_path / "s", "--nur-pruefen")[0]


@mit_datenbank
@pytest.mark.parametrize(
    ("argumente", "umgebung", "meldung"),
    [
        (["--verschluesseln"], "", "Es fehlt das Kennwort"),
        ([], "kurz", "zu kurz"),
        ([], "", "gesetzt, aber leer"),
        (["--kennwortdatei", "/gibtesnicht"], "", "nicht lesbar"),
        (["--kennwortdatei", os.devnull], "", "leer"),
    ],
)
def test_ohne_brauchbares_kennwort_entsteht_keine_offene_sicherung(
    tmp_path, monkeypatch, argumente, umgebung, meldung
) -> None:
    monkeypatch.setenv("SICHERUNG_KENNWORT", umgebung)
    with pytest.raises(CommandError, match=meldung):
        befehl("sicherung_erstellen", tmp_path / "s", *argumente)
    assert not (tmp_path / "s").exists()


@mit_datenbank
@pytest.mark.parametrize(
    "fuellen",
    [
        lambda: User.objects.create_user("jemand"),
        lambda: KonferenzFactory().delete(),
        lambda: PflichtseiteFactory(text="Ein eigenes Impressum"),
        lambda: Abkuerzung.objects.earliest("pk").delete(),
        lambda: ErloscheneKennung.objects.create(kennung="zzzzzz", geloescht=date(2020, 1, 1)),
        RueckmeldungFactory,
    ],
)
def test_eine_installation_mit_inhalt_wird_nicht_angeruehrt(tmp_path, fuellen) -> None:
    leeren()
    befehl("sicherung_erstellen", tmp_path / "s")
    befehl("sicherung_einspielen", tmp_path / "s")  # into a fresh one it goes, time and again
    befehl("sicherung_einspielen", tmp_path / "s")
    fuellen()
    vorher = abzug()
    with pytest.raises(CommandError, match="nicht leer"):
        befehl("sicherung_einspielen", tmp_path / "s")
    assert abzug() == vorher


@mit_datenbank
def test_in_den_medien_wird_nichts_ueberschrieben_und_gleiches_stoert_nicht(tmp_path) -> None:
    name = FolieFactory(mit_bild=True).bild.name
    befehl("sicherung_erstellen", tmp_path / "s")
    bild = default_storage.open(name).read()
    leeren()
    default_storage.save(name, ContentFile(b"etwas anderes"))
    vorher = abzug()
    with pytest.raises(CommandError, match="liegt schon eine andere Datei"):
        befehl("sicherung_einspielen", tmp_path / "s")
    assert (abzug(), default_storage.open(name).read()) == (vorher, b"etwas anderes")
    default_storage.delete(name)
    default_storage.save(name, ContentFile(bild))  # as after an attempt that was cut off
    befehl("sicherung_einspielen", tmp_path / "s")
    assert medien().keys() == {name}


@mit_datenbank
def test_ganz_oder_gar_nicht_auch_wenn_am_ende_eine_datei_nicht_geht(tmp_path, monkeypatch) -> None:
    for _ in range(3):
        FolieFactory(mit_bild=True)
    befehl("sicherung_erstellen", tmp_path / "s")
    leeren()
    vorher, speichern, rest = (
        abzug(),
        default_storage.save,
        [1, 1],
    )

    def voll(name: str, datei: Any) -> str:
        if not rest:
            raise OSError(28, "No space left on device")
        rest.pop()
        return speichern(name, datei)

    monkeypatch.setattr(default_storage, "save", voll)
    with pytest.raises(CommandError, match="nicht unter MEDIA_ROOT ablegen"):
        befehl("sicherung_einspielen", tmp_path / "s")
    assert (abzug(), medien()) == (vorher, {})
    monkeypatch.undo()
    befehl("sicherung_einspielen", tmp_path / "s")
    assert len(medien()) == 3


@mit_datenbank
def test_danach_ist_der_zwischenspeicher_leer_und_ein_kaputter_macht_nichts_ungeschehen(
    tmp_path, monkeypatch
) -> None:
    KonferenzFactory()
    befehl("sicherung_erstellen", tmp_path / "s")
    leeren()
    zwischenspeicher.set("seite", "von vorher")
    befehl("sicherung_einspielen", tmp_path / "s")
    assert zwischenspeicher.get("seite") is None
    leeren()

    def kaputt(_: Any) -> None:
        raise RuntimeError("Redis antwortet nicht")

    with monkeypatch.context() as m:
        m.setattr(type(caches["default"]), "clear", kaputt)
        gesagt, gewarnt = befehl("sicherung_einspielen", tmp_path / "s")
    assert "Eingespielt" in gesagt
    assert "Redis antwortet nicht" in gewarnt
    assert Konferenz.objects.exists()


@mit_datenbank
def test_sigterm_bricht_ab_wie_strg_c_und_laesst_nichts_liegen(tmp_path, monkeypatch) -> None:
    for _ in range(2):
        FolieFactory(mit_bild=True)
    befehl("sicherung_erstellen", tmp_path / "s")
    vorher = signal.getsignal(signal.SIGTERM)

    def beenden(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as m:
        m.setattr("konferenz.sicherung.erstellen._datei_schreiben", beenden)
        with pytest.raises(CommandError, match=r"Abgebrochen\. Es wurde nichts geschrieben"):
            befehl("sicherung_erstellen", tmp_path / "t")
    assert {pfad.name for pfad in tmp_path.iterdir()} == {"s", "medien"}
    leeren()
    leer, ablegen = abzug(), einspielen._ablegen

    def ablegen_und_beenden(*was: Any) -> None:
        ablegen(*was)
        beenden()

    with monkeypatch.context() as m:
        m.setattr(einspielen, "_ablegen", ablegen_und_beenden)
        with pytest.raises(CommandError, match=r"Abgebrochen\. Es wurde nichts geändert"):
            befehl("sicherung_einspielen", tmp_path / "s")
    assert (abzug(), medien()) == (leer, {})
    assert signal.getsignal(signal.SIGTERM) == vorher


def test_ein_getoetetes_einspielen_laesst_die_datenbank_leer_und_geht_noch_einmal(
    transactional_db, anlage: "Callable[[], Anlage]", tmp_path
) -> None:
    for _ in range(40):
        FolieFactory(mit_bild=True)
    befehl("sicherung_erstellen", tmp_path / "s")
    bilder = medien()
    leeren()
    ort = anlage()
    for ab in (1, 20):
        prozess = ort.starten("sicherung_einspielen", str(tmp_path / "s"))
        ort.warten(partial(lambda ab: len(medien()) >= ab, ab))
        prozess.kill()
        if prozess.wait() == 0:  # it was faster
            break
        assert ort.sql("SELECT count(*) FROM konferenz_folie") == [(0,)]
        assert medien().items() <= bilder.items()  # what is there is whole
    else:
        ort.erledigt("sicherung_einspielen", str(tmp_path / "s"))
    assert ort.sql("SELECT count(*) FROM konferenz_folie") == [(40,)]
    assert medien() == bilder


def umgeschrieben(datei: Path, aendern: Callable[[str, bytes], bytes | None], kennwort: str = "") -> Path:
    """Return a backup with other contents but right hashes, as a forger makes it."""
    ziel = datei.with_name(f"{datei.name}-gefaelscht")
    with datei.open("rb") as alt, ziel.open("wb") as neu, Schreiber(neu, kennwort) as schreiber:
        for name, teil in lesen(alt, kennwort):
            if (geaendert := aendern(name, teil.read())) is not None:
                schreiber.teil(name, io.BytesIO(geaendert))
    return ziel


def im_kopf(**werte: Any) -> Callable[[str, bytes], bytes]:
    """Return what changes the head of a backup."""

    def aendern(name: str, daten: bytes) -> bytes:
        return json.dumps(json.loads(daten) | werte).encode() if name == "kopf.json" else daten

    return aendern


def in_daten(teil: str, neu: Callable[[list[Any]], Any]) -> Callable[[str, bytes], bytes]:
    """Return what changes the first row of a part."""

    def aendern(name: str, daten: bytes) -> bytes:
        if not name.startswith(f"daten/{teil}/"):
            return daten
        erste, *weitere = daten.splitlines(keepends=True)
        return json.dumps(neu(json.loads(erste))).encode() + b"\n" + b"".join(weitere)

    return aendern


def setzen(stelle: int, wert: Any) -> Callable[[list[Any]], list[Any]]:
    return lambda zeile: [*zeile[:stelle], wert, *zeile[stelle + 1 :]]


FAELSCHUNGEN: dict[str, tuple[Callable[[str, bytes], bytes | None], str]] = {
    "andere Art": (im_kopf(art="Einkaufszettel"), "keine Sicherung"),
    "Format": (im_kopf(format=2, fassung="9.9"), "Format 2.*mindestens die Fassung 9.9"),
    "kein Kopf": (lambda name, daten: None if name == "kopf.json" else daten, "vor „kopf.json“"),
    "leerer Kopf": (lambda name, daten: b"[]" if name == "kopf.json" else daten, "kopf.json.*nicht lesbar"),
    "Zähler": (im_kopf(zaehler={"arbeitsgruppen.heftausgabe": "1; DROP"}), "kopf.json.*nicht lesbar"),
    "neuere": (
        im_kopf(fassung="0.9", migrationen={"konferenz": ["9999_morgen"]}),
        "neueren Fassung.*konferenz.9999_morgen.*mindestens die Fassung 0.9",
    ),
    "Baustein": (im_kopf(migrationen={"allauth": ["0001_initial"]}), "Bausteinen.*allauth"),
    "lose Migration": (
        im_kopf(migrationen={"konferenz": ["0006_pflichtseiten"]}),
        "gehören nicht zusammen",
    ),
    "fremde Tabelle": (
        lambda name, daten: im_kopf(tabellen=[])(name, daten),
        "gehört zu keiner Tabelle",
    ),
    "zu kurz": (
        in_daten("konferenz.konferenz", lambda zeile: zeile[1:]),
        "Zeile 1 im Teil.*konferenz.konferenz",
    ),
    "kein Tag": (
        in_daten(
            "konferenz.konferenz", lambda zeile: ["kein Tag" if w == "2021-04-21" else w for w in zeile]
        ),
        "Zeile 1 im Teil.*konferenz.konferenz",
    ),
    "leer": (in_daten("konferenz.konferenz", setzen(1, None)), "Zeile 1 im Teil.*konferenz.konferenz"),
    "Liste": (in_daten("konferenz.konferenz", setzen(1, ["a"])), "ist eine Liste"),
    "Regel": (in_daten("konferenz.konferenz", setzen(2, "admin")), "Zeile 1 .*konferenz_slug_frei"),
    "riesig": (in_daten("konferenz.konferenz", setzen(0, 10**30)), "Zeile 1 im Teil"),
    "halbes Zeichen": (in_daten("konferenz.konferenz", setzen(1, "\ud800")), "Zeile 1 im Teil"),
    "ohne Eltern": (in_daten("arbeitsgruppen.abschnitt", setzen(1, 987654321)), "passen nicht zusammen"),
    "Zeile fehlt": (
        lambda name, daten: b"" if name.startswith("daten/konferenz.folie/") else daten,
        "konferenz.folie sind 0 Zeilen",
    ),
    "aus dem Ordner": (
        lambda name, daten: daten,  # see the test
        "führt aus dem Ordner",
    ),
}


@mit_datenbank
@pytest.mark.parametrize("art", FAELSCHUNGEN)
def test_gefaelschtes_wird_abgelehnt_und_nichts_geaendert(tmp_path, art) -> None:
    tagung = KonferenzFactory(datum=date(2021, 4, 21))
    AbschnittFactory(arbeitsgruppe__konferenz=tagung)
    FolieFactory(vortrag__konferenz=tagung, mit_bild=True)
    aendern, meldung = FAELSCHUNGEN[art]
    befehl("sicherung_erstellen", tmp_path / "s")
    falsche = umgeschrieben(tmp_path / "s", aendern)
    if art == "aus dem Ordner":
        with falsche.open("wb") as datei, Schreiber(datei) as schreiber, (tmp_path / "s").open("rb") as alt:
            for name, teil in lesen(alt):
                schreiber.teil(name, io.BytesIO(teil.read()))
            schreiber.text("medien/../../boese.txt", "x")
    leeren()
    vorher = abzug(), zaehlerstaende()
    with pytest.raises(CommandError, match=meldung):
        befehl("sicherung_einspielen", falsche)
    assert (abzug(), zaehlerstaende(), medien()) == (*vorher, {})
    befehl("sicherung_einspielen", tmp_path / "s")  # the right one goes


@mit_datenbank
@pytest.mark.parametrize("kennwort", ["", KENNWORT])
def test_jede_abgeschnittene_oder_fremde_datei_wird_abgelehnt(tmp_path, monkeypatch, kennwort) -> None:
    if kennwort:
        monkeypatch.setenv("SICHERUNG_KENNWORT", kennwort)
    befehl("sicherung_erstellen", tmp_path / "s")
    ganze = (tmp_path / "s").read_bytes()
    vorher = abzug()
    for laenge in (0, 1, 20, 100, 300, len(ganze) // 2, len(ganze) - 1):
        (tmp_path / "kurz").write_bytes(ganze[:laenge])
        with pytest.raises(CommandError, match=r"leer|keine Sicherung|beschädigt|abgeschnitten"):
            befehl("sicherung_einspielen", tmp_path / "kurz")
    (tmp_path / "fremd").write_bytes(gzip.compress(b"irgendetwas"))
    for fremde in (
        tmp_path / "fremd",
        tmp_path,
        tmp_path / "gibtesnicht",
        Path("manage.py"),
        Path(os.devnull),
    ):
        with pytest.raises(CommandError):
            befehl("sicherung_einspielen", fremde)
    assert abzug() == vorher


def test_verweise_und_geraete_im_archiv_werden_abgelehnt(tmp_path) -> None:
    verweis = tarfile.TarInfo("kopf.json")
    verweis.type, verweis.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(tmp_path / "s", "w:gz") as tar:
        tar.addfile(verweis)
    with (tmp_path / "s").open("rb") as datei, pytest.raises(Sicherungsfehler, match="ist keine Datei"):
        list(lesen(datei))


@pytest.mark.parametrize("name", ["", "../x", "/etc/passwd", "a/../b", "a//b", "./a", "a\\b", "a\0b", "a/"])
def test_namen_die_hinausfuehren_sind_nicht_sicher(name) -> None:
    assert not sicherer_name(name)
    assert sicherer_name("folien/Übersicht 1.png")


@pytest.fixture
def aelterer_stand(transactional_db) -> Iterator[list[tuple[str, str]]]:
    """Bring the database back to an earlier version, and in the end whatever happens to the present one."""
    damals = [("arbeitsgruppen", "0005_befunde"), ("konferenz", "0005_faltung")]
    MigrationExecutor(connection).migrate(damals)
    yield damals
    call_command("migrate", verbosity=0)


def test_eine_aeltere_sicherung_wird_auf_den_heutigen_stand_gebracht(aelterer_stand, tmp_path) -> None:
    damalige = Bestand.vorhandener().apps
    modelle = damalige.get_model
    tagung = modelle("konferenz.konferenz").objects.create(
        titel="Früher", slug="frueher", datum=date(2019, 5, 1)
    )
    gruppe = modelle("arbeitsgruppen.arbeitsgruppe").objects.create(
        konferenz=tagung, nummer=1, titel="Wohnen"
    )
    abschnitt = modelle("arbeitsgruppen.abschnitt").objects.create(
        arbeitsgruppe=gruppe, ueberschrift="Was hakt?", position=1
    )
    aeusserungen = modelle("arbeitsgruppen.aeusserung").objects
    erste = aeusserungen.create(abschnitt=abschnitt, text="Mieten", position=1, kennung="bcdfgh")
    aeusserungen.create(
        abschnitt=abschnitt, text="und Kautionen", position=1, kennung="bcdfgj", uebergeordnet=erste
    )
    letzte = aeusserungen.create(abschnitt=abschnitt, text="Weg damit", position=2, kennung="bcdfgk")
    letzte_nummer = letzte.pk
    letzte.delete()
    modelle("auth.user").objects.create(username="alt", password="md5$a$b")
    gesagt, _ = befehl("sicherung_erstellen", tmp_path / "s")  # before an update, with the new version
    call_command("migrate", verbosity=0)
    leeren()
    gesagt, _ = befehl("sicherung_einspielen", tmp_path / "s", "--nur-pruefen")
    assert "älter als diese Fassung" in gesagt
    befehl("sicherung_einspielen", tmp_path / "s")
    assert [a.text for a in Aeusserung.objects.order_by("kennung")] == ["Mieten", "und Kautionen"]
    assert Aeusserung.objects.get(kennung="bcdfgh").gefaltet == " mieten "
    assert User.objects.get().username == "alt"
    assert Abkuerzung.objects.exists()  # what later migrations bring is there
    assert Pflichtseite.objects.count() == 4
    assert Bestand.vorhandener().apps is apps
    assert AeusserungFactory(abschnitt=Abschnitt.objects.get()).pk > letzte_nummer
    with pytest.raises(IntegrityError):
        Arbeitsgruppe.objects.create(konferenz_id=tagung.pk, nummer=0, titel="Regeln gelten")


def test_eine_aeltere_sicherung_die_nicht_passt_laesst_alles_wie_es_war(aelterer_stand, tmp_path) -> None:
    Bestand.vorhandener().apps.get_model("konferenz.konferenz").objects.create(
        titel="Früher", slug="frueher", datum=date(2019, 5, 1)
    )
    befehl("sicherung_erstellen", tmp_path / "s")
    call_command("migrate", verbosity=0)
    leeren()
    vorher = abzug()
    falsche = umgeschrieben(tmp_path / "s", in_daten("konferenz.konferenz", setzen(2, "admin")))
    with pytest.raises(CommandError, match="Zeile 1 im Teil"):
        befehl("sicherung_einspielen", falsche)
    assert abzug() == vorher


def test_in_eine_datenbank_auf_altem_stand_wird_nicht_eingespielt(aelterer_stand, tmp_path) -> None:
    befehl("sicherung_erstellen", tmp_path / "s")
    with pytest.raises(CommandError, match=r"zuerst „manage\.py migrate“"):
        befehl("sicherung_einspielen", tmp_path / "s")


@mit_datenbank
def test_eine_datenbank_einer_neueren_fassung_wird_erkannt(tmp_path) -> None:
    with connection.cursor() as zeiger:
        zeiger.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('konferenz', '9999_morgen', %s)",
            [timezone.now()],
        )
    try:
        with pytest.raises(CommandError, match="neueren Fassung"):
            befehl("sicherung_erstellen", tmp_path / "s")
    finally:
        with connection.cursor() as zeiger:
            zeiger.execute("DELETE FROM django_migrations WHERE name = '9999_morgen'")


def spitze(arbeit: Callable[[], object]) -> int:
    """Return how many bytes were in use at most while something ran."""
    tracemalloc.start()
    try:
        arbeit()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@mit_datenbank
def test_der_speicher_waechst_nicht_mit_den_daten(tmp_path) -> None:
    def fuellen(zeilen: int, megabytes: int) -> None:
        leeren()
        ErloscheneKennung.objects.bulk_create(
            (ErloscheneKennung(kennung=f"k{n:07}", geloescht=date(2020, 1, 1)) for n in range(zeilen)),
            batch_size=5000,
        )
        QuelldateiFactory(datei__data=os.urandom(2**20) * megabytes)

    gebraucht = []
    for nummer, umfang in enumerate(((3_000, 5), (30_000, 25))):
        fuellen(*umfang)
        datei = tmp_path / str(nummer)
        schreiben = spitze(partial(befehl, "sicherung_erstellen", datei))
        leeren()
        gebraucht.append((schreiben, spitze(partial(befehl, "sicherung_einspielen", datei))))
        assert ErloscheneKennung.objects.count() == umfang[0]
    for wenig, viel in zip(*gebraucht, strict=True):
        assert viel < wenig + 2 * 2**20


LANG = bool(os.environ.get("DAUER"))


def _kleine_sicherung(kennwort: str) -> bytes:
    ziel = io.BytesIO()
    with Schreiber(ziel, kennwort) as schreiber:
        schreiber.text("kopf.json", '{"art": "Probe"}')
        for nummer in range(3):
            schreiber.text(f"daten/x/{nummer}.jsonl", "".join(f'["Zeile {n}", {n}]\n' for n in range(200)))
        schreiber.teil("medien/bild", io.BytesIO(bytes(range(256)) * 300))
    return ziel.getvalue()


def _teile(daten: bytes, kennwort: str) -> list[tuple[str, bytes]]:
    datei: Any = io.BufferedReader(io.BytesIO(daten))
    return [(name, teil.read()) for name, teil in lesen(datei, kennwort)]


@pytest.mark.parametrize("kennwort", ["", KENNWORT])
@pytest.mark.dauer
@settings(
    max_examples=20_000 if LANG else 400,
    derandomize=not LANG,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_jedes_veraenderte_byte_faellt_auf_oder_aendert_nichts(kennwort, data) -> None:
    heile = _heile(kennwort)
    daten = bytearray(heile)
    for _ in range(data.draw(st.integers(1, 3))):
        stelle = data.draw(st.integers(0, len(daten) - 1) | st.integers(0, 300))
        match data.draw(
            st.sampled_from(["kippen", "ersetzen", "abschneiden", "einfuegen", "entfernen", "anhaengen"])
        ):
            case "kippen":
                daten[stelle] ^= 1 << data.draw(st.integers(0, 7))
            case "ersetzen":
                daten[stelle : stelle + 8] = data.draw(st.binary(max_size=8))
            case "abschneiden":
                del daten[max(stelle, 301) :]
            case "einfuegen":
                daten[stelle:stelle] = data.draw(st.binary(min_size=1, max_size=40))
            case "entfernen":
                del daten[stelle : stelle + data.draw(st.integers(1, 600))]
            case "anhaengen":
                daten += data.draw(st.binary(min_size=1, max_size=40))
        if len(daten) < 301:
            daten += bytes(301)
    try:
        gelesen = _teile(bytes(daten), kennwort)
    except Sicherungsfehler:
        return
    assert gelesen == _teile(heile, kennwort)


_vorrat: dict[str, bytes] = {}


def _heile(kennwort: str) -> bytes:
    if kennwort not in _vorrat:
        _vorrat[kennwort] = _kleine_sicherung(kennwort)
    return _vorrat[kennwort]


def test_ein_ausgetauschter_teil_wird_beim_namen_genannt(tmp_path) -> None:
    teile = _teile(_kleine_sicherung(""), "")
    with tarfile.open(tmp_path / "s", "w:gz") as tar:
        for name, daten in [*teile, ("SHA256SUMS", b"")]:
            if name == "SHA256SUMS":
                daten = "".join(f"{sha256(d).hexdigest()}  {n}\n" for n, d in teile).encode()
            elif name == "daten/x/1.jsonl":
                daten = daten.replace(b"Zeile 7", b"Seile 7")
            kopf = tarfile.TarInfo(name)
            kopf.size = len(daten)
            tar.addfile(kopf, io.BytesIO(daten))
    with pytest.raises(Sicherungsfehler, match=r"„daten/x/1.jsonl“ ist nicht so, wie er gesichert wurde"):
        _teile((tmp_path / "s").read_bytes(), "")


@pytest.mark.parametrize("laenge", [0, 1, 2**16 - 1, 2**16, 2**16 + 1, 200_000])
def test_verschluesselt_wird_wie_von_age(laenge) -> None:
    klartext, unseres = os.urandom(laenge), io.BytesIO()
    schreiber = Verschluesselnd(unseres, KENNWORT)
    for beginn in range(0, laenge, 7777):
        schreiber.write(klartext[beginn : beginn + 7777])
    schreiber.abschliessen()
    assert pyrage.passphrase.decrypt(unseres.getvalue(), KENNWORT) == klartext
    unseres.seek(0)
    assert io.BufferedReader(Entschluesselnd(io.BufferedReader(unseres), KENNWORT)).read() == klartext


def test_was_age_verschluesselt_hat_laesst_sich_lesen() -> None:
    fremdes: Any = io.BytesIO(pyrage.passphrase.encrypt(b"von age", KENNWORT))
    assert io.BufferedReader(Entschluesselnd(io.BufferedReader(fremdes), KENNWORT)).read() == b"von age"


def test_dasselbe_kennwort_anders_getippt_passt() -> None:
    ziel: Any = io.BytesIO()
    schreiber = Verschluesselnd(ziel, "Zwo\u0308lf Ka\u0308mpfer")
    schreiber.write(b"x")
    schreiber.abschliessen()
    ziel.seek(0)
    assert Entschluesselnd(io.BufferedReader(ziel), "Zwölf Kämpfer").read(1) == b"x"


def test_die_fassung_ist_die_des_projekts() -> None:
    projekt = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    assert konferenz.__version__ == projekt["version"]


def test_der_kopf_wird_wieder_derselbe() -> None:
    kopf = Kopf(bestand.ART, 1, "2026-01-01T00:00:00+00:00", "1", "sqlite", {"a": ["b"]}, [], {})
    assert Kopf.aus_json(kopf.als_json().encode()) == kopf
