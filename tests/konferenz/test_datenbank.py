"""PostgreSQL cuts the web process off when it takes too long, but no command and no background service."""

import json
from typing import Any

import pytest
from django.db import connection

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="Fristen gibt es nur auf PostgreSQL"
)

FRISTEN = "SHOW statement_timeout", "SHOW lock_timeout", "SHOW idle_in_transaction_session_timeout"
LESEN = f"""
    import json
    from django.db import connection
    def wert(frage):
        with connection.cursor() as cursor:
            cursor.execute(frage)
            return cursor.fetchone()[0]
    print(json.dumps([*map(wert, {FRISTEN!r}), wert("SHOW application_name")]))
"""
# What gunicorn loads.
IM_WEB = "from konferenz import wsgi\n"


def gelesen(ausgabe: str) -> Any:
    return json.loads(ausgabe.splitlines()[-1])


def test_im_web_gelten_fristen_und_im_befehl_keine(anlage):
    installation = anlage()
    assert gelesen(installation.python(LESEN)) == ["0", "0", "0", "konferenz manage shell"]
    fristen = gelesen(installation.python(f"    {IM_WEB}{LESEN}"))[:3]
    assert fristen == ["30s", "10s", "1min"]


def test_fristen_kommen_aus_der_umgebung(anlage):
    installation = anlage()
    installation.umgebung |= {"DATENBANK_FRIST": "5", "DATENBANK_SPERRFRIST": "2", "DATENBANK_LEERLAUF": "0"}
    assert gelesen(installation.python(f"    {IM_WEB}{LESEN}"))[:3] == ["5s", "2s", "0"]


@pytest.mark.parametrize(("wo", "endet"), [(IM_WEB, "57014"), ("", "lief durch")], ids=["web", "befehl"])
def test_lange_abfrage_endet_nur_im_web(anlage, wo: str, endet: str):
    installation = anlage()
    installation.umgebung["DATENBANK_FRIST"] = "1"
    ausgabe = installation.python(
        f"""
    {wo}
    from django.db import OperationalError, connection
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(1.5)")
        print("lief durch")
    except OperationalError as fehler:
        print(fehler.__cause__.sqlstate)
    """
    )
    assert ausgabe.splitlines()[-1] == endet


def test_wer_im_web_auf_eine_sperre_wartet_gibt_auf_und_die_andere_gewinnt(anlage):
    installation = anlage()
    installation.umgebung["DATENBANK_SPERRFRIST"] = "1"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(25)")
    try:
        ausgabe = installation.python(
            f"""
    {IM_WEB}
    from django.db import OperationalError, connection
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(25)")
    except OperationalError as fehler:
        print(fehler.__cause__.sqlstate)
    """
        )
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(25)")
    assert ausgabe.splitlines()[-1] == "55P03"


def test_was_das_web_startet_erbt_seine_fristen_nicht(anlage):
    ausgabe = anlage().python(
        f"""
    {IM_WEB}
    import subprocess, sys
    frage = "from django.db import connection; c = connection.cursor(); c.execute('SHOW statement_timeout'); "
    befehl = [sys.executable, "manage.py", "shell", "--no-imports", "-c", frage + "print(c.fetchone()[0])"]
    print(subprocess.run(befehl, capture_output=True, text=True, check=True).stdout)
    """
    )
    assert ausgabe.split()[-1] == "0"


def test_fremde_startangaben_bleiben(settings, monkeypatch):
    from django.db import connections

    from konferenz.datenbank import fristen_setzen

    settings.DATENBANK_FRISTEN = {"statement_timeout": 7}
    eigene = {"ENGINE": connection.settings_dict["ENGINE"], "OPTIONS": {"options": "-c work_mem=8MB"}}
    monkeypatch.setitem(connections.settings, "default", eigene)
    fristen_setzen()
    assert eigene["OPTIONS"] == {"options": "-c work_mem=8MB -c statement_timeout=7s"}
