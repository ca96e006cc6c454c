"""The administration of the groups: question, moderation, headings and statements."""

from collections import Counter
from collections.abc import Hashable
from itertools import count
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from arbeitsgruppen.models import (
    Abkuerzung,
    Abschnitt,
    Aeusserung,
    Arbeitsgruppe,
    Moderation,
    Thema,
    Weiterfuehrung,
)
from arbeitsgruppen.themen import ausdruecke, fundzahlen, umfang
from arbeitsgruppen.weiterfuehrung import fuehrt_zu, gab_es
from arbeitsgruppen.wortlaut import wahren
from konferenz.admin import AdresseAusTitel, KonferenzAdmin, TextseiteInline
from konferenz.adressen import suchadresse
from konferenz.berechtigungen import darf_gruppen_verwalten, ist_organisation
from konferenz.models import Konferenz
from konferenz.reihenfolge import (
    EinreihenForm,
    ReihenfolgeFormSet,
    ZeilenForm,
    ZeilenFormSet,
    sperren,
)
from konferenz.stand import StandForm
from konferenz.verlauf import verzeichnen
from konferenz.verwaltung import (
    EingereihtAdmin,
    GemeinsameWahl,
    Rechte,
    ReihenfolgeInline,
    Textfeld,
    VerlaufAdmin,
    ansehen,
    eingabefelder,
    mit_konferenz,
    programm_der_konferenz,
)
from konferenz.wortunterschied import unterschied


def anzahl_je_gruppe() -> Count:
    """Return the number of entries of all headings of a group, sub-points not counted."""
    return Count(
        "abschnitte__aeusserungen", filter=Q(abschnitte__aeusserungen__uebergeordnet=None), distinct=True
    )


def anzahl_je_abschnitt() -> Count:
    """Return the number of entries of a heading, sub-points not counted."""
    return Count("aeusserungen", filter=Q(aeusserungen__uebergeordnet=None), distinct=True)


def konferenz_von(objekt: Any) -> Konferenz | None:
    """Return the conference to which an object belongs that is part of a group; None for no object."""
    match objekt:
        case Konferenz():
            return objekt
        case Arbeitsgruppe():
            return objekt.konferenz
        case Abschnitt() | Moderation():
            return objekt.arbeitsgruppe.konferenz
        case Aeusserung():
            return objekt.abschnitt.arbeitsgruppe.konferenz
    return None


class Gruppenrechte(Rechte):
    """As everywhere, but in an archived conference nothing of its groups changes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may add objects (`obj` is the parent of rows)."""
        darf = darf_gruppen_verwalten(request.user, konferenz_von(obj))
        return darf and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may change an object, or any."""
        darf = darf_gruppen_verwalten(request.user, konferenz_von(obj))
        return darf and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may delete an object, or any."""
        darf = darf_gruppen_verwalten(request.user, konferenz_von(obj))
        return darf and super().has_delete_permission(request, obj)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Say why there is nothing to change, and where that is changed."""
        konferenz = konferenz_von(kwargs.get("obj"))
        if konferenz and konferenz.ist_archiviert and ist_organisation(request.user):
            meldung = format_html(
                "Die Konferenz ist archiviert; an ihren Gruppen ändert sich nichts mehr. "
                '<a href="{}">Aus dem Archiv nehmen</a>',
                reverse("konferenzstand", args=[konferenz.pk]),
            )
            messages.info(request, meldung)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]


def nicht_archiviert(feld: Any, stelle: str) -> None:
    """Let a field of a form choose nothing that belongs to an archived conference."""
    if isinstance(feld, forms.ModelChoiceField) and feld.queryset is not None:
        feld.queryset = feld.queryset.exclude(**{stelle: Konferenz.Status.ARCHIVIERT})


class GruppenzeileForm(ZeilenForm):
    """A group as a row of its conference."""

    def clean_nummer(self) -> int:
        """Refuse what the constraint refuses, which is left out with the number."""
        if self.cleaned_data["nummer"] < 1:
            raise ValidationError("Die Nummern der Arbeitsgruppen beginnen mit 1.")
        return self.cleaned_data["nummer"]

    def _get_validation_exclusions(self) -> set[str]:
        # Whether a number is taken depends on the other rows: groups may swap theirs.
        return {*super()._get_validation_exclusions(), "nummer"}


class GruppenFormSet(ZeilenFormSet):
    """The groups of a conference, which may swap their numbers."""

    darin = ["abschnitte"]

    def clean(self) -> None:
        """Refuse a number that two groups would have."""
        super().clean()
        if any(self.errors):
            return
        bleiben = [f for f in self.forms if f not in self.deleted_forms and f.cleaned_data]
        nummern = [f.instance.nummer for f in bleiben]
        bekannt = [f.instance.pk for f in self.initial_forms]
        if self.instance.pk:
            nummern += self.instance.arbeitsgruppen.exclude(pk__in=bekannt).values_list("nummer", flat=True)
        if doppelt := sorted(nummer for nummer, anzahl in Counter(nummern).items() if anzahl > 1):
            raise ValidationError([f"Zwei Arbeitsgruppen haben die Nummer {nummer}." for nummer in doppelt])

    def save(self, commit: bool = True) -> list[Any]:
        """Store the groups; those that get another number leave their own first."""
        if not self.has_changed() or not self.instance.pk:
            return super().save(commit)
        with transaction.atomic():
            sperren(self.instance)
            gehen = {f.instance.pk for f in self.deleted_forms}
            gehen |= {f.instance.pk for f in self.initial_forms if "nummer" in f.changed_data}
            gruppen = Arbeitsgruppe.objects.filter(konferenz=self.instance)
            besetzt = {*gruppen.values_list("nummer", flat=True)}
            besetzt |= {f.instance.nummer for f in self.forms if f.cleaned_data}
            frei = (nummer for nummer in count(1) if nummer not in besetzt)
            for pk in gehen - {None}:
                gruppen.filter(pk=pk).update(nummer=next(frei))
            return super().save(commit)


class ArbeitsgruppeInline(Gruppenrechte, admin.TabularInline):
    """The groups of a conference, short."""

    model = Arbeitsgruppe
    form = GruppenzeileForm
    formset = GruppenFormSet
    fields = ["nummer", "titel", "status", "anzahl"]
    # The state changes by steps, which check who may take them and keep the wording (freigabe.py).
    readonly_fields = ["status", "anzahl"]
    extra = 1
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Arbeitsgruppe]:
        """Count the statements along with the groups."""
        return super().get_queryset(request).annotate(eintraege=anzahl_je_gruppe())

    @admin.display(description="Äußerungen")
    def anzahl(self, gruppe: Any) -> Any:
        """How many statements it has (an empty row has none)."""
        return getattr(gruppe, "eintraege", "")


# `konferenz` doesn't import from here, so the groups join its form themselves.
KonferenzAdmin.inlines.insert(KonferenzAdmin.inlines.index(TextseiteInline), ArbeitsgruppeInline)


class ModerationInline(Gruppenrechte, ReihenfolgeInline):
    """Who moderates a group."""

    model = Moderation
    fields = ["position", "person", "angabe"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Moderation]:
        """Fetch the persons along with the moderations."""
        return super().get_queryset(request).select_related("person")


class AbschnittFormSet(ReihenfolgeFormSet):
    """The headings of a group."""

    darin = ["aeusserungen"]


class AbschnittInline(Gruppenrechte, ReihenfolgeInline):
    """The headings of a group; their statements stand behind the link."""

    model = Abschnitt
    formset = AbschnittFormSet
    fields = ["position", "ueberschrift", "kategorie", "herkunft", "anzahl"]
    readonly_fields = ["anzahl"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Abschnitt]:
        """Count the statements along with the headings."""
        return super().get_queryset(request).annotate(eintraege=anzahl_je_abschnitt())

    @admin.display(description="Äußerungen")
    def anzahl(self, abschnitt: Any) -> Any:
        """How many statements it has, with the link to enter and edit them (an empty row has none)."""
        if not abschnitt.pk:
            return ""
        adresse = reverse("admin:arbeitsgruppen_abschnitt_change", args=[abschnitt.pk])
        return format_html('<a href="{}">{} bearbeiten</a>', adresse, abschnitt.eintraege)


class ArbeitsgruppeForm(StandForm):
    """A group with the slots of its own conference to choose from."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programm_der_konferenz(self)
        nicht_archiviert(self.fields.get("konferenz"), "status")


@admin.register(Arbeitsgruppe)
class ArbeitsgruppeAdmin(Gruppenrechte, VerlaufAdmin):
    """Groups with moderation and headings."""

    form = ArbeitsgruppeForm
    unter = "konferenz"
    list_display = ["__str__", "konferenz", "wer", "anzahl", "status", "seite"]
    list_filter = ["status", "konferenz"]
    list_select_related = ["konferenz"]
    search_fields = ["titel", "fragestellung", "unterfragen", "moderierende__nachname"]
    fieldsets = [
        (None, {"fields": ["konferenz", ("nummer", "stand"), "titel", "programmpunkt"]}),
        ("Frage", {"fields": ["fragestellung", "unterfragen"]}),
    ]
    readonly_fields = ["stand"]
    inlines = [ModerationInline, AbschnittInline]
    save_on_top = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Arbeitsgruppe]:
        """Fetch moderation and number of statements along with the groups."""
        return (
            super()
            .get_queryset(request)
            .annotate(eintraege=anzahl_je_gruppe())
            .prefetch_related("moderationen__person")
        )

    @admin.display(description="Moderation")
    def wer(self, gruppe: Arbeitsgruppe) -> str:
        """Who moderates it."""
        return ", ".join(str(moderation.person) for moderation in gruppe.moderationen.all())

    @admin.display(description="Äußerungen", ordering="eintraege")
    def anzahl(self, gruppe: Any) -> int:
        """How many statements it has."""
        return gruppe.eintraege

    @admin.display(description="Stand der Erfassung")
    def stand(self, gruppe: Arbeitsgruppe) -> str:
        """Its state, with the link to the page where it is changed (a new group begins „in Bearbeitung“)."""
        if not gruppe.pk:
            return gruppe.get_status_display()
        adresse = reverse("gruppenstand", args=[gruppe.pk])
        return format_html('{} (<a href="{}">ändern</a>)', gruppe.get_status_display(), adresse)

    @admin.display(description="Website")
    def seite(self, gruppe: Arbeitsgruppe) -> SafeString:
        """Its public page."""
        return ansehen(gruppe)


@admin.register(Moderation)
class ModerationAdmin(Gruppenrechte, EingereihtAdmin):
    """Moderations of all groups; they are added and put in order at their group."""

    unter = "arbeitsgruppe"
    bereich = ["arbeitsgruppe"]
    list_display = ["person", "angabe", "arbeitsgruppe", "konferenz"]
    list_filter = ["arbeitsgruppe__konferenz"]
    list_select_related = ["person", "arbeitsgruppe__konferenz"]
    search_fields = ["person__nachname", "person__vorname", "angabe"]
    fields = ["arbeitsgruppe", "position", "person", "angabe"]
    readonly_fields = ["arbeitsgruppe", "position"]

    @admin.display(description="Konferenz", ordering="arbeitsgruppe__konferenz")
    def konferenz(self, moderation: Moderation) -> Konferenz:
        """The conference of the group."""
        return moderation.arbeitsgruppe.konferenz

    def view_on_site(self, moderation: Moderation) -> str:
        """Return the page of the group."""
        return moderation.arbeitsgruppe.get_absolute_url()


class AeusserungInlineForm(EinreihenForm):
    """A statement as a row of its heading."""

    text = Textfeld(
        label="Text",
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text="Wörtlich, mit allen Eigenheiten der Schreibung.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.uebergeordnet_id:
            self.fields["text"].widget.attrs["class"] += " unterpunkt"


class Elternwahl(GemeinsameWahl):
    """The choice of the statement under which a sub-point stands."""

    def label_from_instance(self, obj: Any) -> str:
        """Return its number and how it begins."""
        return _kurz(obj)


class AeusserungFormSet(ReihenfolgeFormSet):
    """The statements of a heading; sub-points are numbered under their statement."""

    def save_existing(self, form: Any, obj: Any, commit: bool = True) -> Any:
        """Keep what was recorded first along with another text."""
        if "text" in form.changed_data:
            wahren(obj)
            Aeusserung.objects.filter(pk=obj.pk).update(original=obj.original)
        return super().save_existing(form, obj, commit)

    def bereich(self, zeile: Aeusserung) -> Hashable:
        """Return the statement under which a sub-point stands."""
        return zeile.uebergeordnet_id

    def add_fields(self, form: Any, index: int | None) -> None:
        """Offer the entries of this heading as parents."""
        super().add_fields(form, index)
        feld = form.fields["uebergeordnet"]
        feld.queryset = Aeusserung.objects.eintraege().filter(abschnitt=self.instance.pk).order_by("position")
        feld.widget.ohne = form.instance.pk

    def clean(self) -> None:
        """Refuse what each row alone can't see: a parent that goes, or becomes a sub-point, in this form."""
        super().clean()
        if any(self.errors):
            return
        gehen = {form.instance.pk for form in self.deleted_forms} - {None}
        zeilen = [zeile for bereich in self.folge().values() for zeile in bereich]
        unterpunkte = {zeile.pk for zeile in zeilen if zeile.uebergeordnet_id and zeile.pk}
        for zeile in zeilen:
            if zeile.uebergeordnet_id in gehen:
                raise ValidationError(
                    f"Der Unterpunkt „{zeile}“ steht unter einer Äußerung, die gelöscht werden soll. "
                    "Löschen Sie ihn ebenfalls, oder ordnen Sie ihn anders zu."
                )
            if zeile.uebergeordnet_id in unterpunkte:
                raise ValidationError(
                    f"„{zeile}“ kann nicht unter einer Äußerung stehen, die selbst ein Unterpunkt wird."
                )


def _kurz(zeile: Aeusserung) -> str:
    text = zeile.text if len(zeile.text) <= 40 else f"{zeile.text[:39]}…"
    return f"{zeile.position}. {text}"


class AeusserungInline(Gruppenrechte, ReihenfolgeInline):
    """The statements of a heading in their order, sub-points after their statement."""

    model = Aeusserung
    form = AeusserungInlineForm
    formset = AeusserungFormSet
    fields = ["position", "text", "uebergeordnet", "neue_seite"]

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Offer parents from one list that all rows share."""
        if db_field.name == "uebergeordnet":
            kwargs |= {
                "form_class": Elternwahl,
                "empty_label": "–",
                "help_text": "Nur bei Unterpunkten: die Äußerung, unter der dieser Punkt steht. "
                "Die Nr. zählt dann unter dieser Äußerung.",
            }
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Aeusserung]:
        """Put sub-points behind their statement."""
        return (
            super()
            .get_queryset(request)
            .order_by(
                Coalesce("uebergeordnet__position", "position"),
                F("uebergeordnet").asc(nulls_first=True),
                "position",
            )
        )


class AbschnittForm(StandForm):
    """A heading, which may move to another group of its conference."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        feld = self.fields.get("arbeitsgruppe")
        if isinstance(feld, forms.ModelChoiceField) and feld.queryset is not None:
            gruppen = feld.queryset.select_related("konferenz")
            if self.instance.arbeitsgruppe_id:
                gruppen = gruppen.filter(konferenz=self.instance.arbeitsgruppe.konferenz_id)
            else:
                feld.label_from_instance = mit_konferenz  # type: ignore[assignment]
            feld.queryset = gruppen
            nicht_archiviert(feld, "konferenz__status")


@admin.register(Abschnitt)
class AbschnittAdmin(Gruppenrechte, EingereihtAdmin):
    """Headings with their statements."""

    form = AbschnittForm
    unter = "arbeitsgruppe"
    bereich = ["arbeitsgruppe"]
    list_display = ["ueberschrift", "arbeitsgruppe", "konferenz", "kategorie", "herkunft", "anzahl"]
    list_filter = ["kategorie", "herkunft", "arbeitsgruppe__konferenz"]
    list_select_related = ["arbeitsgruppe__konferenz"]
    search_fields = ["ueberschrift", "arbeitsgruppe__titel"]
    fields = ["arbeitsgruppe", ("ueberschrift", "position"), ("kategorie", "herkunft")]
    inlines = [AeusserungInline]
    save_on_top = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let a heading be added here as well, behind the last one of its group."""
        return VerlaufAdmin.has_add_permission(self, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Abschnitt]:
        """Count the statements along with the headings."""
        return super().get_queryset(request).annotate(eintraege=anzahl_je_abschnitt())

    @admin.display(description="Konferenz", ordering="arbeitsgruppe__konferenz")
    def konferenz(self, abschnitt: Abschnitt) -> Konferenz:
        """The conference of the group."""
        return abschnitt.arbeitsgruppe.konferenz

    @admin.display(description="Äußerungen", ordering="eintraege")
    def anzahl(self, abschnitt: Any) -> int:
        """How many statements it has."""
        return abschnitt.eintraege

    def view_on_site(self, abschnitt: Abschnitt) -> str:
        """Return the page of the group."""
        return abschnitt.arbeitsgruppe.get_absolute_url()


class GruppenFilter(admin.SimpleListFilter):
    """The groups of the conference that is chosen (all conferences have an AG 1)."""

    title = "Arbeitsgruppe"
    parameter_name = "gruppe"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the groups of the chosen conference, or of the only one."""
        konferenzen = list(Konferenz.objects.values_list("pk", flat=True))
        gewaehlt = request.GET.get("abschnitt__arbeitsgruppe__konferenz__id__exact")
        if len(konferenzen) > 1:
            konferenzen = [pk for pk in konferenzen if str(pk) == gewaehlt]
        gruppen = Arbeitsgruppe.objects.filter(konferenz__in=konferenzen).order_by("nummer")
        return [(str(gruppe.pk), str(gruppe)) for gruppe in gruppen]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Aeusserung]) -> QuerySet[Aeusserung]:
        """Return only the statements of the chosen group; one that is not on offer chooses nothing."""
        gewaehlt = self.value()
        if gewaehlt is None or gewaehlt not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(abschnitt__arbeitsgruppe=int(gewaehlt))


class AeusserungForm(StandForm):
    """A statement edited for itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        abschnitt = self.fields.get("abschnitt")
        if isinstance(abschnitt, forms.ModelChoiceField) and abschnitt.queryset is not None:
            abschnitt.queryset = abschnitt.queryset.select_related("arbeitsgruppe").filter(
                arbeitsgruppe__konferenz=self.instance.abschnitt.arbeitsgruppe.konferenz_id
            )
            abschnitt.label_from_instance = _mit_gruppe  # type: ignore[assignment]
        eltern = self.fields.get("uebergeordnet")
        if isinstance(eltern, forms.ModelChoiceField):
            eltern.queryset = (
                Aeusserung.objects.eintraege()
                .filter(abschnitt=self.instance.abschnitt_id)
                .exclude(pk=self.instance.pk)
                .order_by("position")
            )
            eltern.label_from_instance = _kurz  # type: ignore[assignment]


def _mit_gruppe(abschnitt: Any) -> str:
    return f"AG {abschnitt.arbeitsgruppe.nummer}, {abschnitt}"


@admin.register(Aeusserung)
class AeusserungAdmin(Gruppenrechte, EingereihtAdmin):
    """All statements, to search and correct them; they are added and put in order at their heading."""

    form = AeusserungForm
    unter = "abschnitt__arbeitsgruppe"
    bereich = ["abschnitt", "uebergeordnet"]
    list_display = ["__str__", "gruppe", "ueberschrift", "kategorie", "kennung", "seite"]
    list_filter = [
        "abschnitt__kategorie",
        "abschnitt__herkunft",
        "abschnitt__arbeitsgruppe__konferenz",
        GruppenFilter,
    ]
    list_select_related = ["abschnitt__arbeitsgruppe__konferenz"]
    search_fields = ["text", "=kennung"]
    search_help_text = "Sucht im Text und nach der Kennung."
    fields = ["abschnitt", "uebergeordnet", "text", "wortlaut", "neue_seite", "position", "kennung"]
    readonly_fields = ["wortlaut", "position", "kennung"]
    formfield_overrides = eingabefelder(4)

    class Media:
        css = {"all": ["verlauf.css"]}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep what was recorded first along with another text; sub-points move with their statement."""
        wahren(obj)
        super().save_model(request, obj, form, change)
        verzeichnen(obj.unterpunkte.all())

    @admin.display(description="Wortlaut der Aufnahme")
    def wortlaut(self, aeusserung: Aeusserung) -> SafeString:
        """What was recorded first where the text is no longer that, and the link to its history."""
        stuecke = unterschied(aeusserung.original or "", aeusserung.text)
        kontext = {"aeusserung": aeusserung, "stuecke": stuecke}
        return render_to_string("admin/erfassung/_wortlaut.html", kontext)

    @admin.display(description="Gruppe", ordering="abschnitt__arbeitsgruppe__nummer")
    def gruppe(self, aeusserung: Aeusserung) -> str:
        """Number of the group and year of the conference, short enough for the list."""
        gruppe = aeusserung.abschnitt.arbeitsgruppe
        return f"AG {gruppe.nummer}, {gruppe.konferenz.datum.year}"

    @admin.display(description="Abschnitt", ordering="abschnitt__ueberschrift")
    def ueberschrift(self, aeusserung: Aeusserung) -> SafeString:
        """Its heading, with the link to all statements there."""
        return format_html(
            '<a href="{}">{}</a>',
            reverse("admin:arbeitsgruppen_abschnitt_change", args=[aeusserung.abschnitt_id]),
            aeusserung.abschnitt,
        )

    @admin.display(description="Kategorie", ordering="abschnitt__kategorie")
    def kategorie(self, aeusserung: Aeusserung) -> str:
        """The category of its heading."""
        return aeusserung.abschnitt.get_kategorie_display()

    @admin.display(description="Website")
    def seite(self, aeusserung: Aeusserung) -> SafeString:
        """Its permanent address."""
        return ansehen(aeusserung)


class WeiterfuehrungForm(StandForm):
    """Where the address of a deleted statement leads."""

    def clean_kennung(self) -> str:
        """Refuse the Kennung of a statement that is there, or that never was."""
        kennung = self.cleaned_data["kennung"].strip().lower()
        if Aeusserung.objects.filter(kennung=kennung).exists():
            raise ValidationError("Diese Äußerung gibt es. Weiterführen lässt sich nur eine gelöschte.")
        if not gab_es(kennung):
            raise ValidationError("Eine Äußerung mit dieser Kennung gab es nie.")
        return kennung

    def clean_nachfolger(self) -> str:
        """Refuse a statement that is not there."""
        kennung: str = self.cleaned_data["nachfolger"].strip().lower()
        if not Aeusserung.objects.filter(kennung=kennung).exists():
            raise ValidationError("Eine Äußerung mit dieser Kennung gibt es nicht.")
        return kennung

    def clean(self) -> dict[str, Any] | None:
        """Refuse what would lead in a circle once the successor is gone as well."""
        daten = super().clean() or self.cleaned_data
        if not self.errors and fuehrt_zu(daten["nachfolger"], daten["kennung"]):
            self.add_error(
                "nachfolger",
                f"„{daten['nachfolger']}“ wird selbst in „{daten['kennung']}“ weitergeführt. Löschen Sie "
                "zuerst jene Weiterführung.",
            )
        return daten


@admin.register(Weiterfuehrung)
class WeiterfuehrungAdmin(VerlaufAdmin):
    """Deleted statements whose content lives on in another one."""

    form = WeiterfuehrungForm
    list_display = ["kennung", "nachfolger", "seite"]
    search_fields = ["=kennung", "=nachfolger"]
    search_help_text = "Sucht nach einer Kennung."

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Say so where the address can't lead on yet."""
        super().save_model(request, obj, form, change)
        if not Aeusserung.objects.veroeffentlicht().filter(kennung=obj.nachfolger).exists():
            messages.warning(
                request,
                f"„{obj.nachfolger}“ ist noch nicht öffentlich. Bis dahin sagt die Adresse von "
                f"„{obj.kennung}“ der Öffentlichkeit nur, dass die Äußerung gelöscht wurde.",
            )

    @admin.display(description="Website")
    def seite(self, weiterfuehrung: Weiterfuehrung) -> SafeString:
        """The address, which leads on."""
        return ansehen(weiterfuehrung)


class Themenliste(ChangeList):
    """The list of topics, which are counted all at once."""

    def get_results(self, request: HttpRequest) -> None:
        """Count the statements of the topics that are shown."""
        super().get_results(request)
        gezaehlt = umfang(self.result_list)
        for thema in self.result_list:
            thema.umfang = gezaehlt[thema.pk]


class ThemaForm(AdresseAusTitel):
    """A topic with its words."""

    ersatz = "thema"

    def clean_woerter(self) -> str:
        """Refuse a line that finds nothing, for it has no word that has to occur."""
        woerter: str = self.cleaned_data["woerter"]
        leere = [zeile.strip() for zeile in woerter.splitlines() if zeile.strip() and not ausdruecke(zeile)]
        if leere:
            raise ValidationError(
                f"Mit „{leere[0]}“ lässt sich nichts finden: Schreiben Sie mindestens ein Wort, das "
                "vorkommen soll."
            )
        return woerter


@admin.register(Thema)
class ThemaAdmin(VerlaufAdmin):
    """Topics with the words by which statements are proposed for them."""

    form = ThemaForm
    list_display = ["titel", "anzahl", "entschiedene", "position", "durchsicht"]
    search_fields = ["titel", "beschreibung", "woerter"]
    fieldsets = [
        (None, {"fields": ["titel", "slug", "beschreibung", "position"]}),
        ("Vorschläge", {"fields": ["woerter", "fund"]}),
    ]
    readonly_fields = ["fund"]
    formfield_overrides = eingabefelder(3)

    class Media:
        css = {"all": ["durchsicht.css"]}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Count along with the list."""
        return Themenliste

    def get_queryset(self, request: HttpRequest) -> QuerySet[Thema]:
        """Count the decisions along with the topics."""
        return super().get_queryset(request).annotate(entschieden=Count("entscheidungen"))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the place behind the last topic to a new one."""
        letzte = Thema.objects.aggregate(letzte=Max("position"))["letzte"] or 0
        return {"position": letzte + 1, **super().get_changeform_initial_data(request)}

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Give the words, a query a line, the room that lines need."""
        feld = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "woerter" and feld:
            feld.widget.attrs["rows"] = 12
        return feld

    def view_on_site(self, thema: Thema) -> str:
        """Return the search among all statements of the topic, whatever their conference."""
        return suchadresse(thema=thema.slug)

    @admin.display(description="Äußerungen")
    def anzahl(self, thema: Any) -> int:
        """How many statements of participants belong to it now."""
        return thema.umfang.zugehoerig

    @admin.display(description="von Hand entschieden", ordering="entschieden")
    def entschiedene(self, thema: Any) -> int:
        """About how many a person decided."""
        return thema.entschieden

    @admin.display(description="Zuordnung")
    def durchsicht(self, thema: Thema) -> SafeString:
        """Where its statements are looked through."""
        return format_html('<a href="{}">durchsehen</a>', reverse("durchsicht", args=[thema.pk]))

    @admin.display(description="Was die Wörter finden")
    def fund(self, thema: Thema) -> SafeString | str:
        """What each line finds as it is stored now."""
        if not thema.pk:
            return "Wird nach dem Sichern angezeigt."
        kontext = {"thema": thema, "zeilen": fundzahlen(thema), "umfang": umfang([thema])[thema.pk]}
        return render_to_string("admin/erfassung/_themenfund.html", kontext)


@admin.register(Abkuerzung)
class AbkuerzungAdmin(VerlaufAdmin):
    """Abbreviations of the field and what they stand for."""

    list_display = ["__str__"]
    search_fields = ["schreibweisen"]
