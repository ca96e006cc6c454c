"""pytest plugin: skip what the machine can't run, and say so in the last lines of the output.

Nothing is left out silently. In CI (CI set) nothing is left out at all: there a missing browser fails.
"""

import os
import random
import shutil
from collections import Counter
from collections.abc import Generator
from importlib.util import find_spec
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase

from tests import verbund


def chromium() -> str | None:
    """Return the path of a Chromium or Chrome on this machine."""
    return next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
    )


def libreoffice() -> str | None:
    """Return the path of LibreOffice on this machine."""
    return next(filter(None, map(shutil.which, ("soffice", "libreoffice"))), None)


def redis() -> str | None:
    """Return the path of a Redis or Valkey server on this machine."""
    return next(filter(None, map(shutil.which, ("redis-server", "valkey-server"))), None)


NUR_AUF_SQLITE = pytest.StashKey[int]()


def _ohne_datenbank(item: pytest.Item) -> bool:
    """Say whether pytest-django keeps a test from every database, whichever it is.

    What is skipped on some condition counts as one that needs it: the condition may be the database.
    """
    if any(map(item.get_closest_marker, ("django_db", "skipif"))):
        return False
    klasse = getattr(item, "cls", None)
    if klasse and issubclass(klasse, TransactionTestCase):
        return False
    return {"db", "transactional_db", "live_server"}.isdisjoint(getattr(item, "fixturenames", ()))


def nur_auf_sqlite(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return what would only repeat on PostgreSQL what it said on SQLite.

    These are tests without a database, and of tests marked `kreuzprodukt(n)` all but every n-th case, drawn
    with the test's own name as the seed.
    """
    weg = set(filter(_ohne_datenbank, items))
    faelle: dict[tuple[str, int], list[pytest.Item]] = {}
    for item in items:
        if marke := item.get_closest_marker("kreuzprodukt"):
            faelle.setdefault((item.nodeid.partition("[")[0], marke.args[0]), []).append(item)
    for (test, teil), alle in faelle.items():
        bleiben = random.Random(test).sample(alle, -(-len(alle) // teil))  # noqa: S311  # no secret
        weg.update(set(alle) - set(bleiben))
    return weg


@pytest.hookimpl(trylast=True)  # after -m and -k
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip tests whose program is not there; leave out on PostgreSQL what would only repeat SQLite's run."""
    if connection.vendor != "sqlite" and not os.environ.get("DAUER"):
        weg = nur_auf_sqlite(items)
        items[:] = [item for item in items if item not in weg]
        for item in items:
            if item.get_closest_marker("kreuzprodukt"):
                item.add_marker(pytest.mark.dauer)
        config.hook.pytest_deselected(items=list(weg))
        config.stash[NUR_AUF_SQLITE] = len(weg)
        if hasattr(config, "workeroutput"):
            config.workeroutput["nur_auf_sqlite"] = len(weg)
    # Several processes together take long to set up: first, and so in one piece, they go to one worker.
    items.sort(key=lambda item: "verbund" not in item.keywords)
    if not find_spec("moto"):  # in an environment of its own, in CI, too
        for item in items:
            if item.get_closest_marker("s3"):
                item.add_marker(pytest.mark.skip(reason="Objektspeicher: prüft make s3-pruefen"))
    if not os.environ.get("OIDC_NODE"):  # the same
        for item in items:
            if item.get_closest_marker("oidc"):
                item.add_marker(pytest.mark.skip(reason="Anmeldedienst von anderen: prüft make oidc-pruefen"))
    if os.environ.get("CI"):
        return
    fehlt = {}
    if not chromium():
        fehlt["browser"] = pytest.mark.skip(reason="Chromium fehlt (apt-get install chromium)")
    if not libreoffice():
        fehlt["calc"] = pytest.mark.skip(reason="LibreOffice fehlt (apt-get install libreoffice-calc)")
    if not redis():
        fehlt["redis"] = pytest.mark.skip(reason="Redis fehlt (apt-get install redis-server)")
    if pakete := verbund.fehlendes():
        fehlt["verbund"] = pytest.mark.skip(reason=f"{', '.join(pakete)} fehlt (apt-get install)")
    for item in items:
        for marke in fehlt.keys() & item.keywords:
            item.add_marker(fehlt[marke])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of pytest-xdist left out; all of them collect the same."""
    node.config.stash[NUR_AUF_SQLITE] = getattr(node, "workeroutput", {}).get("nur_auf_sqlite", 0)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """Print what was left out, after pytest's own last line."""
    yield
    config = session.config
    ausgabe = config.pluginmanager.get_plugin("terminalreporter")
    if ausgabe is None or hasattr(config, "workerinput") or config.option.collectonly:
        return
    ausgabe.write_line("")
    for zeile in _zeilen(config, ausgabe.stats):
        ausgabe.write_line(zeile)


def _zeilen(config: pytest.Config, stats: dict[str, list]) -> list[str]:
    gruende = Counter(
        bericht.longrepr[2].removeprefix("Skipped: ")
        for bericht in stats.get("skipped", [])
        if isinstance(bericht.longrepr, tuple)
    )
    ausgelassen = [f"{anzahl} × {grund}" for grund, anzahl in gruende.items()]
    if config.option.markexpr:
        ausgelassen.append(f"was -m „{config.option.markexpr}“ nicht wählt")
    if config.option.keyword:
        ausgelassen.append(f"was -k „{config.option.keyword}“ nicht wählt")
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        ausgelassen.append("PostgreSQL: geprüft wurde auf SQLite (make test-postgres)")
    if anzahl := config.stash.get(NUR_AUF_SQLITE, 0):
        ausgelassen.append(
            f"{anzahl} Tests ohne Datenbank und Fälle von Kreuzprodukten liefen nur auf SQLite (make test)"
        )
    gelaufen = [bericht for ergebnis in ("passed", "failed") for bericht in stats.get(ergebnis, [])]
    if not os.environ.get("DAUER") and any("dauer" in bericht.keywords for bericht in gelaufen):
        ausgelassen.append("lange Tests liefen als Stichprobe (in voller Länge: make dauer)")
    return ["Ausgelassen:", *(f"  – {zeile}" for zeile in ausgelassen)] if ausgelassen else []
