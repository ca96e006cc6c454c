"""What the administration of conference and groups share: text fields, history, order, choices.

The pages themselves are in the `admin.py` of each app.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminFileWidget, RelatedFieldWidgetWrapper
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.forms.utils import flatatt
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from simple_history.admin import SimpleHistoryAdmin

from konferenz.berechtigungen import darf_entwuerfe_lesen, ist_organisation
from konferenz.models import Person
from konferenz.nacheinander import Nacheinander
from konferenz.nochmal import hat_eingaben, nochmal_senden
from konferenz.reihenfolge import EinreihenForm, ReihenfolgeFormSet, ans_ende, ganzzahl
from konferenz.stand import StandForm

Antwort = TypeVar("Antwort", bound=HttpResponseBase)


class Textfeld(forms.CharField):
    """Text of several lines, stored with plain line feeds.

    Browsers send every line end as carriage return and line feed. Taken over as they are, they
    would change each text that is merely shown in a form.
    """

    def to_python(self, value: Any) -> str:
        """Return the text with plain line feeds."""
        if isinstance(value, str):
            value = value.replace("\r\n", "\n").replace("\r", "\n")
        return super().to_python(value) or ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what both texts mean, so that white space around a stored one is no change."""
        return super().has_changed(self.to_python(initial), data)


class Bildfeld(forms.ImageField):
    """A picture that every browser shows, of a size that the server can bear."""

    formate = ("PNG", "JPEG", "GIF", "WEBP")
    bytes_hoechstens = 20 * 1024 * 1024
    pixel_hoechstens = 40_000_000

    def to_python(self, data: Any) -> Any:
        """Return the file; what it is tells its content, not its name."""
        if data not in self.empty_values and data.size > self.bytes_hoechstens:
            raise ValidationError("Die Bilddatei ist größer als 20 MB. Verkleinern Sie das Bild bitte.")
        datei: Any = super().to_python(data)
        if datei is None:
            return None
        if datei.image.format not in self.formate:
            raise ValidationError("Bitte ein Bild im Format PNG, JPEG, GIF oder WebP auswählen.")
        if datei.image.width * datei.image.height > self.pixel_hoechstens:
            raise ValidationError(
                "Das Bild hat mehr als 40 Millionen Bildpunkte. Verkleinern Sie das Bild bitte."
            )
        return datei


@dataclass(frozen=True, slots=True)
class Bildlink:
    """The stored picture as the field shows it: its name, and the page that sends it to readers."""

    name: str
    url: str

    def __str__(self) -> str:
        return self.name


class Bildauswahl(AdminFileWidget):
    """The field to choose the picture of a slide, whose file itself no address leads to."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Link to the picture through its page."""
        kontext = super().get_context(name, value, attrs)
        folie = getattr(value, "instance", None)
        if kontext["widget"]["is_initial"] and folie is not None:
            adresse = [folie.vortrag.konferenz.slug, folie.vortrag.slug, folie.pk]
            kontext["widget"]["value"] = Bildlink(value.name, reverse("bild_der_folie", args=adresse))
        return kontext


class Auswahlliste(forms.Select):
    """A selection of a `GemeinsameWahl`, put together from options that were drawn once for all rows."""

    # The key of what isn't on offer here, e.g. the row itself.
    ohne: Any = None

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Draw it, with the same result as Django's own."""
        gewaehlt = "" if value is None else str(value)
        optionen: dict[str, str] = self.choices.field.optionen  # type: ignore[attr-defined]
        gezeichnet = "".join(
            option.replace(">", " selected>", 1) if schluessel == gewaehlt else option
            for schluessel, option in optionen.items()
            if schluessel != str(self.ohne)
        )
        attribute = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(attribute), mark_safe(gezeichnet))  # noqa: S308


class GemeinsameWahl(forms.ModelChoiceField):
    """A choice that is the same in all rows of a form: fetched, and drawn, once for all of them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._gemeinsam: dict[str, Any] = {}  # the copies that Django makes for each row share it
        super().__init__(*args, **{**kwargs, "widget": Auswahlliste})

    @property
    def zeilen(self) -> dict[str, Any]:
        """The objects to choose from, by their keys."""
        if "zeilen" not in self._gemeinsam:
            self._gemeinsam["zeilen"] = {str(zeile.pk): zeile for zeile in self.queryset or ()}
        return self._gemeinsam["zeilen"]

    @property
    def optionen(self) -> dict[str, str]:
        """Their options as HTML, by their keys, the empty one first."""
        if "optionen" not in self._gemeinsam:
            namen = {schluessel: self.label_from_instance(zeile) for schluessel, zeile in self.zeilen.items()}
            if self.empty_label is not None:
                namen = {"": str(self.empty_label), **namen}
            self._gemeinsam["optionen"] = {
                schluessel: format_html('<option value="{}">{}</option>', schluessel, name)
                for schluessel, name in namen.items()
            }
        return self._gemeinsam["optionen"]

    def to_python(self, value: Any) -> Any:
        """Return the chosen object without asking the database for each row."""
        if value in self.empty_values:
            return None
        try:
            return self.zeilen[str(getattr(value, "pk", value))]
        except KeyError as fehler:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from fehler


class Personenwahl(GemeinsameWahl):
    """The choice of a person by surname; organisation and town tell namesakes apart.

    A plain selection: it works without script, on a phone and with a screen reader, and typing the first
    letters finds a name.
    """

    def label_from_instance(self, obj: Any) -> str:
        """Return the name with the surname first."""
        name = ", ".join(filter(None, (obj.nachname, f"{obj.titel} {obj.vorname}".strip())))
        herkunft = ", ".join(filter(None, (obj.organisation, obj.ort)))
        return f"{name} ({herkunft})" if herkunft else name


def eingabefelder(zeilen: int) -> dict[type[models.Field], dict[str, Any]]:
    """Return the overrides that show texts in areas of so many lines, and times to the minute."""
    return {
        models.TextField: {
            "form_class": Textfeld,
            "widget": forms.Textarea(attrs={"rows": zeilen, "class": "vLargeTextField"}),
        },
        models.TimeField: {
            "form_class": forms.TimeField,
            "widget": forms.TimeInput(attrs={"size": 6, "placeholder": "9:30"}, format="%H:%M"),
            "input_formats": ["%H:%M", "%H.%M", "%H:%M:%S", "%H:%M:%S.%f"],
        },
        models.ImageField: {"form_class": Bildfeld, "widget": Bildauswahl},
    }


def verwaltungsseite(view: Callable[..., Antwort]) -> Callable[..., Antwort | HttpResponse]:
    """Wrap a view below /admin/ that is no page of a model: for whoever has a role, never cached.

    Who is not signed in gets to the sign-in page first, or back what was sent; who has no role gets a 403.
    What somebody may do on the page the view itself asks (berechtigungen.py).
    """

    @wraps(view)
    @never_cache
    def gewaechter(request: HttpRequest, *args: Any, **kwargs: Any) -> Antwort | HttpResponse:
        if not request.user.is_authenticated and hat_eingaben(request):
            return nochmal_senden(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        if not darf_entwuerfe_lesen(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return gewaechter


def verwaltungsantwort(
    request: HttpRequest, vorlage: str, titel: str, kontext: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Return a page in the frame of the administration; its template extends `admin/base_site.html`."""
    rahmen = {**admin.site.each_context(request), "title": titel}
    return render(request, vorlage, {**rahmen, **kontext}, status=status)


def ansehen(objekt: Any) -> SafeString:
    """Return the link to the public page of an object."""
    return format_html('<a href="{}">ansehen</a>', objekt.get_absolute_url())


class Felder:
    """Form fields without the buttons beside a selection that nobody means to press.

    A person may be added and corrected on the way; conferences, slots and headings are made where
    their order shows.
    """

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Take the buttons off the field that Django makes, and offer persons by surname."""
        if db_field.is_relation and db_field.many_to_one and db_field.remote_field.model is Person:
            kwargs["form_class"] = Personenwahl
        feld = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if feld is not None and isinstance(feld.widget, RelatedFieldWidgetWrapper):
            if db_field.remote_field.model is Person:
                feld.widget.can_delete_related = feld.widget.can_view_related = False
            else:
                feld.widget = feld.widget.widget
        return feld


class Rechte:
    """What every page of a model, and the rows in it, may do: berechtigungen.py says, not Django's rights.

    Whoever has a role looks, the Organisation writes. So the roles' Django groups carry no rights of their
    own, and a page that forgets to ask is open to superusers only.
    """

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the object, or None; an empty `_to_field` names no field, of which Django makes an error."""
        return super().get_object(request, object_id, from_field or None)  # type: ignore[misc]  # of ModelAdmin

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Return whether the start page lists the model."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may look at an object, or at any."""
        return darf_entwuerfe_lesen(request.user)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may add objects (`obj` is the parent of rows)."""
        return ist_organisation(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may change an object, or any."""
        return ist_organisation(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may delete an object, or any."""
        return ist_organisation(request.user)


class InterneRechte(Rechte):
    """The same for what concerns the Organisation alone: the others don't even look."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may look at an object, or at any."""
        return ist_organisation(request.user)


class VerlaufAdmin(Felder, Rechte, Nacheinander, SimpleHistoryAdmin):
    """The administration of a model whose changes are recorded."""

    form: type[forms.ModelForm] = StandForm
    formfield_overrides = eingabefelder(4)
    list_per_page = 50

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out of the address what can't be the key of a chosen object."""
        auswahl = {feld.name for feld in (*self.opts.fields, *self.opts.many_to_many) if feld.is_relation}
        return {
            name: wert
            for name, wert in super().get_changeform_initial_data(request).items()
            if name not in auswahl
            or all(ganzzahl(teil) for teil in (wert if isinstance(wert, list) else [wert]))
        }

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Show the history; an address that names no object has none."""
        if ganzzahl(object_id) is None:
            raise Http404
        if not ist_organisation(request.user):  # the name leads to the account only where that may be seen
            extra_context = {"admin_user_view": "", **(extra_context or {})}
        return super().history_view(request, object_id, extra_context)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> Any:
        """Show a former version, unless what it belonged to is gone and has to come back first."""
        if ganzzahl(object_id) is None or ganzzahl(version_id) is None:
            raise Http404
        # Django-simple-history hides the button from those who may only look, but does what they send.
        if request.method == "POST":
            objekt = self.get_object(request, object_id)
            if not self.has_change_permission(request, objekt):
                raise PermissionDenied
        verlauf = get_object_or_404(self.model.history.model, id=object_id, history_id=version_id)
        for feld in self.opts.concrete_fields:
            if isinstance(feld, models.ForeignKey) and not feld.null:
                eltern = feld.remote_field.model
                if not eltern._base_manager.filter(pk=getattr(verlauf, feld.attname)).exists():
                    self.message_user(
                        request,
                        f"Die Zeile gehört zu einem gelöschten Eintrag ({feld.verbose_name}). "
                        f"Stellen Sie zuerst diesen wieder her: {feld.verbose_name}.",
                        messages.ERROR,
                    )
                    liste = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
                    return redirect(liste)
        return self.nacheinander(
            request,
            object_id,
            lambda: super(VerlaufAdmin, self).history_form_view(
                request, object_id, version_id, extra_context
            ),
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store what changed of the object, if anything: its history shall show edits only."""
        alt = type(obj)._base_manager.filter(pk=obj.pk).first()
        if alt is None:
            super().save_model(request, obj, form, change)
        elif anders := [
            feld.name
            for feld in obj._meta.concrete_fields
            if feld.value_from_object(alt) != feld.value_from_object(obj)
        ]:
            obj.save(update_fields=anders)


class EingereihtAdmin(VerlaufAdmin):
    """The administration of a model that is numbered under its parent.

    Rows are added and put in order at their parent; what is edited here keeps its place, and goes
    to the end when it moves to another parent or comes back from the history.
    """

    bereich: Sequence[str]
    readonly_fields = ["position"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: rows are added where their order shows, in the form of their parent."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store the row at a free place."""
        with transaction.atomic():
            ans_ende(obj, self.bereich)
            super().save_model(request, obj, form, change)


class ReihenfolgeInline(Felder, Rechte, admin.TabularInline):
    """Rows that are put in order by typing numbers."""

    form = EinreihenForm
    formset = ReihenfolgeFormSet
    formfield_overrides = eingabefelder(2)
    extra = 1
    show_change_link = True


def programm_der_konferenz(form: forms.ModelForm) -> None:
    """Let a form choose among the slots of the conference to which its object belongs.

    As long as no conference is chosen all slots are offered, each with its conference.
    """
    feld = form.fields.get("programmpunkt")
    if not isinstance(feld, forms.ModelChoiceField) or feld.queryset is None:
        return
    konferenz = form.instance.konferenz_id or form.initial.get("konferenz")
    if form.is_bound and "konferenz" in form.fields:
        konferenz = form.data.get(form.add_prefix("konferenz"))
    punkte = feld.queryset.select_related("konferenz")
    if schluessel := ganzzahl(getattr(konferenz, "pk", konferenz)):
        feld.queryset = punkte.filter(konferenz=schluessel)
    else:
        feld.queryset = punkte
        feld.label_from_instance = mit_konferenz  # type: ignore[assignment]


def mit_konferenz(objekt: Any) -> str:
    """Return how a selection names an object of a conference where those of all are on offer."""
    return f"{objekt.konferenz}: {objekt}"
