"""The administration of the event: conference, persons, agenda, talks and what an import left.

And of the site: the pages that it has to have, and what readers write about barriers.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group, User
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django_tasks_db.models import DBTaskResult

from konferenz.adressen import adresse
from konferenz.aufzaehlung import der_gruppen
from konferenz.berechtigungen import darf_konferenz_kopieren
from konferenz.kontenverwaltung import KontoAdmin
from konferenz.models import (
    Folie,
    Importstand,
    Konferenz,
    Notiz,
    Person,
    Pflichtseite,
    Programmpunkt,
    Rueckmeldung,
    Textseite,
    Vortrag,
)
from konferenz.nacheinander import Nacheinander
from konferenz.reihenfolge import (
    EinreihenForm,
    ReihenfolgeFormSet,
    ZeilenForm,
    ZeilenFormSet,
)
from konferenz.stand import StandForm
from konferenz.verlauf import vorgang
from konferenz.verwaltung import (
    EingereihtAdmin,
    Felder,
    InterneRechte,
    Rechte,
    ReihenfolgeInline,
    VerlaufAdmin,
    ansehen,
    eingabefelder,
    programm_der_konferenz,
)

# Of second factors and other ways in our own pages take care.
admin.site.unregister([Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken])
# What became of background tasks is for whoever runs the server, in English.
admin.site.unregister(DBTaskResult)
# Roles are given in our own form of an account, and what they may do stands in berechtigungen.py.
admin.site.unregister([User, Group])
admin.site.register(User, KontoAdmin)


def zeiten_aufsteigend(programm: Iterable[Programmpunkt]) -> None:
    """Raise ValidationError where a slot begins before the one above it."""
    vorher: Programmpunkt | None = None
    for punkt in programm:
        if vorher and punkt.beginn < vorher.beginn:
            raise ValidationError(
                f"Die Zeiten im Programm laufen nicht vorwärts: „{punkt}“ steht hinter „{vorher}“. "
                "Ändern Sie die Zeit oder die Reihenfolge."
            )
        vorher = punkt


class ProgrammFormSet(ReihenfolgeFormSet):
    """The agenda, whose times ascend."""

    def clean(self) -> None:
        """Refuse an agenda whose times do not ascend in the order of its slots."""
        super().clean()
        if not any(self.errors):
            for programm in self.folge().values():
                zeiten_aufsteigend(programm)


class ProgrammpunktInline(ReihenfolgeInline):
    """The agenda of a conference."""

    model = Programmpunkt
    formset = ProgrammFormSet
    fields = ["position", "beginn", "titel", "mitwirkende", "neue_seite"]


class AdresseAusTitel(StandForm):
    """An object whose address is made from its title where none is typed."""

    # The address where the title has no letter that could be in one.
    ersatz = "vortrag"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = "Leer: wird aus dem Titel gebildet."

    def clean_slug(self) -> str:
        """Make the missing address from the title, as long as the field allows."""
        laenge = self.fields["slug"].max_length  # type: ignore[attr-defined]
        gebildet = adresse(self.cleaned_data.get("titel", ""), laenge)
        return self.cleaned_data["slug"] or gebildet or self.ersatz


class VortragForm(AdresseAusTitel, EinreihenForm):
    """A talk as a row of its conference."""


class VortragFormSet(ReihenfolgeFormSet):
    """The talks of a conference."""

    darin = ["folien"]


class VortragInline(ReihenfolgeInline):
    """The talks of a conference, short."""

    model = Vortrag
    form = VortragForm
    formset = VortragFormSet
    fields = ["position", "titel", "slug"]


class TextseiteInline(Rechte, admin.TabularInline):
    """The free-text pages of a conference."""

    model = Textseite
    form = ZeilenForm
    formset = ZeilenFormSet
    fields = ["seite", "ueberschrift", "text"]
    formfield_overrides = eingabefelder(4)
    extra = 0
    show_change_link = True


class NotizInline(InterneRechte, admin.TabularInline):
    """What the import could not place."""

    model = Notiz
    form = ZeilenForm
    formset = ZeilenFormSet
    fields = ["seite", "zeile", "text", "erledigt"]
    formfield_overrides = eingabefelder(2)
    extra = 0


class KonferenzForm(StandForm):
    """A conference, whose address is made from title and year where none is typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False

    class Meta:
        error_messages = {"slug": {"unique": "Eine Konferenz mit dieser Adresse gibt es schon."}}

    def clean(self) -> dict[str, Any] | None:
        """Make the missing address from title and year."""
        daten = super().clean() or self.cleaned_data
        if not daten.get("slug") and "slug" not in self.errors and daten.get("titel") and daten.get("datum"):
            daten["slug"] = f"{adresse(daten['titel'], 95)}-{daten['datum'].year}".strip("-")
        return daten


@admin.register(Konferenz)
class KonferenzAdmin(VerlaufAdmin):
    """Conferences with agenda, talks, groups and pages in one form."""

    form = KonferenzForm
    list_display = ["titel", "datum", "status", "reihe", "anzahl_gruppen", "offene_notizen", "seite"]
    list_filter = ["status", "reihe", "datum"]
    search_fields = ["titel", "reihe", "format", "ort", "veranstalter", "slug"]
    date_hierarchy = "datum"
    actions = ["veroeffentlichen", "archivieren", "zuruecknehmen"]
    save_on_top = True
    samt = ["arbeitsgruppen"]
    # arbeitsgruppen/admin.py puts the groups between talks and pages: this app imports nothing from
    # there, and names only their relation, to count them.
    inlines = [ProgrammpunktInline, VortragInline, TextseiteInline, NotizInline]
    fieldsets = [
        (None, {"fields": ["titel", "slug", "status"]}),
        (
            "Veranstaltung",
            {"fields": ["reihe", "format", ("datum", "beginn", "ende"), "ort", "veranstalter"]},
        ),
        ("Heft", {"fields": ["hinweis"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Konferenz]:
        """Count groups and notes along with the conferences."""
        return (
            super()
            .get_queryset(request)
            .annotate(
                gruppen=Count("arbeitsgruppen", distinct=True),
                notizen_offen=Count("notizen", filter=Q(notizen__erledigt=False), distinct=True),
            )
        )

    @admin.display(description="Arbeitsgruppen", ordering="gruppen")
    def anzahl_gruppen(self, konferenz: Any) -> int:
        """How many groups it has."""
        return konferenz.gruppen

    @admin.display(description="offene Notizen", ordering="notizen_offen")
    def offene_notizen(self, konferenz: Any) -> int:
        """How many notes of the import are still to be dealt with."""
        return konferenz.notizen_offen

    @admin.display(description="Website")
    def seite(self, konferenz: Konferenz) -> SafeString:
        """Its public page."""
        return ansehen(konferenz)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Offer to copy a conference to those who may."""
        return [*self.list_display, *(["kopie"] if darf_konferenz_kopieren(request.user) else [])]

    @admin.display(description="nächstes Jahr")
    def kopie(self, konferenz: Konferenz) -> SafeString:
        """The way to make next year's conference from it."""
        return format_html(
            '<a href="{}">kopieren<span class="visually-hidden">: {}</span></a>',
            reverse("konferenz_kopieren", args=[konferenz.pk]),
            konferenz,
        )

    @admin.action(description="Ausgewählte Konferenzen veröffentlichen", permissions=["change"])
    def veroeffentlichen(self, request: HttpRequest, konferenzen: models.QuerySet[Konferenz]) -> None:
        """Let everybody read them, but for the results of groups that are not released."""
        self._setze_status(request, konferenzen, Konferenz.Status.VEROEFFENTLICHT, "veröffentlicht")

    @admin.action(description="Ausgewählte Konferenzen archivieren", permissions=["change"])
    def archivieren(self, request: HttpRequest, konferenzen: models.QuerySet[Konferenz]) -> None:
        """Mark them as finished: everybody may still read them, nobody writes in their groups any more."""
        self._setze_status(request, konferenzen, Konferenz.Status.ARCHIVIERT, "archiviert")

    @admin.action(description="Ausgewählte Konferenzen zum Entwurf zurücknehmen", permissions=["change"])
    def zuruecknehmen(self, request: HttpRequest, konferenzen: models.QuerySet[Konferenz]) -> None:
        """Let only those read them who have a role."""
        self._setze_status(request, konferenzen, Konferenz.Status.ENTWURF, "zum Entwurf zurückgenommen")

    def _setze_status(
        self,
        request: HttpRequest,
        konferenzen: models.QuerySet[Konferenz],
        status: Konferenz.Status,
        getan: str,
    ) -> None:
        with transaction.atomic(), vorgang("Freigabe"):
            # One by one, because an UPDATE of them all would leave no trace in the history.
            betroffen = list(konferenzen.exclude(status=status))
            for konferenz in betroffen:
                konferenz.status = status
                konferenz.save(update_fields=["status"])
        anzahl = len(betroffen)
        if not anzahl:
            self.message_user(request, f"Die ausgewählten Konferenzen waren schon {getan}.", messages.INFO)
            return
        wort = "Konferenz" if anzahl == 1 else "Konferenzen"
        self.message_user(request, f"{anzahl} {wort} {getan}.", messages.SUCCESS)
        for konferenz in betroffen:
            self._verborgenes_nennen(request, konferenz)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Say of a conference that has just become public what of it nobody sees."""
        super().save_related(request, form, formsets, change)
        if "status" in form.changed_data:
            self._verborgenes_nennen(request, form.instance)

    def _verborgenes_nennen(self, request: HttpRequest, konferenz: Any) -> None:
        gruppen = konferenz.arbeitsgruppen.zurueckgehaltene().order_by("nummer")
        nummern = list(gruppen.values_list("nummer", flat=True))
        if konferenz.ist_oeffentlich and nummern:
            meldung = format_html(
                "{}: Noch nicht freigegeben und nicht zu sehen sind die Ergebnisse {}. "
                '<a href="{}">Ansehen und freigeben</a>',
                konferenz,
                der_gruppen(nummern),
                reverse("konferenzstand", args=[konferenz.pk]),
            )
            self.message_user(request, meldung, messages.WARNING)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Let what the import remembers go with its conference, though nobody may delete it alone."""
        zu_loeschen, anzahlen, fehlende_rechte, geschuetzt = super().get_deleted_objects(objs, request)
        fehlende_rechte.discard(Importstand._meta.verbose_name)
        return zu_loeschen, anzahlen, fehlende_rechte, geschuetzt


@admin.register(Person)
class PersonAdmin(VerlaufAdmin):
    """Persons who moderate or give talks."""

    list_display = ["name", "organisation", "ort", "anzahl_moderationen", "anzahl_vortraege"]
    search_fields = ["vorname", "nachname", "organisation", "ort"]
    fields = [("titel", "vorname", "nachname"), "organisation", "ort"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Person]:
        """Count in how many places each person is named."""
        return (
            super()
            .get_queryset(request)
            .annotate(
                moderiert=Count("moderationen", distinct=True), traegt_vor=Count("vortraege", distinct=True)
            )
        )

    @admin.display(description="Name", ordering="nachname")
    def name(self, person: Person) -> str:
        """The full name."""
        return str(person)

    @admin.display(description="moderiert", ordering="moderiert")
    def anzahl_moderationen(self, person: Any) -> int:
        """How many groups the person moderates."""
        return person.moderiert

    @admin.display(description="Vorträge", ordering="traegt_vor")
    def anzahl_vortraege(self, person: Any) -> int:
        """How many talks the person gave."""
        return person.traegt_vor


class ProgrammpunktForm(StandForm):
    """One slot of the agenda, edited for itself."""

    def clean(self) -> dict[str, Any] | None:
        """Refuse a time that doesn't fit between the slots before and after."""
        daten = super().clean()
        if self.instance.pk and self.cleaned_data.get("beginn"):
            self.instance.beginn = self.cleaned_data["beginn"]
            self.instance.titel = self.cleaned_data.get("titel", self.instance.titel)
            programm = self.instance.konferenz.programmpunkte.order_by("position")
            zeiten_aufsteigend(self.instance if punkt == self.instance else punkt for punkt in programm)
        return daten


@admin.register(Programmpunkt)
class ProgrammpunktAdmin(EingereihtAdmin):
    """Slots of all agendas; they are added and put in order at their conference."""

    form = ProgrammpunktForm
    unter = "konferenz"
    bereich = ["konferenz"]
    list_display = ["titel", "beginn", "konferenz", "position"]
    list_filter = ["konferenz"]
    list_select_related = ["konferenz"]
    search_fields = ["titel", "mitwirkende"]
    fields = ["konferenz", "position", "beginn", "titel", "mitwirkende", "neue_seite"]
    readonly_fields = ["konferenz", "position"]

    def view_on_site(self, punkt: Programmpunkt) -> str:
        """Return the page with the agenda."""
        return punkt.konferenz.get_absolute_url()


class BildForm(StandForm):
    """A slide, whose picture needs a description; a browser forgets the chosen file meanwhile."""

    def clean(self) -> dict[str, Any] | None:
        """Refuse a picture without description, and the other way round."""
        daten = super().clean() or self.cleaned_data
        nur_beschrieben = {"bild", "bildbeschreibung"} & set(self.changed_data) == {"bildbeschreibung"}
        if nur_beschrieben and self.ueberholt("bild"):
            self.als_gesehen_vermerken("bild")
            self.add_error(
                "bildbeschreibung",
                f"Das Bild hat inzwischen jemand ausgetauscht; jetzt ist es „{self.steht_jetzt('bild')}“. "
                "Passt Ihre Beschreibung auch dazu, speichern Sie noch einmal.",
            )
        if self.errors or not {"bild", "bildbeschreibung"} & set(self.changed_data):
            return daten
        if daten.get("bild") and not daten.get("bildbeschreibung"):
            meldung = "Ein Bild braucht eine Bildbeschreibung."
            if "bild" in self.changed_data:
                meldung += " Wählen Sie die Datei danach bitte noch einmal aus."
            self.add_error("bildbeschreibung", meldung)
        elif daten.get("bildbeschreibung") and not daten.get("bild"):
            self.add_error(
                "bild",
                "Zur Bildbeschreibung fehlt das Bild. Wählen Sie die Datei bitte (noch einmal) aus.",
            )
        return daten


class FolieForm(BildForm, EinreihenForm):
    """A slide as a row of its talk, with the help beside its fields."""

    bound_field_class = forms.BoundField


class FolieInline(Rechte, admin.StackedInline):
    """The slides of a talk."""

    model = Folie
    form = FolieForm
    formset = ReihenfolgeFormSet
    formfield_overrides = eingabefelder(5)
    extra = 1
    show_change_link = True
    fieldsets = [
        (None, {"fields": [("position", "art"), "ueberschrift", "text", "bild", "bildbeschreibung"]}),
    ]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Show the description of a picture in a smaller area than the text."""
        feld = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "bildbeschreibung" and feld:
            feld.widget.attrs["rows"] = 2
        return feld


class VortragendeForm(ZeilenForm):
    """One of those who gave a talk."""

    class Meta:
        error_messages = {
            NON_FIELD_ERRORS: {"unique_together": "Diese Person steht schon bei den Vortragenden."}
        }


class VortragendeFormSet(ZeilenFormSet):
    """Those who gave a talk."""

    def save(self, commit: bool = True) -> list[Any]:
        """Store them, and record it in the history of the talk, whose own form needn't have changed."""
        gespeichert = super().save(commit)
        if self.has_changed():
            self.instance.save()
        return gespeichert

    def get_unique_error_message(self, unique_check: Sequence[str]) -> str:
        """Return what to say of a person who is named twice in the form."""
        return "Diese Person steht zweimal bei den Vortragenden."


class VortragendeInline(Felder, Rechte, admin.TabularInline):
    """Who gave a talk."""

    model = Vortrag.vortragende.through
    form = VortragendeForm
    formset = VortragendeFormSet
    verbose_name = "Vortragende Person"
    verbose_name_plural = "Vortragende"
    extra = 1

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Fetch the persons along, in the order in which pages name them."""
        return super().get_queryset(request).select_related("person").order_by("person__nachname", "person")


class VortragBearbeitenForm(AdresseAusTitel):
    """A talk edited for itself, with the slots of its own conference to choose from."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programm_der_konferenz(self)


@admin.register(Vortrag)
class VortragAdmin(EingereihtAdmin):
    """Talks with their slides."""

    form = VortragBearbeitenForm
    unter = "konferenz"
    bereich = ["konferenz"]
    list_display = ["titel", "konferenz", "programmpunkt", "wer", "anzahl_folien", "seite"]
    list_filter = ["konferenz"]
    list_select_related = ["konferenz", "programmpunkt"]
    search_fields = ["titel", "vortragende__nachname", "folien__ueberschrift", "folien__text"]
    fields = ["konferenz", "position", "titel", "slug", "programmpunkt"]
    inlines = [VortragendeInline, FolieInline]
    save_on_top = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let a talk be added here as well, behind the last one of its conference."""
        return VerlaufAdmin.has_add_permission(self, request)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Vortrag]:
        """Fetch speakers and number of slides along with the talks."""
        return (
            super().get_queryset(request).annotate(folienzahl=Count("folien")).prefetch_related("vortragende")
        )

    @admin.display(description="Vortragende")
    def wer(self, vortrag: Vortrag) -> str:
        """Who gave it."""
        return ", ".join(str(person) for person in vortrag.vortragende.all())

    @admin.display(description="Folien", ordering="folienzahl")
    def anzahl_folien(self, vortrag: Any) -> int:
        """How many slides it has."""
        return vortrag.folienzahl

    @admin.display(description="Website")
    def seite(self, vortrag: Vortrag) -> SafeString:
        """Its public page."""
        return ansehen(vortrag)


@admin.register(Folie)
class FolieAdmin(EingereihtAdmin):
    """Slides of all talks, to search them; they are added and put in order at their talk."""

    form = BildForm
    unter = "vortrag__konferenz"
    bereich = ["vortrag"]
    list_display = ["__str__", "vortrag", "konferenz", "art", "hat_bild"]
    list_filter = ["art", "vortrag__konferenz"]
    list_select_related = ["vortrag__konferenz"]
    search_fields = ["ueberschrift", "text", "bildbeschreibung"]
    fields = ["vortrag", "position", "art", "ueberschrift", "text", "bild", "bildbeschreibung"]
    readonly_fields = ["vortrag", "position"]

    @admin.display(description="Konferenz", ordering="vortrag__konferenz")
    def konferenz(self, folie: Folie) -> Konferenz:
        """The conference of its talk."""
        return folie.vortrag.konferenz

    @admin.display(description="Bild", boolean=True)
    def hat_bild(self, folie: Folie) -> bool:
        """Whether it has a picture."""
        return bool(folie.bild)

    def view_on_site(self, folie: Folie) -> str:
        """Return the page of its talk."""
        return folie.vortrag.get_absolute_url()


@admin.register(Textseite)
class TextseiteAdmin(VerlaufAdmin):
    """Free-text pages of all conferences."""

    unter = "konferenz"
    list_display = ["__str__", "konferenz"]
    list_filter = ["konferenz"]
    list_select_related = ["konferenz"]
    search_fields = ["ueberschrift", "text"]
    formfield_overrides = eingabefelder(15)

    def view_on_site(self, seite: Textseite) -> str:
        """Return the page of its conference, from where the Heft is reached."""
        return seite.konferenz.get_absolute_url()


class PflichtseiteForm(StandForm):
    """A duty page; where it has no text of its own one begins with the example."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "text" in self.fields:
            self.initial["text"] = self.instance.inhalt


@admin.register(Pflichtseite)
class PflichtseiteAdmin(VerlaufAdmin):
    """The pages that a public site has to have: all are there, and none can go."""

    form = PflichtseiteForm
    list_display = ["art", "stand", "seite"]
    search_fields = ["text"]
    fields = ["art", "text"]
    readonly_fields = ["art"]
    formfield_overrides = eingabefelder(30)

    @admin.display(description="Stand")
    def stand(self, seite: Pflichtseite) -> str:
        """Whether somebody has written its text."""
        return "Beispieltext – bitte ersetzen" if seite.ist_beispiel else "eigener Text"

    @admin.display(description="Website")
    def seite(self, seite: Pflichtseite) -> SafeString:
        """Its public page."""
        return ansehen(seite)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: emptied, it shows the example again."""
        return False


@admin.register(Rueckmeldung)
class RueckmeldungAdmin(InterneRechte, Nacheinander):
    """What readers wrote about barriers: to read, to tick off and to delete."""

    form = StandForm
    list_display = ["eingegangen", "anfang", "name", "erledigt"]
    list_filter = ["erledigt", "eingegangen"]
    search_fields = ["text", "seite", "name", "email"]
    fields = ["eingegangen", "text", "seite", "name", "email", "erledigt"]
    readonly_fields = ["eingegangen", "text", "seite", "name", "email"]
    actions = ["als_erledigt_markieren"]

    @admin.display(description="Nachricht")
    def anfang(self, rueckmeldung: Rueckmeldung) -> str:
        """The beginning of what was written."""
        return Truncator(rueckmeldung.text).chars(100)

    @admin.action(description="Ausgewählte Rückmeldungen als erledigt markieren", permissions=["change"])
    def als_erledigt_markieren(
        self, request: HttpRequest, rueckmeldungen: models.QuerySet[Rueckmeldung]
    ) -> None:
        """Mark them as dealt with."""
        anzahl = rueckmeldungen.filter(erledigt=False).update(erledigt=True)
        wort = "Rückmeldung" if anzahl == 1 else "Rückmeldungen"
        self.message_user(request, f"{anzahl} {wort} als erledigt markiert.", messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: they come in by the form."""
        return False


@admin.register(Notiz)
class NotizAdmin(InterneRechte, VerlaufAdmin):
    """What imports could not place."""

    unter = "konferenz"
    list_display = ["text", "konferenz", "seite", "zeile", "erledigt"]
    list_filter = ["erledigt", "konferenz"]
    list_select_related = ["konferenz"]
    search_fields = ["text"]
    formfield_overrides = eingabefelder(4)
    actions = ["als_erledigt_markieren"]

    @admin.action(description="Ausgewählte Notizen als erledigt markieren", permissions=["change"])
    def als_erledigt_markieren(self, request: HttpRequest, notizen: models.QuerySet[Notiz]) -> None:
        """Mark them as dealt with."""
        anzahl = notizen.filter(erledigt=False).update(erledigt=True)
        wort = "Notiz" if anzahl == 1 else "Notizen"
        self.message_user(request, f"{anzahl} {wort} als erledigt markiert.", messages.SUCCESS)


@admin.register(Importstand)
class ImportstandAdmin(InterneRechte, admin.ModelAdmin):
    """What the last import of a conference wrote: to read only, the next import relies on it."""

    list_display = ["konferenz", "quelle", "zeitpunkt"]
    list_select_related = ["konferenz"]
    list_filter = ["zeitpunkt"]
    search_fields = ["konferenz__titel", "quelle"]
    fields = ["konferenz", "quelle", "zeitpunkt", "werte"]
    readonly_fields = ["werte"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Importstand]:
        """Leave the written values, which are large, until they are shown."""
        return super().get_queryset(request).defer("stand")

    @admin.display(description="geschriebene Werte")
    def werte(self, importstand: Importstand) -> SafeString:
        """Show the values line by line."""
        return format_html(
            '<pre class="werte">{}</pre>', json.dumps(importstand.stand, indent=1, ensure_ascii=False)
        )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Importstand | None = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Importstand | None = None) -> bool:
        """Refuse."""
        return False
