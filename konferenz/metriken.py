"""What Prometheus is told of this process: requests, errors, Hefte and tasks, counted as they happen.

Several gunicorn workers write into files of one folder (PROMETHEUS_MULTIPROC_DIR, set by gunicorn.conf.py),
and whichever is asked adds them up: https://prometheus.github.io/client_python/multiprocess/. Labels are
names from the code only, so that there are few of them and none says anything about a person.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector

from konferenz.anmeldung import METHODEN
from konferenz.protokoll import ansicht

MEHRERE_PROZESSE = "PROMETHEUS_MULTIPROC_DIR" in os.environ


def _schreiber() -> str:
    """Return whose file this process writes: that of its place among gunicorn's workers.

    By process number, which is the library's default, each worker that gunicorn replaces would leave its
    files behind for ever. A worker may have one helper at a time (hintergrund.nachhelfen), which inherits
    its environment.
    """
    platz, _, prozess = os.environ.get("METRIKEN_PLATZ", "").partition(":")
    if not platz:
        return str(os.getpid())
    return platz if prozess == str(os.getpid()) else f"{platz}h"


disable_created_metrics()
if MEHRERE_PROZESSE:
    values.ValueClass = values.MultiProcessValue(_schreiber)

ANFRAGEN = Counter(
    "konferenz_anfragen", "Beantwortete Anfragen nach Ansicht.", ["ansicht", "methode", "status"]
)
ANFRAGEDAUER = Histogram(
    "konferenz_anfragedauer_seconds",
    "Dauer bis zur Antwort.",
    ["ansicht"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
FEHLER = Counter("konferenz_fehler", "Anfragen, die eine Ausnahme beendet hat.", ["ansicht", "ausnahme"])
HEFTE = Counter("konferenz_hefte", "Hefte, die gesetzt wurden oder scheiterten.", ["form", "ergebnis"])
HEFTDAUER = Histogram(
    "konferenz_heftdauer_seconds",
    "Dauer des Setzens eines Hefts.",
    ["form"],
    buckets=(0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
)
AUFGABEN = Counter("konferenz_aufgaben", "Beendete Hintergrundaufgaben.", ["aufgabe", "status"])


def gezaehlt(
    weiter: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Return the middleware that counts and times every request."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        beginn = time.perf_counter()
        antwort = weiter(request)
        methode = request.method if request.method in METHODEN else "andere"
        ANFRAGEN.labels(ansicht(request), methode, antwort.status_code).inc()
        ANFRAGEDAUER.labels(ansicht(request)).observe(time.perf_counter() - beginn)
        return antwort

    return middleware


def _fehler_zaehlen(request: HttpRequest | None = None, **_: Any) -> None:
    ausnahme = sys.exc_info()[0]
    FEHLER.labels(ansicht(request) if request else "", ausnahme.__name__ if ausnahme else "").inc()


got_request_exception.connect(_fehler_zaehlen, dispatch_uid="konferenz.metriken")


@contextmanager
def heftmessung(form: str) -> Iterator[None]:
    """Count one Heft, set or failed, and how long setting it took."""
    beginn = time.perf_counter()
    try:
        yield
    except BaseException:
        HEFTE.labels(form, "gescheitert").inc()
        raise
    HEFTE.labels(form, "gesetzt").inc()
    HEFTDAUER.labels(form).observe(time.perf_counter() - beginn)


def alle() -> CollectorRegistry:
    """Return what this process and the other workers beside it have counted."""
    if not MEHRERE_PROZESSE:
        return REGISTRY
    summe = CollectorRegistry()
    MultiProcessCollector(summe)
    return summe


def darf_lesen(berechtigung: str) -> bool:
    """Whether an Authorization header names the token of the metrics; without one nobody may read them."""
    marke = settings.METRIKEN_MARKE
    return bool(marke) and constant_time_compare(berechtigung, f"Bearer {marke}")
