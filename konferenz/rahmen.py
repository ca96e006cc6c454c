"""The frame of the administration: which models it shows, in which order, and the way to the Erfassung."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from konferenz import anmeldewege, zweiter_faktor
from konferenz.anmeldedienst import anmeldeknopf
from konferenz.berechtigungen import darf_entwuerfe_lesen, ist_organisation
from konferenz.forms import Anmeldeform
from konferenz.kontenseiten import KennwortAendern
from konferenz.nacheinander import ausgewaehlte_loeschen

EIGENE_APPS = ("konferenz", "arbeitsgruppen")


class Anmeldung(LoginView):
    """The sign-in page: with a second factor the password is its first step only."""

    authentication_form = Anmeldeform
    template_name = "admin/login.html"
    next_page = "admin:index"

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, or lead to the next step."""
        if not zweiter_faktor.eingeschaltet():
            return super().form_valid(form)
        return anmeldewege.beginnen(self.request, form.get_user(), self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say where it goes on, and which other way there is."""
        ziel = self.get_success_url()
        return {**super().get_context_data(**kwargs), "next": ziel, **anmeldeknopf(ziel)}


class Verwaltung(admin.AdminSite):
    """The site of the administration, for people who document conferences."""

    site_header = "Konferenzdokumentation"
    site_title = "Konferenzdokumentation"
    index_title = "Verwaltung"

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:  # type: ignore[override]
        """Sign in; who has already done so goes on to the start page, as with Django's own."""
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        kontext = {"app_path": request.get_full_path(), "username": request.user.get_username()}
        return Anmeldung.as_view(extra_context=kontext)(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:  # type: ignore[override]
        """Change one's own password, in our words."""
        return KennwortAendern.as_view()(request)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_action(ausgewaehlte_loeschen, "delete_selected")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what every page needs, and where it leads whom."""
        return {
            **super().each_context(request),
            "zur_erfassung": darf_entwuerfe_lesen(request.user),
            "zum_protokoll": ist_organisation(request.user),
            "zweiter_faktor": zweiter_faktor.eingeschaltet(),
        }

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the models in the order in which they were registered, those of other apps last.

        Django sorts by name, which would put the notes of an import before the conferences.
        """
        stellen = {modell: stelle for stelle, modell in enumerate(self._registry)}
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda eintrag: stellen[eintrag["model"]])
        return sorted(
            apps,
            key=lambda app: (app["app_label"] not in EIGENE_APPS, stellen[app["models"][0]["model"]]),
        )
