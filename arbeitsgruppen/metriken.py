"""What Prometheus asks: what processes have counted, and what waits and is kept in the database."""

from collections.abc import Callable, Iterable, Iterator
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.db import DatabaseError, InterfaceError
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer, choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from arbeitsgruppen.bereitschaft import FEHLER, OK, WARNUNG, bereitschaft
from arbeitsgruppen.hintergrund import TOT_NACH
from arbeitsgruppen.models import Dienst, Heftausgabe
from konferenz import metriken

STUFEN = (OK, WARNUNG, FEHLER)


class Bestand(Collector):
    """What is so at the moment of asking, in a handful of queries; without a database only the state."""

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        zustand = GaugeMetricFamily(
            "konferenz_zustand", "Teile von /bereit: 0 ok, 1 Warnung, 2 Fehler.", labels=["teil"]
        )
        for teil, stufe in bereitschaft().items():
            zustand.add_metric([teil], STUFEN.index(stufe))
        yield zustand
        try:
            yield from _aus_der_datenbank()
        except (DatabaseError, InterfaceError):
            return


def _aus_der_datenbank() -> list[Metric]:
    jetzt = timezone.now()
    aufgaben = GaugeMetricFamily(
        "konferenz_aufgaben_bestand", "Hintergrundaufgaben nach Status.", labels=["status"]
    )
    anzahlen = dict(DBTaskResult.objects.order_by().values_list("status").annotate(anzahl=Count("pk")))
    for status in TaskResultStatus.values:
        aufgaben.add_metric([status], anzahlen.get(status, 0))
    aelteste = DBTaskResult.objects.ready().order_by().aggregate(seit=Min("enqueued_at"))["seit"]
    wartet = GaugeMetricFamily(
        "konferenz_aelteste_aufgabe_seconds",
        "Wie lange die älteste Aufgabe schon wartet; 0, wenn keine wartet.",
        value=(jetzt - aelteste).total_seconds() if aelteste else 0,
    )
    dienste = GaugeMetricFamily(
        "konferenz_hintergrunddienste",
        "Hintergrunddienste mit einem Lebenszeichen.",
        value=Dienst.objects.mit_lebenszeichen(TOT_NACH, jetzt).count(),
    )
    hefte = GaugeMetricFamily("konferenz_heftausgaben", "Aufgehobene Hefte nach Zustand.", labels=["zustand"])
    hefte.add_metric(["fertig"], Heftausgabe.objects.fertige().count())
    hefte.add_metric(["wartend"], Heftausgabe.objects.wartende().count())
    hefte.add_metric(["gescheitert"], Heftausgabe.objects.exclude(fehler="").count())
    return [aufgaben, wartet, dienste, hefte]


class _Summe(Collector):
    def collect(self) -> Iterator[Metric]:
        yield from metriken.alle().collect()
        yield from Bestand().collect()


@require_safe
@never_cache
def ansicht(request: HttpRequest) -> HttpResponse:
    """Answer Prometheus, if it names the token; for all others there is nothing here."""
    if not metriken.darf_lesen(request.headers.get("Authorization", "")):
        return HttpResponseNotFound("Nicht gefunden\n", content_type="text/plain; charset=utf-8")
    summe = CollectorRegistry(auto_describe=False)
    summe.register(_Summe())
    schreiben, art = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(schreiben(summe), content_type=art)


class _Still(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Write no line with the address of who asks."""


def anbieten(port: int) -> None:
    """Answer Prometheus on a port of its own, in a process without web server. Raises OSError."""
    zahlen = make_wsgi_app(metriken.alle())

    def geschuetzt(umgebung: dict[str, Any], beginnen: Callable[..., Any]) -> Iterable[bytes]:
        if not metriken.darf_lesen(umgebung.get("HTTP_AUTHORIZATION", "")):
            beginnen("404 Not Found", [("Content-Type", "text/plain")])
            return [b""]
        return zahlen(umgebung, beginnen)

    server = make_server("", port, geschuetzt, ThreadingWSGIServer, _Still)
    Thread(target=server.serve_forever, name="metriken", daemon=True).start()
