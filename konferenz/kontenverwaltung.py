"""Accounts in the administration: a list with roles and groups, and a form instead of lists of rights."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from konferenz import konten, zweiter_faktor
from konferenz.berechtigungen import ROLLEN, darf_konto_verwalten
from konferenz.forms import KontoForm
from konferenz.kontenseiten import einladen, link_erneuern, zustellen
from konferenz.protokollseite import protokoll
from konferenz.reihenfolge import ganzzahl
from konferenz.verwaltung import InterneRechte
from konferenz.zweitfaktorseiten import zuruecksetzen


class RollenFilter(admin.SimpleListFilter):
    """Accounts of one role."""

    title = "Rolle"
    parameter_name = "rolle"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the roles."""
        return [(rolle, rolle) for rolle in ROLLEN]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Return the accounts in the Django group of the role."""
        gewaehlt = self.value()
        return queryset.filter(groups__name=gewaehlt) if gewaehlt in ROLLEN else queryset


class KontoAdmin(InterneRechte, admin.ModelAdmin):
    """Accounts: invited by mail, given a role, put out of use; never with rights one by one.

    Deleted are only those that nobody has used, so that the histories can go on to say who did something.
    """

    form = KontoForm
    list_display = ["name", "email", "rolle", "gruppen", "zustand", "last_login"]
    list_display_links = ["name"]
    list_filter = [RollenFilter, "is_active"]
    list_per_page = 50
    search_fields = ["username", "first_name", "last_name", "email"]
    ordering = ["last_name", "first_name", "username"]
    actions = ["links_senden", "deaktivieren"]
    fieldsets = [
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("Zugang", {"fields": ["rolle", "gruppen", "is_active", "benutzername", "last_login"]}),
    ]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return whether the account may change this one, or any."""
        darf = super().has_change_permission(request, obj)
        return darf and (obj is None or darf_konto_verwalten(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return whether this account may be deleted: nobody has ever signed in with it."""
        return obj is not None and obj.last_login is None and self.has_change_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Fetch along with the accounts what the list shows of each."""
        konten = super().get_queryset(request).prefetch_related("groups", "arbeitsgruppen__konferenz")
        return konten.prefetch_related("authenticator_set") if zweiter_faktor.eingeschaltet() else konten

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Show who has a second factor, where there may be one."""
        return [*self.list_display, *["mit_zweitem_faktor"] * zweiter_faktor.eingeschaltet()]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Keep everybody from locking themselves out, and from giving a role to who stands above roles."""
        fest = ["benutzername", "last_login"]
        if obj is not None and (obj == request.user or obj.is_superuser):
            fest += ["rolle", "gruppen"]
        return fest + (["is_active"] if obj == request.user else [])

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of what is done with accounts beside changing them."""
        eigene = [
            path("protokoll/", protokoll, name="auth_user_protokoll"),
            path("<int:pk>/link/", link_erneuern, name="auth_user_link"),
            path("<int:pk>/zweiter-faktor/", zuruecksetzen, name="auth_user_zweiter_faktor"),
        ]
        return eigene + super().get_urls()

    # What is shown

    @admin.display(description="Name", ordering="last_name")
    def name(self, konto: User) -> str:
        """What the person is called."""
        return konten.name(konto)

    @admin.display(description="Benutzername")
    def benutzername(self, konto: User) -> str:
        """The other name with which the person can sign in; for who was invited the mail address."""
        return konto.username

    @admin.display(description="Rolle")
    def rolle(self, konto: User) -> str:
        """The role of the account."""
        return f"{konten.rolle(konto)} (Hauptkonto)" if konto.is_superuser else konten.rolle(konto)

    @admin.display(description="Arbeitsgruppen")
    def gruppen(self, konto: Any) -> str:
        """The groups that the account writes as Moderation."""
        gruppen = sorted(konto.arbeitsgruppen.all(), key=lambda g: (g.konferenz.datum, g.nummer))
        return ", ".join(f"AG {gruppe.nummer} ({gruppe.konferenz.datum.year})" for gruppe in gruppen)

    @admin.display(description="Zustand")
    def zustand(self, konto: User) -> str:
        """Whether the person can sign in."""
        if not konto.is_active:
            return "deaktiviert"
        return "in Benutzung" if konto.has_usable_password() else f"eingeladen {konto.date_joined:%d.%m.%Y}"

    @admin.display(description="Zweiter Faktor")
    def mit_zweitem_faktor(self, konto: Any) -> str:
        """Whether signing in with the password asks for a code, too."""
        arten = {faktor.type for faktor in konto.authenticator_set.all()}
        return "ja" if zweiter_faktor.APP in arten else "nein"

    # What is done

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list under our own word."""
        return super().changelist_view(request, {"title": "Konten", **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the form under our own word."""
        eigenes = {
            "title": "Konto",
            "show_save_and_add_another": False,
            "postausgang": settings.POSTAUSGANG,
            "hat_zweiten_faktor": zweiter_faktor.eingeschaltet() and zweiter_faktor.hat(ganzzahl(object_id)),
        }
        return super().change_view(request, object_id, form_url, {**eigenes, **(extra_context or {})})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Invite somebody."""
        return einladen(request)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Store the account; who signs in with the mail address goes on doing so when it changes."""
        if obj.username == str(form.initial["email"]).lower():
            obj.username = obj.email.lower()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Give role and groups."""
        super().save_related(request, form, formsets, change)
        if "rolle" in form.cleaned_data:
            konten.rolle_geben(form.instance, form.cleaned_data["rolle"], form.cleaned_data["gruppen"])

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: Any = False
    ) -> Any:
        """Record how it was and how it is."""
        return form.aenderungen()

    @admin.action(description="Ausgewählten einen neuen Link senden", permissions=["change"])
    def links_senden(self, request: HttpRequest, gewaehlte: QuerySet[User]) -> HttpResponse | None:
        """Send each a link to set a password, or show those that can't be sent."""
        if verwaltbare := self._verwaltbare(request, gewaehlte.filter(is_active=True)):
            return zustellen(request, verwaltbare)
        self.message_user(request, "Keines der Konten ist in Benutzung.", messages.WARNING)
        return None

    @admin.action(description="Ausgewählte Konten deaktivieren", permissions=["change"])
    def deaktivieren(self, request: HttpRequest, gewaehlte: QuerySet[User]) -> None:
        """Put them out of use, except one's own; whoever is signed in with one is out at once."""
        von: Any = request.user
        betroffen = self._verwaltbare(request, gewaehlte.filter(is_active=True).exclude(pk=von.pk))
        for konto in betroffen:
            konto.is_active = False
            konto.save(update_fields=["is_active"])
            konten.vermerken(konto, "deaktiviert.", von)
        wort = "Konto" if len(betroffen) == 1 else "Konten"
        self.message_user(request, f"{len(betroffen)} {wort} deaktiviert.", messages.SUCCESS)

    def _verwaltbare(self, request: HttpRequest, gewaehlte: Iterable[User]) -> list[User]:
        return [konto for konto in gewaehlte if darf_konto_verwalten(request.user, konto)]
