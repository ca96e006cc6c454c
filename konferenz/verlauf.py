"""The history of every change: who, when, what, and which changes were made together.

What one request or one command changes is one Vorgang: it can be shown, and taken back, as a whole.
The last line of a row's history says the same as the row itself: what is written past `save()` is
recorded by `verzeichnen()`. So what held at any time can be read from the lines alone.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.db import models
from django.db.models import Max, Model, QuerySet
from simple_history.models import HistoricalRecords

VERWALTUNG = "Verwaltung"


@dataclass(frozen=True, slots=True)
class Vorgang:
    """Changes that belong together; `weg` says by which way they came, e.g. „Erfassung“ or „Import“.

    Without a number (data loaded from a file) only time and account tell what belongs together.
    """

    weg: str = ""
    nummer: UUID | None = field(default_factory=uuid4)


_laufend: ContextVar[Vorgang | None] = ContextVar("vorgang", default=None)


@contextmanager
def vorgang(weg: str, nummer: UUID | None = None) -> Iterator[Vorgang]:
    """Record all changes made inside as one Vorgang that came by this way (at most 100 characters).

    It gets a new number unless one is given.
    """
    with _als_laufend(Vorgang(weg, nummer or uuid4())) as neuer:
        yield neuer


@contextmanager
def _als_laufend(neuer: Vorgang) -> Iterator[Vorgang]:
    marke = _laufend.set(neuer)
    try:
        yield neuer
    finally:
        _laufend.reset(marke)


def vorgangsnummer() -> UUID | None:
    """Return the number of the Vorgang at hand: the one begun, else the request's, else a new one."""
    if laufend := _laufend.get():
        return laufend.nummer
    anfrage = getattr(HistoricalRecords.context, "request", None)
    if anfrage is None:
        return uuid4()
    if not hasattr(anfrage, "vorgangsnummer"):
        anfrage.vorgangsnummer = uuid4()
    return anfrage.vorgangsnummer


def weg() -> str | None:
    """Return the way of the Vorgang at hand; forms of Django's admin need not begin one."""
    if laufend := _laufend.get():
        return laufend.weg or None
    anfrage = getattr(HistoricalRecords.context, "request", None)
    ort = getattr(anfrage, "resolver_match", None)
    return VERWALTUNG if ort and ort.app_names == ["admin"] else None


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

    def fields_included(self, model: Any) -> list[Any]:
        """Leave out what the database itself makes of the other fields."""
        return [feld for feld in super().fields_included(model) if not feld.generated]

    def get_change_reason_for_object(self, instance: Any, history_type: str, using: Any) -> str | None:
        """Return the way by which the change came, unless the object itself names a reason."""
        return super().get_change_reason_for_object(instance, history_type, using) or weg()

    def post_save(self, instance: Any, created: bool, using: Any = None, **kwargs: Any) -> None:
        """Record what fixtures load as well: nobody could tell otherwise how it was before the first edit."""
        if kwargs.pop("raw", False) and _laufend.get() is None:
            with _als_laufend(Vorgang("Datei geladen", None)):
                super().post_save(instance, created, using, **kwargs)
        else:
            super().post_save(instance, created, using, **kwargs)

    def post_delete(self, instance: Any, using: Any = None, **kwargs: Any) -> None:
        """Record what one deletion takes along as one Vorgang, also outside of requests."""
        ursprung = kwargs.get("origin")
        if ursprung is None or _laufend.get() or getattr(HistoricalRecords.context, "request", None):
            super().post_delete(instance, using, **kwargs)
            return
        if not hasattr(ursprung, "_loeschvorgang"):
            ursprung._loeschvorgang = Vorgang()
        with _als_laufend(ursprung._loeschvorgang):
            super().post_delete(instance, using, **kwargs)

    def m2m_changed(
        self, instance: Any, action: str, attr: str, pk_set: Any, reverse: bool, **kwargs: Any
    ) -> None:
        """Record it at the rows whose history it is, also where it was said from the other side."""
        for zeile in self.cls._base_manager.filter(pk__in=pk_set or ()) if reverse else [instance]:
            super().m2m_changed(zeile, action, attr, pk_set, False, **kwargs)


def verzeichnete_modelle() -> list[Any]:
    """Return all models whose changes are recorded."""
    return [
        modell for modell in apps.get_models() if hasattr(modell._meta, "simple_history_manager_attribute")
    ]


def letzte_zeilen(zeilen: QuerySet[Any], schluessel: str = "id") -> QuerySet[Any]:
    """Return of these lines of one history the last for each row, told apart by the field `schluessel`."""
    letzte = zeilen.order_by().values(schluessel).annotate(letzte=Max("history_id")).values("letzte")
    return zeilen.model.objects.filter(pk__in=letzte)


def verzeichnen(zeilen: Iterable[Model]) -> None:
    """Record rows of one model that were written past `save()`, if they are not as their last line says."""
    liste: list[Any] = list(zeilen)
    if not liste:
        return
    verlauf = type(liste[0]).history
    bisher = letzte_zeilen(verlauf.filter(id__in=[zeile.pk for zeile in liste]))
    bekannt = {alt.id: _werte(alt) for alt in bisher}
    neue = [zeile for zeile in liste if bekannt.get(zeile.pk) != _werte(zeile)]
    eintraege = verlauf.bulk_history_create(neue, update=True, default_change_reason=weg(), batch_size=500)
    for feld in verlauf.model._history_m2m_fields if neue else ():
        _mehrfaches_verzeichnen(feld, {eintrag.id: eintrag for eintrag in eintraege})


def _mehrfaches_verzeichnen(feld: Any, eintraege: dict[int, Any]) -> None:
    """Record whom rows name by this field, given their new lines by key."""
    zwischen = feld.remote_field.through
    zeile_von = zwischen._meta.get_field(feld.m2m_field_name()).attname
    HistoricalRecords.m2m_models[feld].objects.bulk_create(
        HistoricalRecords.m2m_models[feld](
            history=eintraege[getattr(z, zeile_von)],
            **{f.attname: getattr(z, f.attname) for f in zwischen._meta.concrete_fields},
        )
        for z in zwischen._base_manager.filter(**{f"{zeile_von}__in": eintraege})
    )


def _werte(zeile: Any) -> list[Any]:
    modell = getattr(zeile, "instance_type", type(zeile))
    felder = modell.history.model.tracked_fields
    return [feld.get_prep_value(getattr(zeile, feld.attname)) for feld in felder]
