"""Whether this process can do its work now, and what whoever runs it should look after.

503 says that every page fails: the database is away, or migrations are missing. All else is a warning, for
readers still read. It is for alarms, and for a new version before its first request. A proxy asks /healthz
(konferenz/lebenszeichen.py): without its database, too, the application tells people what is the matter and
gives back what they typed, and where nobody is sent to it they read nothing of that.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_tasks_db.models import DBTaskResult

from arbeitsgruppen.hintergrund import TOT_NACH
from arbeitsgruppen.models import Dienst

OK, WARNUNG, FEHLER = "ok", "warnung", "fehler"
# A Heft takes seconds, the first after a new version minutes.
WARTET_ZU_LANGE = timedelta(minutes=10)
# The store may be another machine that charges by the call, and anybody may ask this page.
SPEICHERPROBE_GILT = 30.0  # seconds


class Speicherprobe:
    """Writes a small file to the store, but not more often than SPEICHERPROBE_GILT allows."""

    def __init__(self, uhr: Callable[[], float] = time.monotonic) -> None:
        self._uhr = uhr
        self._gilt_bis = -1.0
        self._ergebnis = OK

    def __call__(self) -> str:
        """Return OK or WARNUNG."""
        if self._uhr() >= self._gilt_bis:
            self._ergebnis = self._schreiben()
            self._gilt_bis = self._uhr() + SPEICHERPROBE_GILT
        return self._ergebnis

    def _schreiben(self) -> str:
        try:
            default_storage.delete(default_storage.save(f"probe/{uuid4().hex}", ContentFile(b"probe")))
        except Exception:  # noqa: BLE001  # each store has errors of its own, and none may become a 500 here
            return WARNUNG
        return OK


class Migrationsprobe:
    """Looks whether every migration of this version is applied; once they are they stay so."""

    def __init__(self) -> None:
        self._vollstaendig = False

    def __call__(self) -> str:
        """Return OK or FEHLER. Raises DatabaseError."""
        if not self._vollstaendig:
            lauf = MigrationExecutor(connection)
            self._vollstaendig = not lauf.migration_plan(lauf.loader.graph.leaf_nodes())
        return OK if self._vollstaendig else FEHLER


speicherprobe = Speicherprobe()
migrationsprobe = Migrationsprobe()


def bereitschaft() -> dict[str, str]:
    """Return what was looked at, each OK, WARNUNG or FEHLER: words only, anybody may read them."""
    try:
        migrationen = migrationsprobe()
        if migrationen == FEHLER:
            return {"datenbank": OK, "migrationen": FEHLER}
        return {
            "datenbank": OK,
            "migrationen": OK,
            "speicher": speicherprobe(),
            "zwischenspeicher": _zwischenspeicher(),
            "warteschlange": _warteschlange(),
            "hintergrunddienst": _hintergrunddienst(),
        }
    except (DatabaseError, InterfaceError):
        return {"datenbank": FEHLER}


def _zwischenspeicher() -> str:
    """Return WARNUNG where the cache keeps nothing: pages are slow then, and nobody is throttled."""
    # One entry, however often anybody asks: many would push others out, such as what clients are counted by.
    caches["default"].set("bereit", True, timeout=5)
    return OK if caches["default"].get("bereit") else WARNUNG


def _warteschlange() -> str:
    aelteste = DBTaskResult.objects.ready().order_by().aggregate(seit=Min("enqueued_at"))["seit"]
    return WARNUNG if aelteste and timezone.now() - aelteste > WARTET_ZU_LANGE else OK


def _hintergrunddienst() -> str:
    return OK if Dienst.objects.mit_lebenszeichen(TOT_NACH, timezone.now()).exists() else WARNUNG


@require_safe
@never_cache
def bereit(request: HttpRequest) -> JsonResponse:
    """Say whether this process can do its work: 200 with what was looked at, or 503."""
    teile = bereitschaft()
    gut = FEHLER not in teile.values()
    return JsonResponse({"bereit": gut, **teile}, status=200 if gut else 503)
