"""Made-up requests to every address, as everybody: never a server error, and nothing half done.

The addresses come from the URL configuration, the fields from the forms that the pages show; what is put
into them is sometimes right, mostly not. Each request meets the same world: what it does is undone.
`make dauer` sends 100,000, ANFRAGEN=500 as many as it says.
"""

import os
import traceback
from collections import defaultdict
from copy import deepcopy
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from konferenz import konten
from konferenz.models import Importstand, Rueckmeldung
from konferenz.verlauf import verzeichnete_modelle
from tests.test_rechte import (  # noqa: F401  # the fixture
    MATRIX,
    NEIN,
    ROLLEN,
    SCHREIBT,
    Adresse,
    Welt,
    adressen,
    pfad,
    welt,
)
from tests.verlaufspruefung import unverzeichnetes
from tests.vorlage import dokumentation

pytestmark = [pytest.mark.dauer, pytest.mark.django_db]

LANG = bool(os.environ.get("DAUER"))
ANFRAGEN = int(os.environ.get("ANFRAGEN") or (100_000 if LANG else 2_000))


def probe(anzahl: int) -> Any:
    """Return how to draw: in CI the same sample every time; `make dauer` looks for new ones."""
    return settings(
        max_examples=anzahl,
        derandomize=not LANG,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


# What people and programs put where something else is expected

UNSINN = st.one_of(
    st.sampled_from(
        [
            *("", " ", "0", "-1", "1", "2", "00", "1.5", "1e9", "NaN", "inf", "true", "None", "null", "[]"),
            *("9" * 19, "9" * 40, "9" * 5000, "-" + "9" * 30, "٣", "²", "½", "0x10", "1_000", "\u200b1"),
            *("2021-04-21", "9999-12-31", "10000-01-01", "0000-00-00", "2021-02-30", "21.4.2021", "25:61"),
            *("2020-01-01T00:00:00+00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
            *("' OR 1=1 --", '"', "<script>alert(1)</script>", "{{ 7*7 }}", "%s%n", "$" + "{jndi:ldap://x}"),
            *("../../etc/passwd", "..%2f..%2f", "//boese.example", "https://boese.example", "javascript:1"),
            *("\x00", "a\x00b", "\r\nSet-Cookie: a=b", "\t\n", "\ufeff", "\ufffe", "\u202e", "👩", "ẞ"),
            *("a" * 300, "ä" * 5_000, "( " * 200, '"' * 99, "-" * 99, "* " * 50, "OR AND NOT", "%zz", "\\"),
            *("=1+1", "+49", "@SUM(A1)", "ag1", "ag 99", "k3f9dq", "entwurf", "freigegeben", "__all__", "pk"),
        ]
    ),
    st.integers().map(str),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)
UPLOADS = st.one_of(
    st.binary(max_size=300),
    st.sampled_from(
        [b"", b"PK\x03\x04", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"\xff\xfe\0", b"GIF89a"]
    ),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
)
DATEINAMEN = st.sampled_from(
    [
        *("a.txt", "a.csv", "a.docx", "a.pptx", "a.xlsx", "a.odt", "a.pdf", "a.png", "a.exe", "."),
        *("../../a.txt", "ä" * 200, "a\x00b.txt"),
    ]
)
ARTEN = st.sampled_from(
    [
        *("application/json", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain", ""),
        *("application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-16"),
    ]
)
KOPF = st.dictionaries(
    st.sampled_from(
        [
            *("Range", "If-Range", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Accept"),
            *("Accept-Language", "Accept-Encoding", "Referer", "Origin", "X-Forwarded-For", "Cookie"),
            *("X-Requested-With", "User-Agent", "Content-Type", "X-Forwarded-Proto", "Host", "X-CSRFToken"),
        ]
    ),
    st.one_of(
        UNSINN.map(lambda text: "".join(zeichen for zeichen in text if " " <= zeichen <= "~")),
        st.sampled_from(
            [
                *(
                    "bytes=0-",
                    "bytes=-5",
                    "bytes=5-2",
                    '"abc"',
                    "W/*",
                    "*",
                    "gzip;q=0",
                    "de-DE",
                    "testserver",
                ),
                *("sessionid=x; csrftoken=y", "messages=[[", "multipart/form-data", "application/json"),
                *("Thu, 01 Jan 1970 00:00:00 GMT", "text/plain; charset=utf-7", "[::1]", "XMLHttpRequest"),
            ]
        ),
    ),
    max_size=2,
)
METHODEN = st.sampled_from(["GET", "GET", "GET", "POST", "POST", "POST", "POST", "HEAD", "PUT", "OPTIONS"])
LESEND = st.sampled_from([*["GET"] * 8, "HEAD", "POST"])
# What pages read from their address, beside the fields of their forms.
NAMEN = (
    *("q", "seite", "p", "o", "e", "all", "_facets", "_popup", "_to_field", "next", "stand", "von", "bis"),
    *("form", "ag", "gruppen", "thema", "kategorie", "konferenz", "jahr", "term", "app_label", "model_name"),
    *("field_name", "id__exact", "rolle", "_changelist_filters"),
)


def manchmal(data: st.DataObject, eins_in: int) -> bool:
    """Draw whether something happens that does so once in so many times."""
    return data.draw(st.integers(1, eins_in)) == eins_in


class Felder(HTMLParser):
    """Gathers the fields of all forms of a page, with the values that it offers for them."""

    def __init__(self) -> None:
        super().__init__()
        self.werte: dict[str, list[str]] = defaultdict(list)
        self.dateien: set[str] = set()
        self._offen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = dict(attrs)
        name = a.get("name") or ""
        if tag == "option" and self._offen:
            self.werte[self._offen].append(a.get("value") or "")
        elif tag in ("input", "button") and name:
            if a.get("type") == "file":
                self.dateien.add(name)
            else:
                self.werte[name].append(a.get("value") or "")
        elif tag in ("textarea", "select") and name:
            self._offen = name

    def handle_data(self, data: str) -> None:
        if self._offen and data.strip():
            self.werte[self._offen].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "select"):
            self._offen = ""


@dataclass(frozen=True)
class Anfrage:
    """A request; printed where it is not answered as it should be."""

    wer: str
    methode: str
    pfad: str
    abfrage: str
    felder: dict[str, Any] = field(default_factory=dict)
    dateien: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    koerper: tuple[str, bytes] | None = None
    kopf: dict[str, str] = field(default_factory=dict)


class Angreifer:
    """Sends made-up requests to a world, which is afterwards as it was before."""

    def __init__(self, welt: Welt) -> None:  # noqa: F811
        self._welt = welt
        self._kekse = {wer: deepcopy(client.cookies) for wer, client in welt.konten.items()}
        for client in welt.konten.values():
            client.raise_request_exception = False
        alle = list(adressen())
        self._alle = st.sampled_from(alle)
        self._eigene = st.sampled_from([a for a in alle if not a.name.startswith(("admin:", "admin/"))])
        self._formulare = {adresse: self._felder(adresse) for adresse in alle}
        self._eingaben = {adresse: _eingaben(felder) for adresse, felder in self._formulare.items()}
        self._abfragen = {adresse: _abfrage(felder) for adresse, felder in self._formulare.items()}
        self._vorher = stand()

    def _felder(self, adresse: Adresse) -> Felder:
        """Read what the page of an address offers to fill in, as the one who may do most sees it."""
        felder = Felder()
        antwort = self._welt.konten["Hauptkonto"].get(pfad(self._welt, adresse))
        if not antwort.streaming and antwort.get("Content-Type", "").startswith("text/html"):
            felder.feed(antwort.text)
        return felder

    def anfrage(self, data: st.DataObject) -> Anfrage:
        """Draw a request."""
        # The administration has hundreds, one like the other.
        adresse = data.draw(self._eigene if manchmal(data, 2) else self._alle)
        methode = data.draw(LESEND if MATRIX[adresse.name].schreiben == NEIN else METHODEN)
        sendet = methode == "POST"
        return Anfrage(
            wer=data.draw(st.sampled_from(ROLLEN)),
            methode=methode,
            pfad=self._pfad(data, adresse),
            abfrage=data.draw(self._abfragen[adresse]),
            felder=data.draw(self._eingaben[adresse]) if sendet else {},
            dateien={
                name: (data.draw(DATEINAMEN), data.draw(UPLOADS))
                for name in sorted(self._formulare[adresse].dateien)
                if sendet and manchmal(data, 3)
            },
            koerper=(data.draw(ARTEN), data.draw(UPLOADS)) if sendet and manchmal(data, 20) else None,
            kopf=data.draw(KOPF) if manchmal(data, 5) else {},
        )

    def _pfad(self, data: st.DataObject, adresse: Adresse) -> str:
        """Draw a path: mostly the right one, else with nonsense in the place of one of its parts."""
        teile = pfad(self._welt, adresse).split("/")
        if manchmal(data, 4):
            teile[data.draw(st.integers(0, len(teile) - 1))] = data.draw(UNSINN)
        # As a browser sends it; it may be cut off in the middle of a letter.
        return quote("/".join(teile), safe="/") + ("%ff" if manchmal(data, 30) else "")

    def senden(self, anfrage: Anfrage) -> tuple[Any, bool]:
        """Send a request, return the answer and whether one that refuses wrote all the same; it is undone."""
        client = self._welt.konten[anfrage.wer]
        client.cookies = deepcopy(self._kekse[anfrage.wer])
        with transaction.atomic(), connection.execute_wrapper(schreibt := Schreibt()):
            antwort = _gesendet(client, anfrage)
            if antwort.streaming:
                b"".join(antwort.streaming_content)
            geaendert = antwort.status_code >= 400 and schreibt.etwas and stand() != self._vorher
            transaction.set_rollback(True)
        return antwort, geaendert


def _eingaben(formular: Felder) -> st.SearchStrategy[dict[str, Any]]:
    """Return what may be typed into a form: all as it is but for some fields, or any fields with anything."""
    if not formular.werte:
        return st.dictionaries(UNSINN, UNSINN, max_size=3)
    namen = st.sampled_from(sorted(formular.werte))
    vorgaben = {name: werte[0] for name, werte in formular.werte.items()}

    def wert(name: str) -> st.SearchStrategy[Any]:
        angebot = st.sampled_from(sorted(set(formular.werte[name])))
        return st.one_of(angebot, UNSINN, UNSINN, st.lists(angebot | UNSINN, max_size=3))

    anders = st.lists(namen.flatmap(lambda name: st.tuples(st.just(name), wert(name))), max_size=4).map(dict)
    fremdes: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.dictionaries(UNSINN, UNSINN, max_size=2)
    vorhandenes: st.SearchStrategy[dict[str, Any]] = st.just(vorgaben) | st.just(vorgaben) | st.just({})
    return st.builds(
        lambda *teile: {k: v for teil in teile for k, v in teil.items()}, vorhandenes, anders, fremdes
    )


def _abfrage(formular: Felder) -> st.SearchStrategy[str]:
    paare = st.lists(st.tuples(st.sampled_from(NAMEN) | UNSINN, UNSINN), max_size=3)
    eingaben = _eingaben(formular).map(lambda felder: urlencode(felder, doseq=True))
    return st.one_of(
        st.just(""), eingaben, eingaben, eingaben, paare.map(urlencode), st.just("%ff=%00&&==&q=%e4")
    )


def _gesendet(client: Client, anfrage: Anfrage) -> Any:
    ziel = anfrage.pfad + (f"?{anfrage.abfrage}" if anfrage.abfrage else "")
    if anfrage.koerper is not None:
        art, inhalt = anfrage.koerper
        return client.generic(anfrage.methode, ziel, inhalt, art, headers=anfrage.kopf)
    if anfrage.methode == "POST":
        dateien = {feld: _datei(*datei) for feld, datei in anfrage.dateien.items()}
        return client.post(ziel, {**anfrage.felder, **dateien}, headers=anfrage.kopf)
    return client.generic(anfrage.methode, ziel, headers=anfrage.kopf)


def _datei(name: str, inhalt: bytes) -> BytesIO:
    """Return a file with any name at all, which Django's own class for tests would refuse."""
    datei = BytesIO(inhalt)
    datei.name = name
    return datei


class Schreibt:
    """Watches whether anything is written at all: comparing everything each time would take too long."""

    etwas = False

    def __call__(self, ausfuehren: Any, sql: str, *args: Any) -> Any:
        self.etwas = self.etwas or bool(SCHREIBT.match(sql))
        return ausfuehren(sql, *args)


def stand() -> dict[str, list[tuple[Any, ...]]]:
    """Return all that people have put in, and its history.

    Drafts are not among it: what the Erfassung refuses it keeps there on purpose. Nor are Hefte: whoever asks
    for one that is out of date, or whose file is lost, has it thrown away.
    """
    eigene = list(verzeichnete_modelle())
    alle = [*eigene, *(modell.history.model for modell in eigene), Rueckmeldung, Importstand, User]
    return {modell._meta.label: sorted(modell._base_manager.values_list(), key=str) for modell in alle}


def fehler(antwort: Any) -> str:
    """Return what went wrong in the server, with the place."""
    if not getattr(antwort, "exc_info", None):
        return str(antwort.status_code)
    return "".join(traceback.format_exception(*antwort.exc_info)[-6:])


@pytest.fixture
def angreifer(welt: Welt, settings, monkeypatch) -> Angreifer:  # noqa: F811
    settings.POSTAUSGANG = True
    settings.ZWEITER_FAKTOR = "moeglich"
    # The one who may do most has one to look after, all others may set one up.
    TOTP.activate(User.objects.get(is_superuser=True), generate_totp_secret())
    monkeypatch.setattr(konten, "nebenher_zustellen", konten.zustellen)
    return Angreifer(welt)


@pytest.mark.parametrize("oeffentlich", [True, False], ids=["öffentlich", "Entwurf"])
@probe(ANFRAGEN // 2)
@given(data=st.data())
def test_keine_anfrage_bringt_den_server_zu_fall_und_keine_abgelehnte_schreibt(
    angreifer: Angreifer, oeffentlich: bool, data: st.DataObject
) -> None:
    anfrage = angreifer.anfrage(data)
    antwort, geaendert = angreifer.senden(anfrage)
    assert antwort.status_code < 500, f"{anfrage}\n{fehler(antwort)}"
    assert not geaendert, f"{anfrage}\n{antwort.status_code} und doch geschrieben"


# The import

SEITEN = st.lists(
    st.lists(
        st.sampled_from(
            [
                *(
                    "AG 1: Wohnen",
                    "AG 1: Arbeit",
                    "AG 2",
                    "Fragestellung",
                    "Moderation: Jo Weiß",
                    "• Mehr Zeit",
                ),
                *("Tagesprogramm", "09:00 Uhr Beginn", "Was hakt?", "o Unterpunkt", "Titel | Text", "\x00"),
            ]
        )
        | UNSINN,
        max_size=12,
    ).map("\n".join),
    max_size=6,
)


@probe(1_000 if LANG else 30)
@given(seiten=SEITEN, roh=st.none() | st.none() | UPLOADS)
def test_der_import_nimmt_eine_datei_ganz_an_oder_gar_nicht(
    db, tmp_path: Path, seiten: list[str], roh: bytes | None
) -> None:
    datei = tmp_path / "quelle.txt"
    datei.write_bytes(dokumentation(*seiten).encode() if roh is None else roh)
    vorher = stand()
    with transaction.atomic():
        try:
            call_command("dokumentation_importieren", str(datei), stdout=StringIO(), stderr=StringIO())
        except CommandError as abgelehnt:
            assert str(abgelehnt)  # noqa: PT017  # either outcome is right
            assert stand() == vorher
        else:
            assert unverzeichnetes() == []
        transaction.set_rollback(True)
