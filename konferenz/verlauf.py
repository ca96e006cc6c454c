"""The history of every change: who, when, what, and which changes were made together.

What one request or one command changes is one Vorgang: it can be shown, and taken back, as a whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.db import models
from simple_history.models import HistoricalRecords


@dataclass(frozen=True, slots=True)
class Vorgang:
    """Changes that belong together; `weg` says by which way they came, e.g. „Erfassung“ or „Import“."""

    weg: str = ""
    nummer: UUID = field(default_factory=uuid4)


_laufend: ContextVar[Vorgang | None] = ContextVar("vorgang", default=None)


@contextmanager
def vorgang(weg: str) -> Iterator[Vorgang]:
    """Record all changes made inside as one Vorgang that came by this way (at most 100 characters)."""
    neuer = Vorgang(weg)
    marke = _laufend.set(neuer)
    try:
        yield neuer
    finally:
        _laufend.reset(marke)


def vorgangsnummer() -> UUID:
    """Return the number of the Vorgang at hand: the one begun, else the request's, else a new one."""
    if laufend := _laufend.get():
        return laufend.nummer
    anfrage = getattr(HistoricalRecords.context, "request", None)
    if anfrage is None:
        return uuid4()
    if not hasattr(anfrage, "vorgangsnummer"):
        anfrage.vorgangsnummer = uuid4()
    return anfrage.vorgangsnummer


class Verlaufszeile(models.Model):
    """What every line of a history has beside what django-simple-history records."""

    vorgang = models.UUIDField("Vorgang", null=True, default=vorgangsnummer, db_index=True, editable=False)

    class Meta:
        abstract = True


class Verlauf(HistoricalRecords):
    """The history of a model, with the Vorgang and its way."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "verbose_name": "Änderung",
                "verbose_name_plural": "Änderungen",
                "bases": [Verlaufszeile],
                **kwargs,
            }
        )

    def get_change_reason_for_object(self, instance: Any, history_type: str, using: Any) -> str | None:
        """Return the way by which the change came, unless the object itself names a reason."""
        laufend = _laufend.get()
        grund = super().get_change_reason_for_object(instance, history_type, using)
        return grund or (laufend.weg if laufend else None)
