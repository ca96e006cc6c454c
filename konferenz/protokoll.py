"""The log: one line of JSON for each event, with the id of its request, and without personal data.

Where the line came from is told by the name of the view, not by the path: paths hold the marks of links to
drafts and to new passwords. Of an exception it says which and where, not its message: that of a database
repeats the row that somebody typed. What other libraries write is cleaned of addresses, mail addresses and
queries as well.

Imported by gunicorn.conf.py, so nothing here may need Django's settings when it is loaded.
"""

import errno
import logging
import re
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponseBase
from pythonjsonlogger.json import JsonFormatter

logger = logging.getLogger("konferenz.anfrage")
BASIS = Path(__file__).resolve().parent.parent
KOPF = "X-Request-ID"
# What proxies make: a UUID, or hex digits. Nothing that could be a name or an address, nor a line break.
WOHLGEFORMT = re.compile(r"[0-9A-Fa-f-]{16,64}")

_kennung: ContextVar[str] = ContextVar("kennung", default="")


def kennung() -> str:
    """Return the id of the request or task that is being worked on; empty outside of one."""
    return _kennung.get()


@contextmanager
def unter(name: str) -> Iterator[None]:
    """Put this id into every line that is written meanwhile."""
    vorher = _kennung.set(name)
    try:
        yield
    finally:
        _kennung.reset(vorher)


def ansicht(request: HttpRequest) -> str:
    """Return by which view a request was answered: its name in urls.py; empty where there was none."""
    ziel = request.resolver_match
    return (ziel.view_name or ziel._func_path) if ziel else ""


def mit_kennung(
    weiter: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Return the middleware that gives each request its id, and writes one line when it is answered.

    The id of a proxy is kept where it is well formed, so that its lines and ours can be put together.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        mitgebracht = request.headers.get(KOPF, "")
        name = mitgebracht if WOHLGEFORMT.fullmatch(mitgebracht) else uuid4().hex
        beginn = time.perf_counter()
        with unter(name):
            antwort = weiter(request)
            antwort.headers[KOPF] = name
            logger.info(
                "Anfrage",
                extra={
                    "methode": request.method,
                    "ansicht": ansicht(request),
                    "status": antwort.status_code,
                    "dauer_ms": round((time.perf_counter() - beginn) * 1000, 1),
                },
            )
        return antwort

    return middleware


def niemand(*_: Any) -> str:
    """Return what stands for a person in the lines of django-axes, which would name account and address."""
    return "(jemand)"


# --- How a line looks ---

# What a line may hold; other fields that libraries add (the whole request, its user) are left out.
FELDER = (
    "zeit",
    "stufe",
    "quelle",
    "meldung",
    "kennung",
    "methode",
    "ansicht",
    "aufgabe",
    "status",
    "dauer_ms",
    "ausnahme",
)
_UMBENANNT = {"levelname": "stufe", "name": "quelle", "message": "meldung", "exc_info": "ausnahme"}

_ABGEWIESEN = re.compile(r"(?s)(Invalid request) from ip=.*")  # gunicorn's, which repeats what came
_SUCHE = re.compile(r"\?\S+")
_MAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_LINK = re.compile(r"(/(?:entwurf|konto/kennwort)/)[^\s\"']+")
_RECHNER = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}")


def _ohne_adresse(treffer: re.Match[str]) -> str:
    try:
        adresse = ip_address(treffer[0])
    except ValueError:  # a time of day, a version
        return treffer[0]
    return treffer[0] if adresse.is_loopback or adresse.is_unspecified else "(Adresse)"


def bereinigt(text: str) -> str:
    """Return a text without queries, mail addresses, secret links, machines and what gunicorn refused."""
    text = _LINK.sub(r"\1…", _SUCHE.sub("?…", _ABGEWIESEN.sub(r"\1", text)))
    return _RECHNER.sub(_ohne_adresse, _MAIL.sub("(E-Mail)", text))


def _ort(stelle: traceback.FrameSummary) -> str:
    datei = Path(stelle.filename)
    if datei.is_relative_to(BASIS):
        datei = datei.relative_to(BASIS)
    return f"  {datei}:{stelle.lineno} {stelle.name}"


def ohne_wortlaut(ausnahme: BaseException) -> str:
    """Return an exception and those that led to it, the first one first: classes and places."""
    kette: list[BaseException] = []
    davor: BaseException | None = ausnahme
    while davor and davor not in kette:
        kette.append(davor)
        davor = davor.__cause__ or (None if davor.__suppress_context__ else davor.__context__)
    zeilen: list[str] = []
    for e in reversed(kette):
        # What went wrong, as PostgreSQL or the system calls it: a full disk is not a missing right.
        zustand = getattr(e, "sqlstate", None) or errno.errorcode.get(getattr(e, "errno", None) or 0)
        zeilen.append(f"{type(e).__module__}.{type(e).__qualname__}" + (f" ({zustand})" if zustand else ""))
        zeilen.extend(map(_ort, traceback.extract_tb(e.__traceback__)))
    return "\n".join(zeilen)


class JsonZeile(JsonFormatter):
    """A line of JSON with those of FELDER that are known."""

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields=_UMBENANNT,
            timestamp="zeit",
            json_ensure_ascii=False,
        )

    def formatException(self, ei: Any) -> str:  # noqa: N802  # logging's name
        """Say which exception it was and where, not what it said."""
        return ohne_wortlaut(ei[1])

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Choose what goes into the line; a request is told by its view, whatever the message makes of it."""
        request = log_data.get("request")
        if isinstance(request, HttpRequest):
            log_data["meldung"] = f"Antwort {log_data.get('status_code', 500)}"
            log_data["ansicht"] = ansicht(request)
        log_data["meldung"] = bereinigt(str(log_data["meldung"]))
        log_data["kennung"] = kennung()
        return {feld: log_data[feld] for feld in FELDER if log_data.get(feld) not in (None, "")}


class LesbareZeile(logging.Formatter):
    """A line for whoever develops, with all that is known of an exception."""

    def __init__(self) -> None:
        super().__init__("{levelname} {name} {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, followed by the id of the request."""
        zeile = super().format(record)
        return f"{zeile} [{kennung()}]" if kennung() else zeile


def einrichtung(lesbar: bool) -> dict[str, Any]:
    """Return the configuration of Python's logging, for settings and gunicorn alike."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"zeile": {"()": f"{__name__}.{'LesbareZeile' if lesbar else 'JsonZeile'}"}},
        "handlers": {"konsole": {"class": "logging.StreamHandler", "formatter": "zeile"}},
        "root": {"handlers": ["konsole"], "level": "WARNING"},
        "loggers": {
            "django": {"handlers": [], "level": "WARNING"},  # mails nothing, writes nothing twice
            # Each request has its line already; runserver writes it for whoever develops.
            "django.request": {"level": "WARNING" if lesbar else "ERROR"},
            "django.security.DisallowedHost": {"level": "ERROR" if lesbar else "CRITICAL"},
            "konferenz.anfrage": {"level": "WARNING" if lesbar else "INFO"},
            "arbeitsgruppen.aufgabe": {"level": "WARNING" if lesbar else "INFO"},
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
            # WeasyPrint's and fontTools' notes are for whoever works on the layout, not for the console.
            **{name: {"level": "ERROR"} for name in ("fontTools", "weasyprint")},
            **{name: {"level": "WARNING"} for name in ("django_tasks", "django_tasks_db")},
        },
    }
