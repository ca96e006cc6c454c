"""Forms that write the same things are stored one after another, each seeing what the one before it wrote.

A form is checked and stored in one transaction. On PostgreSQL two of them could check at the same time
what neither has stored yet; so each first locks the rows under which it writes, always from the top down:
the conference for what stands in it, the group for what stands in that. SQLite needs no row locks: there a
transaction that writes holds the whole database.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import count
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import NestedObjects, get_fields_from_path
from django.contrib.messages.storage import default_storage
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse

from konferenz.reihenfolge import ganzzahl

VERSUCHE = 3
VERKLEMMT = ("40001", "40P01")  # what PostgreSQL calls transactions that got into each other's way


GESEHEN = "gesehen"  # the field that says what a page showed before it asked whether to delete it
ANDERS = (
    "Inzwischen hat jemand anders etwas davon geändert, hinzugefügt oder gelöscht. "
    "Prüfen Sie bitte noch einmal, was gelöscht wird."
)


def fingerabdruck(objekte: QuerySet[Any]) -> str:
    """Return what tells these objects, and all that would be deleted with them, from any other state."""
    sammler = NestedObjects(using=objekte.db)
    sammler.collect(objekte)
    werte = sorted(
        repr((modell._meta.label, [feld.value_from_object(zeile) for feld in modell._meta.concrete_fields]))
        for modell, zeilen in sammler.data.items()
        for zeile in zeilen
    )
    return sha256("\n".join(werte).encode()).hexdigest()


@admin.action(permissions=["delete"], description="Ausgewählte %(verbose_name_plural)s löschen")
def ausgewaehlte_loeschen(verwaltung: Any, request: HttpRequest, auswahl: QuerySet[Any]) -> Any:
    """Ask whether to delete what is selected, or delete it, unless it is no longer what was shown."""
    with transaction.atomic():
        _sperren(auswahl.model._base_manager.filter(pk__in=auswahl.values("pk")))
        stand = fingerabdruck(auswahl)
        if request.POST.get(GESEHEN, stand) != stand:
            verwaltung.message_user(request, ANDERS, messages.WARNING)
            eingaben = request.POST.copy()
            eingaben.pop("post")
            request.POST = eingaben  # type: ignore[assignment]
        antwort = delete_selected(verwaltung, request, auswahl)
    if isinstance(antwort, TemplateResponse):
        antwort.context_data = {**(antwort.context_data or {}), GESEHEN: stand}
    return antwort


def _ein_anderer_war_schneller(fehler: Exception) -> bool:
    return isinstance(fehler, IntegrityError) or getattr(fehler.__cause__, "sqlstate", "") in VERKLEMMT


def _sperren(zeilen: QuerySet[Any]) -> None:
    list(zeilen.select_for_update().order_by("pk").values_list("pk"))


class Nacheinander(admin.ModelAdmin):
    """An administration whose forms are stored one after another."""

    # The row under which the model stands, as a path of foreign keys: whoever writes there locks it.
    unter = ""
    # Relations to rows that the form of a parent writes, and that are locked by what stands below them.
    samt: Sequence[str] = ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        """Show the form, or store it; what was typed about an object that is gone comes back."""

        def ansicht() -> Any:
            if request.method == "POST" and object_id and not self._zeilen(object_id).exists():
                return self.verschwunden(request, object_id)
            return super(Nacheinander, self).changeform_view(request, object_id, form_url, extra_context)

        return self.nacheinander(request, object_id, ansicht)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Ask whether to delete, or delete; what is no longer what was shown is shown once more."""

        def ansicht() -> Any:
            stand = fingerabdruck(self._zeilen(object_id))
            if request.POST.get(GESEHEN, stand) != stand:
                self.message_user(request, ANDERS, messages.WARNING)
                return redirect(request.get_full_path())
            kontext = {GESEHEN: stand, **(extra_context or {})}
            return super(Nacheinander, self).delete_view(request, object_id, kontext)

        return self.nacheinander(request, object_id, ansicht)

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any) -> Any:
        """Act on what is selected; what can't be a key selects nothing."""
        eingaben = request.POST.copy()
        gewaehlt = filter(ganzzahl, eingaben.getlist(ACTION_CHECKBOX_NAME))
        eingaben.setlist(ACTION_CHECKBOX_NAME, list(gewaehlt))
        request.POST = eingaben  # type: ignore[assignment]
        return super().response_action(request, queryset, *args)

    def nacheinander(self, request: HttpRequest, object_id: str | None, ansicht: Callable[[], Any]) -> Any:
        """Return what the view answers, which stores nothing while somebody else stores the same.

        What breaks a rule in the database although its form was good was outrun by something that took
        no lock; it is checked once more and then told so. A file that was sent can't be read twice.
        """
        if request.method != "POST":
            return ansicht()
        for versuch in count(1):
            try:
                with transaction.atomic():
                    self.sperren(request, object_id)
                    return ansicht()
            except (IntegrityError, OperationalError) as fehler:
                if versuch == VERSUCHE or request.FILES or not _ein_anderer_war_schneller(fehler):
                    raise
                request._messages = default_storage(request)  # type: ignore[attr-defined]

    def sperren(self, request: HttpRequest, object_id: str | None) -> None:
        """Lock the rows under which the form writes: those of the object before and after, then itself."""
        if self.unter:
            pfad = get_fields_from_path(self.model, self.unter)
            oben: Any = pfad[-1].related_model
            _sperren(oben._base_manager.filter(pk__in=self._oben(request, object_id)))
        if object_id:
            _sperren(self._zeilen(object_id))
            for name in self.samt:
                verbindung: Any = self.opts.get_field(name)
                darunter = verbindung.related_model._base_manager
                _sperren(darunter.filter(**{verbindung.field.name: ganzzahl(object_id)}))

    def _oben(self, request: HttpRequest, object_id: str | None) -> set[Any]:
        # The present parent, and the chosen one if the object is new or moves.
        schluessel = set(self._zeilen(object_id).values_list(self.unter, flat=True))
        feld, _, weiter = self.unter.partition("__")
        gewaehlt = ganzzahl(request.POST.get(feld))
        if gewaehlt and weiter:
            eltern: Any = self.opts.get_field(feld).related_model
            return schluessel | set(eltern._base_manager.filter(pk=gewaehlt).values_list(weiter, flat=True))
        return schluessel | {gewaehlt}

    def _zeilen(self, object_id: str | None) -> QuerySet[Any]:
        return self.model._base_manager.filter(pk=ganzzahl(object_id))

    def verschwunden(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Return the page that gives back what was typed into the form of an object that is gone."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        kontext = {
            **self.admin_site.each_context(request),
            "title": f"{self.opts.verbose_name}: inzwischen gelöscht",
            "opts": self.opts,
            "eingaben": list(self.eingaben(request)),
            "verlauf": hasattr(self.model, "history") and reverse(f"admin:{name}_history", args=[object_id]),
        }
        return render(request, "admin/verschwunden.html", kontext, status=409)

    def eingaben(self, request: HttpRequest) -> Iterator[tuple[str, str]]:
        """Yield what was typed, each with the name of its field; what is as it was shown is left out."""
        felder: dict[str, Any] = dict(self.get_form(request).base_fields)
        for inline in self.get_inline_instances(request):
            formset: Any = inline.get_formset(request)
            reihe = formset.get_default_prefix()
            felder |= {f"{reihe}-{name}": feld for name, feld in formset.form.base_fields.items()}
        for name, wert in request.POST.items():
            reihe, _, rest = name.partition("-")
            nummer, _, spalte = rest.partition("-")
            feld = felder.get(f"{reihe}-{spalte}" if spalte else name)
            if feld is None or not wert or wert == request.POST.get(f"initial-{name}"):
                continue
            if not isinstance(feld, forms.ModelChoiceField) and spalte != "position":
                zeile = f", Zeile {int(nummer) + 1}" if spalte and nummer.isdecimal() else ""
                yield f"{feld.label}{zeile}", str(wert)
