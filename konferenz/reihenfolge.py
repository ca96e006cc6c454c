"""The order of rows under their parent, which organisers change by typing numbers.

Positions are unique per parent. SQLite and PostgreSQL both check that after every single row, not
at the end of an UPDATE or of a transaction (a partial unique index can't be deferred), so two rows
can't simply swap their numbers. Hence rows that move are first parked behind the last one of their
parent, by one UPDATE, and then get their places.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max, Model, QuerySet, UniqueConstraint
from django.forms.models import BaseInlineFormSet


def ans_ende(zeile: Any, bereich: Sequence[str]) -> None:
    """Set the position of a row that is about to be saved: where it stands, else behind the last.

    `bereich` names the fields among whose equals a position is unique, the parent first. A row
    keeps its place as long as these fields keep their values in the database.
    """
    eltern = getattr(zeile, bereich[0])
    sperren(eltern)
    geschwister = type(zeile)._base_manager.filter(**{feld: getattr(zeile, feld) for feld in bereich})
    stelle = geschwister.filter(pk=zeile.pk).values_list("position", flat=True).first()
    if stelle is None:
        stelle = (geschwister.aggregate(letzte=Max("position"))["letzte"] or 0) + 1
    zeile.position = stelle


def sperren(eltern: Model) -> None:
    """Let nobody else change the order under this parent until the transaction ends.

    SQLite has no row locks and needs none: there a transaction holds the whole database.
    """
    type(eltern)._base_manager.select_for_update().get(pk=eltern.pk)


def _parken(zeilen: QuerySet[Any], hinter: int) -> None:
    # No target and no position that is still taken lies behind `hinter`.
    zeilen.update(position=F("position") + hinter + 1)


@dataclass(frozen=True, slots=True)
class Platzwunsch:
    """A row with its stored place in its scope (None: new there) and the typed one (None: the end)."""

    zeile: Any
    bisher: int | None
    wunsch: int | None


def eingereiht(wuensche: Sequence[Platzwunsch]) -> list[Any]:
    """Return the rows in the order that was meant by the typed numbers.

    A typed number means the place that the reader saw under this number: a row that moves to 3
    stands third afterwards, whether it came from above or below, and pushes the others along. The
    rows whose number nobody touched keep their order; equal numbers stand in the order of the form.
    """
    folge = sorted((w for w in wuensche if w.bisher is not None and w.wunsch == w.bisher), key=_bisher)
    frei_ab = 0
    bewegte = ((w.wunsch, w) for w in wuensche if w.wunsch is not None and w.wunsch != w.bisher)
    for nummer, w in sorted(bewegte, key=itemgetter(0)):
        andere = [a.bisher for a in wuensche if a.bisher is not None and a is not w]
        # Coming from above, the row leaves a gap into which the one at its new place moves up.
        abwaerts = w.bisher is not None and w.bisher < nummer and nummer in andere
        platz = sum(stelle < nummer for stelle in andere) + abwaerts
        platz = min(max(platz, frei_ab), len(folge))
        folge.insert(platz, w)
        frei_ab = platz + 1
    return [w.zeile for w in folge] + [w.zeile for w in wuensche if w.wunsch is None]


def _bisher(wunsch: Platzwunsch) -> int:
    return wunsch.bisher or 0


class ZeilenForm(forms.ModelForm):
    """A row in the form of its parent."""

    def _post_clean(self) -> None:
        # An untouched row passed its constraints when it was stored, and to check them again would
        # take several queries for each of a hundred rows.
        if not self.instance._state.adding and not self.has_changed():
            return
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        if self.errors:
            return
        # Django leaves the parent out when it checks a row of an inline form, and every constraint
        # in which the parent stands with it, which then fails at the database.
        try:
            self.instance.validate_constraints(exclude=self._get_validation_exclusions())
        except ValidationError as error:
            self.add_error(None, error.messages)

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions()  # type: ignore[misc]  # not in the stubs


class EinreihenForm(ZeilenForm):
    """A row with a number to type, which may be taken, leave a gap or be missing."""

    # The hidden copy of what was shown tells a typed number from one that somebody else's edit
    # has changed in the database meanwhile.
    position = forms.IntegerField(
        label="Nr.",
        required=False,
        min_value=0,
        show_hidden_initial=True,
        widget=forms.NumberInput(attrs={"class": "reihenfolge", "min": 0}),
        help_text="Zum Umordnen die gewünschte Nummer eintragen; die anderen rücken beim Speichern nach. "
        "Leer: ans Ende.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.initial["position"] = None

    def _get_validation_exclusions(self) -> set[str]:
        # The formset gives every row its final place; a number that is taken is no error.
        return {*super()._get_validation_exclusions(), "position"}


class ReihenfolgeFormSet(BaseInlineFormSet):
    """Rows of one parent that are stored as 1 to n in the order of the typed numbers.

    Forms have to be `EinreihenForm`s. Rows that only moved up or down because of others get their
    number without an entry in the history.
    """

    model: type[Model]

    def bereich(self, zeile: Any) -> Hashable:
        """Return within what the positions of the parent's rows are unique; one scope by default."""
        return None

    def folge(self) -> dict[Hashable, list[Any]]:
        """Return the rows as they are going to stand, by scope; rows that are deleted are left out."""
        gespeichert = {zeile.pk: zeile for zeile in self._gespeicherte()}
        wuensche: dict[Hashable, list[Platzwunsch]] = defaultdict(list)
        for form in self.forms:
            alt = None if form.instance._state.adding else gespeichert.pop(form.instance.pk, None)
            if (alt is None and not form.has_changed()) or form in self.deleted_forms:
                continue
            bereich = self.bereich(form.instance)
            bisher = alt.position if alt and self.bereich(alt) == bereich else None
            getippt = "position" in form.changed_data
            wuensche[bereich].append(
                Platzwunsch(form.instance, bisher, form.cleaned_data["position"] if getippt else bisher)
            )
        # What somebody else added since the page was opened keeps its place.
        for zeile in gespeichert.values():
            wuensche[self.bereich(zeile)].append(Platzwunsch(zeile, zeile.position, zeile.position))
        return {bereich: eingereiht(zeilen) for bereich, zeilen in wuensche.items()}

    def get_unique_error_message(self, unique_check: Sequence[str]) -> str:
        """Return what the constraint says that two rows of the form break between them."""
        for constraint in self.model._meta.constraints:
            if isinstance(constraint, UniqueConstraint) and set(constraint.fields) == set(unique_check):
                return str(constraint.get_violation_error_message())
        return super().get_unique_error_message(unique_check)

    def delete_existing(self, obj: Model, commit: bool = True) -> None:
        """Put the row aside: what depends on it may be moved elsewhere in the same form."""
        self._zu_loeschen.append(obj)

    def save(self, commit: bool = True) -> list[Any]:
        """Store the rows and number them."""
        if not commit:
            raise ValueError("Die Reihenfolge lässt sich nur zusammen mit den Zeilen speichern.")
        self._zu_loeschen: list[Model] = []
        if not self.has_changed():
            return super().save()
        with transaction.atomic():
            sperren(self.instance)
            vorhandene = self._gespeicherte()
            folge = self.folge()
            zeilen = self.model._base_manager.filter(**{self.fk.name: self.instance})
            anzahl = len(self.forms) + len(vorhandene)
            _parken(zeilen, hinter=max(anzahl, *(zeile.position for zeile in vorhandene), 0))
            for bereich in folge.values():
                for stelle, zeile in enumerate(bereich, 1):
                    zeile.position = stelle
            gespeichert = super().save()
            for obj in reversed(self._zu_loeschen):
                obj.delete()
            fertig = {zeile.pk for zeile in gespeichert}
            self.model._base_manager.bulk_update(
                [z for bereich in folge.values() for z in bereich if z.pk not in fertig], ["position"]
            )
        return gespeichert

    def _gespeicherte(self) -> list[Any]:
        # Read anew: the rows of get_queryset() carry what was typed.
        if self.instance.pk is None:
            return []
        rows = self.model._base_manager.filter(**{self.fk.name: self.instance})
        return list(rows.order_by("position"))
