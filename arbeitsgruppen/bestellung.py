"""What is ordered from the background service: made once however often it is asked for, followed meanwhile.

Hefte (ausgabe.py), and all else that takes long (erzeugnisse.py). Each stands under the hash of what goes
into it, and knows the task that is at work on it.
"""

import re
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from arbeitsgruppen.models import Bestellung
from konferenz.speicher import UNFERTIG, Speicherausfall, SpeicherWeg
from konferenz.uhr import eben_erst

AUSFAELLE = [f"{art.__module__}.{art.__qualname__}" for art in (Speicherausfall, SpeicherWeg)]
# What could not be made is tried again after this, should somebody ask: it may have been the machine's fault.
NEUER_VERSUCH = timedelta(minutes=15)
MELDEABSTAND = 0.5  # seconds

# Priorities of the tasks: somebody is waiting, waits for something large, or it is made to be ready when
# somebody asks.
VERLANGT = 10
GROSS = 5
VORRAT = 0

UNERWARTET = "Das ist unerwartet gescheitert. Den Grund nennt die Hintergrundaufgabe in der Verwaltung."
VOLL_ODER_WEG = (
    "Der Speicher für Dateien ist voll oder antwortet nicht; an den Texten liegt es nicht. Versuchen Sie es "
    "in einer Viertelstunde noch einmal."
)

B = TypeVar("B", bound=Bestellung)
# Told how much is done, of how much, and what comes next.
Melder = Callable[[int, int, str], object]


class WarteschlangeVoll(Exception):
    """So much is waiting to be made that nothing more is taken."""


def vorhandene(modell: type[B], schluessel: str, unerwartet: str = UNERWARTET) -> B | None:
    """Return what is finished, on its way or failed not long ago; None where it is to be ordered (anew).

    `unerwartet` is what readers are told where the task ended in an error that nobody foresaw.
    """
    bestellung = modell._default_manager.filter(schluessel=schluessel).first()
    if bestellung is None or verwaist(bestellung):
        return None
    if bestellung.fertig and not default_storage.exists(str(bestellung.datei)):
        bestellung.delete()  # its file was lost
        return None
    if _gescheitert(bestellung):
        bestellung.fehler = VOLL_ODER_WEG if _am_speicher(bestellung) else unerwartet
        bestellung.save(update_fields=["fehler"])
    return bestellung


def schluessel_fuer(art: str, *was: object) -> str:
    """Return the hash (64 hex digits) under which something stands that depends on this and nothing else."""
    return sha256("\n".join([art, *map(str, was)]).encode()).hexdigest()


def aufgeben(
    modell: type[B],
    schluessel: str,
    angaben: dict[str, Any],
    aufgabe: Task[[int], None],
    *,
    vorrang: int = VERLANGT,
    mit: dict[str, Any] | None = None,
) -> B:
    """Order what nobody is at work on: `aufgabe` gets its primary key. `angaben` are its other fields.

    Who asks at the same time gets the same order. Raises WarteschlangeVoll where too many with the fields
    `mit` are waiting, unless it is for stock.
    """
    if vorrang != VORRAT and _wartende(modell, mit or {}) >= settings.HEFT_WARTESCHLANGE:
        raise WarteschlangeVoll
    with transaction.atomic():
        bestellung, neu = modell._default_manager.select_for_update().get_or_create(
            schluessel=schluessel, defaults=angaben
        )
        if neu or verwaist(bestellung):
            bestellung.von_vorn()
            for name, wert in angaben.items() if not neu else ():
                setattr(bestellung, name, wert)
            bestellung.verlangt = timezone.now()
            bestellung.vorrat = vorrang == VORRAT
            auftrag = aufgabe.using(priority=vorrang).enqueue(bestellung.pk)
            bestellung.auftrag = UUID(auftrag.id)
            bestellung.save()
    return bestellung


def vorziehen(bestellung: Bestellung) -> None:
    """Have made at once what was ordered for stock: now somebody is waiting."""
    _auftrag(bestellung).filter(status=TaskResultStatus.READY).update(priority=VERLANGT)
    type(bestellung)._default_manager.filter(pk=bestellung.pk).update(vorrat=False)


def verwaist(bestellung: Bestellung) -> bool:
    """Whether nobody is at work on what is unfinished (any more) and it may be ordered anew."""
    if bestellung.fertig:
        return False
    if bestellung.fehler or _gescheitert(bestellung):
        return not eben_erst(bestellung.verlangt, NEUER_VERSUCH)
    return not _offene_auftraege().filter(pk=bestellung.auftrag).exists()


class Wartestand(NamedTuple):
    """What an order waits for: for its next attempt, where one has just failed, or for so many others."""

    naechster_versuch: datetime | None = None
    davor: int = 0


def wartestand(bestellung: Bestellung) -> Wartestand:
    """Return what an order waits for that nobody is at work on."""
    auftrag = _auftrag(bestellung).filter(status=TaskResultStatus.READY).first()
    if auftrag is None:
        return Wartestand()
    if auftrag.worker_ids and auftrag.run_after > timezone.now():
        return Wartestand(naechster_versuch=auftrag.run_after)
    frueher = Q(priority__gt=auftrag.priority) | Q(
        priority=auftrag.priority, enqueued_at__lt=auftrag.enqueued_at
    )
    return Wartestand(davor=DBTaskResult.objects.ready().filter(frueher).count())


def gemaechlich(melden: Melder) -> Melder:
    """Return what passes reports on: a new step at once, else not more often than readers can see it."""
    zuletzt, schritt = -MELDEABSTAND, None

    def weitersagen(fertig: int, gesamt: int, was: str) -> None:
        nonlocal zuletzt, schritt
        if was != schritt or time.monotonic() - zuletzt >= MELDEABSTAND:
            zuletzt, schritt = time.monotonic(), was
            melden(fertig, gesamt, was)

    return weitersagen


def abliefern(bestellung: Bestellung, name: str, datei: "File[bytes]", **felder: Any) -> None:
    """Keep what was made under a name in the store, and set these fields of the order."""
    default_storage.delete(name)  # left behind where a process was killed between file and row
    felder |= {"datei": default_storage.save(name, datei), "fertig": timezone.now(), "fehler": ""}
    type(bestellung)._default_manager.filter(pk=bestellung.pk).update(**felder)


def verwaiste_dateien_loeschen(ordner: str, bekannte: Collection[str]) -> int:
    """Delete what lies in a folder of the store under the hash of an order and is not known; return how many.

    Such files are left where a conference was deleted, or a worker killed at the wrong moment.
    """
    try:
        _, namen = default_storage.listdir(ordner)
    except FileNotFoundError:
        return 0
    alt = timezone.now() - timedelta(hours=1)  # one that is being saved has no row yet
    verwaiste = [
        stelle
        for name in namen
        if (stelle := f"{ordner}/{name}") not in bekannte
        and re.fullmatch(rf"[0-9a-f]{{64}}(?:[-_.]\w+)*|{re.escape(UNFERTIG)}\w+", name)
        and default_storage.get_modified_time(stelle) < alt
    ]
    for stelle in verwaiste:
        default_storage.delete(stelle)
    return len(verwaiste)


def _gescheitert(bestellung: Bestellung) -> bool:
    """Whether its task ended in an error that nobody foresaw: a full disk, services that died at it."""
    auftrag = _auftrag(bestellung).filter(status=TaskResultStatus.FAILED)
    return not bestellung.fertig and not bestellung.fehler and auftrag.exists()


def _am_speicher(bestellung: Bestellung) -> bool:
    return _auftrag(bestellung).filter(exception_class_path__in=AUSFAELLE).exists()


def _auftrag(bestellung: Bestellung) -> models.QuerySet[Any]:
    return DBTaskResult.objects.filter(pk__in=filter(None, [bestellung.auftrag]))


def _wartende(modell: type[Bestellung], mit: dict[str, Any]) -> int:
    wartende = modell._default_manager.filter(fertig=None, fehler="", vorrat=False, **mit)
    return wartende.filter(auftrag__in=_offene_auftraege()).count()


def _offene_auftraege() -> models.QuerySet[Any]:
    return DBTaskResult.objects.filter(status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING]).values(
        "pk"
    )
