"""The order of rows under their parent, which organisers change by typing numbers.

Positions are unique per parent. SQLite and PostgreSQL both check that after every single row, not
at the end of an UPDATE or of a transaction (a partial unique index can't be deferred), so two rows
can't simply swap their numbers. Hence rows that move are first parked behind the last one of their
parent, by one UPDATE, and then get their places.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max, Model, QuerySet, UniqueConstraint
from django.forms.models import BaseInlineFormSet

from konferenz.stand import StandForm
from konferenz.verlauf import verzeichnen


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


def nachruecken(zeilen: Sequence[Any]) -> None:
    """Store the positions of rows that moved up or down because of others, and record those that did."""
    if zeilen:
        alle = type(zeilen[0])._base_manager
        alle.bulk_update(zeilen, ["position"], batch_size=500)
        # Read anew: somebody may have changed something else of a row since it was read.
        verzeichnen(alle.filter(pk__in=[zeile.pk for zeile in zeilen]))


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
    ohne = [w for w in wuensche if w.wunsch is None]
    folge += ohne
    # A new row without a number stands, for the numbers beside it, where it is going to stand.
    letzte = max((w.bisher for w in wuensche if w.bisher is not None), default=0)
    neue = (w for w in ohne if w.bisher is None)
    stellen = {id(w): w.bisher for w in wuensche if w.bisher is not None}
    stellen |= {id(w): stelle for stelle, w in enumerate(neue, letzte + 1)}
    frei_ab = 0
    bewegte = ((w.wunsch, w) for w in wuensche if w.wunsch is not None and w.wunsch != w.bisher)
    for nummer, w in sorted(bewegte, key=itemgetter(0)):
        andere = [stelle for schluessel, stelle in stellen.items() if schluessel != id(w)]
        # Coming from above, the row leaves a gap into which the one at its new place moves up.
        abwaerts = w.bisher is not None and w.bisher < nummer and nummer in andere
        platz = sum(stelle < nummer for stelle in andere) + abwaerts
        platz = min(max(platz, frei_ab), len(folge))
        folge.insert(platz, w)
        frei_ab = platz + 1
    return [w.zeile for w in folge]


def _bisher(wunsch: Platzwunsch) -> int:
    return wunsch.bisher or 0


class Zeilenfeld(forms.BoundField):
    """A field of a row; what helps to fill it in stands once, above the rows (edit_inline/tabular.html)."""

    @property
    def aria_describedby(self) -> str | None:
        """Return the ids of the help and of the errors."""
        beschreibung = super().aria_describedby
        spalte = (self.form.prefix or "").rpartition("-")[0]
        hilfe = f"{spalte}-{self.name}_hilfe"
        return beschreibung and beschreibung.replace(f"{self.auto_id}_helptext", hilfe)


class ZeilenForm(StandForm):
    """A row in the form of its parent."""

    bound_field_class: type[forms.BoundField] = Zeilenfeld
    # Whether the row was deleted elsewhere after the page was opened.
    verschwunden = False

    def _post_clean(self) -> None:
        # An untouched row passed its constraints when it was stored, and to check them again would
        # take several queries for each of a hundred rows.
        if not self.instance._state.adding and not self.has_changed():
            return
        super()._post_clean()
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


class _Schluessel(forms.CharField):
    """The key of a row, by which the formset finds it; Django's own field would look it up once more."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return False: nobody types it."""
        return False


class ZeilenFormSet(BaseInlineFormSet):
    """Rows of one parent, of which some may have been changed or deleted since the page was opened.

    A row that is gone is forgotten if nobody touched it here; else it comes back as a new one, so
    that nothing that was typed gets lost. Forms have to be `ZeilenForm`s.
    """

    # Relations to what a row may hold; one that holds something isn't deleted by a mere tick.
    darin: Sequence[str] = ()
    model: type[Model]
    forms: list[Any]

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]  # not in the stubs
        if self.is_bound and i < self.initial_form_count() and form.instance._state.adding:
            form.verschwunden = form.empty_permitted = True
            form.use_required_attribute = form.fields[self.model._meta.pk.name].required = False
        return form

    def add_fields(self, form: Any, index: int | None) -> None:
        """Add the key of the row to its fields."""
        super().add_fields(form, index)
        schluessel = self.model._meta.pk.name
        form.fields[schluessel] = _Schluessel(required=False, initial=form.fields[schluessel].initial)

    @property
    def initial_forms(self) -> list[Any]:
        """Return the forms of the rows that still exist."""
        return [form for form in self.forms[: self.initial_form_count()] if not form.verschwunden]

    @property
    def extra_forms(self) -> list[Any]:
        """Return the forms of new rows, and of those to be stored anew."""
        anfang = self.initial_form_count()
        return [form for i, form in enumerate(self.forms) if i >= anfang or form.verschwunden]

    def clean(self) -> None:
        """Refuse once what somebody else's edits have turned into something that nobody meant."""
        super().clean()
        gehen = self.deleted_forms  # Django gathers them anew each time
        for form in self.forms:
            if form.verschwunden and form.has_changed() and form not in gehen:
                self._melde_verschwundene(form)
        geloescht = [form for form in gehen if form.instance.pk]
        fehler = [*self._ungesehenes(geloescht), *self._inhalte(geloescht)]
        if fehler:
            raise ValidationError(fehler)

    def _melde_verschwundene(self, form: Any) -> None:
        name = form[self.model._meta.pk.name].html_name
        schluessel = ganzzahl(form.data.get(name))
        if schluessel is None:  # who saves once more knows
            return
        if self.model._base_manager.filter(pk=schluessel).exists():
            raise ValidationError(
                f"„{form.instance}“ steht inzwischen an anderer Stelle. "
                "Ändern Sie die Zeile dort, und laden Sie diese Seite neu."
            )
        form.add_error(
            None,
            "Diese Zeile hat inzwischen jemand gelöscht. Soll sie mit Ihren Eingaben neu dazukommen, "
            "speichern Sie noch einmal; sonst kreuzen Sie „Löschen“ an.",
        )
        form.data = form.data.copy()
        form.data[name] = ""

    def _ungesehenes(self, geloescht: Sequence[Any]) -> Iterator[str]:
        # What somebody else has written into rows that are to be deleted here.
        for form in geloescht:
            anders = [name for name in form.fields if name != "position" and form.ueberholt(name)]
            if anders:
                felder = ", ".join(f"{form.fields[name].label} „{form.steht_jetzt(name)}“" for name in anders)
                yield (
                    f"Eine Zeile, die Sie löschen wollten, hat inzwischen jemand geändert; dort steht jetzt: "
                    f"{felder}. Soll sie trotzdem gelöscht werden, speichern Sie noch einmal."
                )
            for name in anders:
                form.als_gesehen_vermerken(name)

    def _inhalte(self, geloescht: Sequence[Any]) -> Iterator[str]:
        # What would go unseen along with rows that are to be deleted.
        for form in geloescht:
            for name in self.darin:
                if getattr(form.instance, name).exists():
                    verbindung: Any = self.model._meta.get_field(name)
                    was = verbindung.related_model._meta.verbose_name_plural
                    yield (
                        f"„{form.instance}“ enthält {was} und lässt sich deshalb nur auf der eigenen Seite "
                        "löschen („Ändern“ am Anfang der Zeile), die zeigt, was dabei verloren geht."
                    )

    def save_existing(self, form: Any, obj: Any, commit: bool = True) -> Any:
        """Write only what was changed, so that what somebody else stored this moment stays."""
        if not commit or not type(obj)._base_manager.filter(pk=obj.pk).exists():
            return super().save_existing(form, obj, commit)
        namen = {feld.name for feld in obj._meta.concrete_fields}
        felder = namen & {*form.changed_data, "position"}
        if felder:
            obj.save(update_fields=felder)
        return obj


def ganzzahl(text: Any) -> int | None:
    """Return a key that was sent as text; None unless it is one that the database can hold."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


class ReihenfolgeFormSet(ZeilenFormSet):
    """Rows of one parent that are stored as 1 to n in the order of the typed numbers.

    Forms have to be `EinreihenForm`s. Rows that only moved up or down because of others get their
    number in one go.
    """

    def bereich(self, zeile: Any) -> Hashable:
        """Return within what the positions of the parent's rows are unique; one scope by default."""
        return None

    def folge(self) -> dict[Hashable, list[Any]]:
        """Return the rows as they are going to stand, by scope; rows that are deleted are left out."""
        gespeichert = {zeile.pk: zeile for zeile in self._gespeicherte()}
        wuensche: dict[Hashable, list[Platzwunsch]] = defaultdict(list)
        gehen = self.deleted_forms
        for form in self.forms:
            alt = None if form.instance._state.adding else gespeichert.pop(form.instance.pk, None)
            if (alt is None and not form.has_changed()) or form in gehen:
                continue
            bereich = self.bereich(form.instance)
            bisher = alt.position if alt and self.bereich(alt) == bereich else None
            getippt = form.verschwunden or "position" in form.changed_data
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
            nachruecken([z for bereich in folge.values() for z in bereich if z.pk not in fertig])
        return gespeichert

    def _gespeicherte(self) -> list[Any]:
        # Read anew: the rows of get_queryset() carry what was typed.
        if self.instance.pk is None:
            return []
        rows = self.model._base_manager.filter(**{self.fk.name: self.instance})
        return list(rows.order_by("position"))
