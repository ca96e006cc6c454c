"""Sending a stored file: whole, in ranges (RFC 9110, 14), or not at all."""

from io import BytesIO

import pytest
from django.core import signals
from django.core.files.base import File
from django.http import HttpResponseBase
from django.test import RequestFactory

from konferenz import teilabruf
from konferenz.teilabruf import datei_antwort

ZIFFERN = b"0123456789"
MARKE = '"marke"'


@pytest.fixture(autouse=True)
def _kein_ende_der_anfrage(monkeypatch) -> None:
    """Let a response be closed without looking after the connections to the database."""
    monkeypatch.setattr(signals.request_finished, "send", lambda **angaben: None)


def antwort(
    bereich: str = "",
    daten: bytes = ZIFFERN,
    methode: str = "GET",
    name: str = "heft.pdf",
    oeffentlich: bool = True,
    **kopf: str,
) -> tuple[HttpResponseBase, File]:
    """Return the response to a request, and the file that it had."""
    headers = {name.replace("_", "-"): wert for name, wert in kopf.items()}
    if bereich:
        headers["Range"] = bereich
    datei = File(BytesIO(daten), name="ablage/irgendwo.bin")
    datei.size = len(daten)
    anfrage = RequestFactory().generic(methode, "/heft.pdf", headers=headers)
    return (
        datei_antwort(
            anfrage, datei, etag="marke", typ="application/pdf", name=name, oeffentlich=oeffentlich
        ),
        datei,
    )


def inhalt(antwort: HttpResponseBase) -> bytes:
    return b"".join(antwort)


@pytest.mark.parametrize(
    ("bereich", "daten", "genannt"),
    [
        ("bytes=0-0", b"0", "0-0"),
        ("bytes=0-4", b"01234", "0-4"),
        ("bytes=3-5", b"345", "3-5"),
        ("bytes=9-9", b"9", "9-9"),
        ("bytes=7-", b"789", "7-9"),
        ("bytes=0-", ZIFFERN, "0-9"),
        ("bytes=-1", b"9", "9-9"),
        ("bytes=-3", b"789", "7-9"),
        ("bytes=-10", ZIFFERN, "0-9"),
        ("bytes=-4711", ZIFFERN, "0-9"),
        ("bytes=8-4711", b"89", "8-9"),
        ("bytes=0-999999999999999999", ZIFFERN, "0-9"),
        ("bytes= 0 - 4", b"01234", "0-4"),
    ],
)
def test_ein_bereich_kommt_fuer_sich(bereich, daten, genannt):
    teil, datei = antwort(bereich)
    assert teil.status_code == 206
    assert inhalt(teil) == daten
    assert teil["Content-Range"] == f"bytes {genannt}/10"
    assert teil["Content-Length"] == str(len(daten))
    assert teil["Content-Type"] == "application/pdf"
    assert teil["Content-Disposition"] == 'inline; filename="heft.pdf"'
    assert teil["ETag"] == MARKE
    teil.close()
    assert datei.closed


@pytest.mark.parametrize("bereich", ["bytes=10-", "bytes=10-10", "bytes=4711-", "bytes=-0", "bytes=11-20"])
def test_bereich_hinter_dem_ende_ergibt_416_mit_der_laenge(bereich):
    teil, datei = antwort(bereich)
    assert teil.status_code == 416
    assert teil["Content-Range"] == "bytes */10"
    assert inhalt(teil) == b""
    assert "Content-Disposition" not in teil
    assert datei.closed


@pytest.mark.parametrize(
    "bereich",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5-3",
        "bytes=0-1,4-5",
        "bytes=0-1,",
        "bytes=a-b",
        "bytes=0x1-2",
        "bytes=--3",
        "bytes=1.5-2",
        "bytes=+1-2",
        "seiten=1-2",
        "0-4",
        f"bytes=0-{'9' * 5000}",
        f"bytes=-{'9' * 5000}",
    ],
    ids=lambda bereich: bereich[:20],
)
def test_was_kein_einzelner_bereich_ist_ergibt_die_ganze_datei(bereich):
    ganze, datei = antwort(bereich)
    assert ganze.status_code == 200
    assert inhalt(ganze) == ZIFFERN
    assert ganze["Content-Length"] == "10"
    assert ganze["Accept-Ranges"] == "bytes"
    assert "Content-Range" not in ganze
    ganze.close()
    assert datei.closed


@pytest.mark.parametrize(
    ("bedingung", "status"),
    [
        (MARKE, 206),
        ('"andere"', 200),
        ('W/"marke"', 200),  # a weak one promises no equal bytes
        ("marke", 200),
        ("Wed, 21 Apr 2021 07:00:00 GMT", 200),
    ],
)
def test_bereich_gilt_nur_fuer_die_ausgabe_deren_anfang_schon_da_ist(bedingung, status):
    teil, _ = antwort("bytes=5-", If_Range=bedingung)
    assert teil.status_code == status
    assert inhalt(teil) == (b"56789" if status == 206 else ZIFFERN)


def test_bedingung_ohne_bereich_ergibt_die_ganze_datei():
    ganze, _ = antwort(If_Range=MARKE)
    assert ganze.status_code == 200


def test_bereich_zaehlt_nur_beim_holen():
    kopf, _ = antwort("bytes=0-4", methode="HEAD")
    assert kopf.status_code == 200
    assert kopf["Content-Length"] == "10"


@pytest.mark.parametrize("bereich", ["", "bytes=0-4", "bytes=10-"])
@pytest.mark.parametrize("marke", [MARKE, f'"alt", {MARKE}', f"W/{MARKE}", "*"])
def test_wer_die_datei_schon_hat_bekommt_304_auch_zu_einem_bereich(marke, bereich):
    unveraendert, datei = antwort(bereich, If_None_Match=marke)
    assert unveraendert.status_code == 304
    assert inhalt(unveraendert) == b""
    assert unveraendert["ETag"] == MARKE
    assert unveraendert["Cache-Control"] == "public, no-cache"
    assert "Content-Disposition" not in unveraendert
    assert datei.closed


def test_wer_eine_andere_ausgabe_verlangt_bekommt_412():
    andere, datei = antwort(If_Match='"andere"')
    assert andere.status_code == 412
    assert datei.closed
    assert inhalt(antwort(If_Match=MARKE)[0]) == ZIFFERN


@pytest.mark.parametrize(
    ("bereich", "status"), [("", 200), ("bytes=0-0", 416), ("bytes=0-", 416), ("bytes=-1", 416)]
)
def test_leere_datei_hat_keine_bereiche(bereich, status):
    leer, _ = antwort(bereich, daten=b"")
    assert leer.status_code == status
    assert inhalt(leer) == b""
    assert leer.get("Content-Range") == (None if status == 200 else "bytes */0")


def test_grosser_bereich_kommt_in_stuecken(monkeypatch):
    monkeypatch.setattr(teilabruf, "STUECK", 4)
    teil, datei = antwort("bytes=1-9")
    assert list(teil) == [b"1234", b"5678", b"9"]
    assert datei.closed


def test_abgebrochener_abruf_schliesst_die_datei(monkeypatch):
    monkeypatch.setattr(teilabruf, "STUECK", 4)
    teil, datei = antwort("bytes=1-9")
    assert next(iter(teil)) == b"1234"
    teil.close()
    assert datei.closed


def test_kuerzer_gewordene_datei_endet_statt_zu_haengen():
    teil, datei = antwort("bytes=0-9")
    datei.file.truncate(3)  # type: ignore[union-attr]
    assert inhalt(teil) == b"012"


@pytest.mark.parametrize(
    ("oeffentlich", "erwartet"), [(True, "public, no-cache"), (False, "private, no-store")]
)
@pytest.mark.parametrize("bereich", ["", "bytes=0-1"])
def test_nur_oeffentliches_darf_in_gemeinsame_zwischenspeicher(oeffentlich, erwartet, bereich):
    assert antwort(bereich, oeffentlich=oeffentlich)[0]["Cache-Control"] == erwartet


def test_name_mit_umlauten_und_ordnern_wird_ein_dateiname():
    ganze, _ = antwort(name="../../Übersicht.pdf")
    assert ganze["Content-Disposition"] == "inline; filename*=utf-8''%C3%9Cbersicht.pdf"
