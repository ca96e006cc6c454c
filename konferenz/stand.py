"""Forms that several people may have open at once: nobody's entries are overwritten unseen."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property


class _Gezeigte(forms.MultipleHiddenInput):
    """The choices that were shown; an empty one in front tells none from a copy that is missing."""

    def format_value(self, value: Any) -> list[Any]:
        """Return what to send back."""
        return ["", *filter(None, value or [])]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """Return the keys that were shown."""
        return list(filter(None, super().value_from_datadict(data, files, name)))


def zusammengefuehrt(gezeigt: set[str], jetzt: set[str], gewaehlt: set[str]) -> set[str] | None:
    """Return a choice with what two people added and removed; None where they exchanged it differently.

    `gezeigt` is what both began with, `jetzt` what the first has stored, `gewaehlt` what the second sends.
    """
    weg, dazu = gezeigt - gewaehlt, gewaehlt - gezeigt
    dort_weg, dort_dazu = gezeigt - jetzt, jetzt - gezeigt
    if weg & dort_weg and dazu and dort_dazu and dazu != dort_dazu:
        return None
    return (jetzt - weg) | dazu


class StandForm(forms.ModelForm):
    """A form that writes only what was changed in it, not what somebody else has changed meanwhile.

    Hidden copies of the values that were shown tell one from the other. Where both changed the same field,
    the form comes back once and says what the other has stored.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A choice that is no field of the model has to look after itself: only the form knows what it means.
        self._mehrfach = {feld.name for feld in self.instance._meta.many_to_many} & self.fields.keys()
        for name, feld in self.fields.items():
            mehrfach = isinstance(feld, forms.ModelMultipleChoiceField)
            feld.show_hidden_initial = not mehrfach or name in self._mehrfach
            if name in self._mehrfach:
                feld.hidden_widget = _Gezeigte

    @cached_property
    def changed_data(self) -> list[str]:
        """Return the names of the fields whose values are not those that were shown."""
        return [name for name in self.fields if self._geaendert(self[name])]

    def _gezeigt(self, feld: Any) -> Any:
        # What stood in the field when the page was opened.
        if feld.html_initial_name not in self.data:
            return None
        return feld.field.hidden_widget().value_from_datadict(self.data, self.files, feld.html_initial_name)

    def _jetzt(self, feld: Any) -> Any:
        # What would stand in the field if the page were opened now.
        wert = feld.field.prepare_value(feld.initial)
        if isinstance(feld.field, forms.ModelMultipleChoiceField):
            return [str(schluessel) for schluessel in wert or []]
        return feld.field.hidden_widget().format_value(wert) or ""

    def _geaendert(self, feld: Any) -> bool:
        gezeigt = self._gezeigt(feld)
        if gezeigt is None or isinstance(feld.field, forms.FileField):  # a browser sends no file back
            return feld.field.has_changed(feld.initial, feld.data)
        if not isinstance(feld.field, forms.ModelChoiceField):  # its to_python() takes a query
            try:
                gezeigt = feld.field.to_python(gezeigt)
            except ValidationError:
                return True
        return feld.field.has_changed(gezeigt, feld.data)

    def ueberholt(self, name: str) -> bool:
        """Return whether somebody else has changed the field since the page was opened."""
        gezeigt, jetzt = self._gezeigt(self[name]), self._jetzt(self[name])
        if gezeigt is None:
            return False
        return set(gezeigt) != set(jetzt) if isinstance(jetzt, list) else _zeilen(gezeigt) != _zeilen(jetzt)

    def als_gesehen_vermerken(self, name: str) -> None:
        """Take the present value for the one that was shown: who saves once more has read of it."""
        feld: Any = self[name]
        jetzt = self._jetzt(feld)
        self.data = daten = self.data.copy()  # type: ignore[attr-defined]
        daten.setlist(feld.html_initial_name, ["", *jetzt] if isinstance(jetzt, list) else [jetzt])

    def steht_jetzt(self, name: str) -> str:
        """Return in words what stands in the field now, whatever was typed."""
        return _lesbar(self[name])

    def _melde_ueberholtes(self) -> None:
        for name in self.changed_data:
            feld = self[name]
            if name == "position" or name in self.errors or not self.ueberholt(name) or _gilt_schon(feld):
                continue
            if (
                isinstance(feld.field, forms.ModelMultipleChoiceField)
                and self._gemeinsame_wahl(feld) is not None
            ):
                continue
            self.add_error(
                name,
                f"Inzwischen hat jemand anders gespeichert. Hier steht jetzt: „{self.steht_jetzt(name)}“. "
                f"Soll Ihre Eingabe gelten, {_noch_einmal(feld)}",
            )
            self.als_gesehen_vermerken(name)

    def _gemeinsame_wahl(self, feld: Any) -> set[str] | None:
        jetzt = set(self._jetzt(feld))
        gezeigt = self._gezeigt(feld)
        return zusammengefuehrt(jetzt if gezeigt is None else set(gezeigt), jetzt, set(feld.data))

    def _post_clean(self) -> None:
        if self.instance._state.adding:
            super()._post_clean()  # type: ignore[misc]
            return
        self._melde_ueberholtes()
        geaendert = set(self.changed_data)
        unberuehrt = {
            feld.name: self.cleaned_data.pop(feld.name)
            for feld in self.instance._meta.concrete_fields
            if feld.name in self.cleaned_data and feld.name not in geaendert
        }
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        self.cleaned_data = unberuehrt | self.cleaned_data
        for name in self._mehrfach & self.cleaned_data.keys():
            alle = self.instance._meta.get_field(name).related_model._base_manager
            self.cleaned_data[name] = alle.filter(pk__in=self._gemeinsame_wahl(self[name]) or ())


def _zeilen(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _noch_einmal(feld: Any) -> str:
    # What to do so that one's own entry wins; a browser forgets which file was chosen.
    if isinstance(feld.field, forms.FileField) and feld.data:
        return "wählen Sie die Datei noch einmal aus und speichern dann."
    return "speichern Sie noch einmal."


def _gilt_schon(feld: Any) -> bool:
    # Whether what was typed stands there already.
    if isinstance(feld.field, forms.FileField):
        return feld.data is False and not feld.initial
    return not feld.field.has_changed(feld.initial, feld.data)


def _lesbar(feld: Any) -> str:
    # What the field would show.
    if isinstance(feld.field, forms.BooleanField):
        return "ja" if feld.initial else "nein"
    wert = feld.field.prepare_value(feld.initial)
    if isinstance(feld.field, forms.ModelMultipleChoiceField):
        return ", ".join(str(objekt) for objekt in feld.initial or [])
    if hasattr(feld.field, "choices"):
        namen = {str(schluessel): name for schluessel, name in feld.field.choices}
        return str(namen.get(str("" if wert is None else wert), ""))
    if isinstance(feld.field, forms.FileField):
        return str(wert or "").rpartition("/")[2]
    return str(feld.field.widget.format_value(wert) or "")
