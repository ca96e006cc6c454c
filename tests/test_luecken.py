"""How a scan for holes is judged (skripte/luecken.py); `make luecken` scans."""

import json
from dataclasses import replace
from typing import Any

import pytest
from luecken import ERKLAERT, GAST, ORGANISATION, SPERRE, Fund, Rolle, Umfang, beurteilen

UMFANG = Umfang(("sql", "xss"), sekunden=3, tiefe=2, auswahl="paranoid", je_ordner=3, mindestens=60)
KEIN_ZEICHEN = "Lack of anti CSRF token"
RUECKMELDUNG = "/barrierefreiheit/rueckmeldung/"
LANGSAM = "The request timed out while attempting to inject a payload in the parameter q"


def befund(info: str, weg: str = "/suche/", pruefung: str = "sql") -> dict[str, Any]:
    """Return a finding with those parts of wapiti's that are read."""
    return {"info": info, "path": weg, "module": pruefung, "http_request": f"GET {weg} HTTP/1.1\nhost: x\n"}


def anfrage(
    ansicht: str = "suche", status: int = 200, dauer: float = 3.0, kennung: str = "k1"
) -> dict[str, Any]:
    return {
        "quelle": "konferenz.anfrage",
        "ansicht": ansicht,
        "status": status,
        "dauer_ms": dauer,
        "kennung": kennung,
    }


def fund(
    rolle: Rolle = GAST,
    *weitere: dict[str, Any],
    adressen: int = 60,
    ausgabe: str = "[*] Launching module sql\n[*] Launching module xss\n",
    **befunde: list[dict[str, Any]],
) -> Fund:
    """Return what a scan left that found nothing, and these lines and findings beside."""
    art = {"vulnerabilities": {"SQL Injection": [], **befunde}, "additionals": {}}
    art["anomalies"] = {"Internal Server Error": art["vulnerabilities"].pop("stoerung", [])}
    bericht = {**art, "infos": {"crawled_pages_nbr": adressen}}
    gesehen = [anfrage(ansicht) for ansicht in sorted(rolle.ansichten)]
    return Fund(json.loads(json.dumps(bericht)), ausgabe, [*gesehen, *weitere])


def maengel(gefunden: Fund, rolle: Rolle = GAST) -> list[str]:
    return beurteilen(rolle, UMFANG, gefunden).maengel


@pytest.mark.parametrize("rolle", [GAST, ORGANISATION], ids=lambda rolle: rolle.name)
def test_eine_suche_die_nichts_findet_besteht(rolle: Rolle) -> None:
    assert maengel(fund(rolle), rolle) == []


def test_ein_unbekannter_befund_faellt_auf_mit_der_anfrage() -> None:
    (mangel,) = maengel(fund(SQL=[befund("SQL Injection via injection in the parameter q")]))
    assert "SQL Injection via injection in the parameter q" in mangel
    assert "GET /suche/ HTTP/1.1" in mangel


@pytest.mark.parametrize("teil", ["vulnerabilities", "anomalies", "additionals"])
def test_in_keinem_teil_des_berichts_wird_etwas_uebersehen(teil: str) -> None:
    gefunden = fund()
    gefunden.bericht[teil]["Neues"] = [befund("Something new")]
    assert len(maengel(gefunden)) == 1


def test_ein_erklaerter_befund_besteht_mit_seiner_erklaerung() -> None:
    urteil = beurteilen(GAST, UMFANG, fund(CSRF=[befund(KEIN_ZEICHEN, RUECKMELDUNG)] * 2))
    assert urteil.maengel == []
    ((grund, wie_oft),) = urteil.erklaert.items()
    assert grund.startswith("gewollt: Es geschieht nichts im Namen von jemandem")
    assert wie_oft == 2


def test_von_einem_formular_steht_auch_das_gesendete_da() -> None:
    gesendet = befund("SQL Injection") | {"http_request": "POST /x/ HTTP/1.1\nhost: x\n\ntext=%27&und=mehr\n"}
    (mangel,) = maengel(fund(SQL=[gesendet]))
    assert mangel.endswith("\nPOST /x/ HTTP/1.1\ntext=%27&und=mehr")


@pytest.mark.parametrize(("methoden", "wie_viele"), [("OPTIONS (405)", 0), ("OPTIONS (405), PUT (200)", 1)])
def test_abgelehnte_methoden_sind_erklaert_beantwortete_nicht(methoden: str, wie_viele: int) -> None:
    gefunden = f"Possible interesting methods (using OPTIONS) on http://127.0.0.1:1/suche/: {methoden}"
    assert len(maengel(fund(Methoden=[befund(gefunden)]))) == wie_viele


def test_erklaert_ist_ein_befund_nur_an_seiner_stelle_und_ganz() -> None:
    anderswo = befund(KEIN_ZEICHEN, "/admin/login/")
    anderer_keks = befund("Secure flag is not set in the cookie : neuer")
    laenger = befund(f"{KEIN_ZEICHEN} and more", RUECKMELDUNG)
    assert len(maengel(fund(CSRF=[anderswo, anderer_keks, laenger]))) == 3


def test_jede_erklaerung_hat_einen_grund() -> None:
    assert all(len(erklaerung.grund) > 40 for erklaerung in ERKLAERT)


def test_ein_langsamer_rechner_ist_keine_luecke() -> None:
    assert maengel(fund(Zeit=[befund(LANGSAM)])) == []


def test_ein_fehler_des_servers_faellt_auf_auch_wenn_wapiti_ihn_nicht_meldet() -> None:
    spur = {
        "quelle": "django.request",
        "kennung": "k9",
        "ausnahme": "builtins.ValueError\n  views.py:1 suche",
    }
    (mangel,) = maengel(fund(GAST, spur, anfrage(status=500, kennung="k9")))
    assert "1-mal 500, Ansicht suche\nbuiltins.ValueError\n  views.py:1 suche" in mangel


def test_ein_fehler_den_nur_wapiti_sah_faellt_auf() -> None:
    (mangel,) = maengel(fund(stoerung=[befund("The server responded with a 500 HTTP error code")]))
    assert mangel.startswith("Internal Server Error, Prüfung sql")


@pytest.mark.parametrize(
    ("spur", "dauer", "wie_viele"),
    [
        pytest.param(None, 5.0, 0, id="volle Warteschlange"),
        pytest.param("django.db.utils.OperationalError", SPERRE + 1.0, 0, id="lange auf die Sperre gewartet"),
        pytest.param("django.db.utils.OperationalError", 5.0, 1, id="Abfrage gescheitert"),
    ],
)
def test_503_faellt_auf_wenn_es_nicht_an_der_last_liegt(
    spur: str | None, dauer: float, wie_viele: int
) -> None:
    zeilen = [anfrage(status=503, dauer=dauer, kennung="k9")]
    if spur:
        zeilen.append({"quelle": "konferenz.ausfall", "kennung": "k9", "ausnahme": spur})
    gemeldet = [befund("The server responded with a 500 HTTP error code")]
    assert len(maengel(fund(GAST, *zeilen, stoerung=gemeldet))) == wie_viele


def test_zu_wenige_adressen_fallen_auf() -> None:
    assert maengel(fund(adressen=59)) == ["nur 59 Adressen und Formulare, erwartet mindestens 60"]


def test_eine_seite_die_niemand_sah_faellt_auf() -> None:
    gefunden = fund()
    ohne = [zeile for zeile in gefunden.protokoll if zeile["ansicht"] != "suche"]
    umgeleitet = anfrage("suche", status=302)
    assert maengel(replace(gefunden, protokoll=[*ohne, umgeleitet])) == ["nicht erreicht: suche"]


def test_eine_pruefung_die_nicht_lief_faellt_auf() -> None:
    ausgabe = "[*] Launching module sql\n[!] Unable to find a module named xss\n"
    assert maengel(fund(ausgabe=ausgabe)) == ["nicht gelaufen: xss"]


def test_wer_unterwegs_abgemeldet_wurde_faellt_auf() -> None:
    fort = [anfrage("admin:index", status=302)] * 100
    assert maengel(fund(ORGANISATION, *fort), ORGANISATION) == ["zuletzt nicht mehr angemeldet"]
