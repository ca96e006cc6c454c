"""The frame of the administration: which models it shows, in which order, and the way to the Erfassung."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase

from konferenz.berechtigungen import darf_entwuerfe_lesen
from konferenz.forms import Anmeldeform
from konferenz.kontenseiten import KennwortAendern
from konferenz.nacheinander import ausgewaehlte_loeschen

EIGENE_APPS = ("konferenz", "arbeitsgruppen")


class Verwaltung(admin.AdminSite):
    """The site of the administration, for people who document conferences."""

    site_header = "Konferenzdokumentation"
    site_title = "Konferenzdokumentation"
    index_title = "Verwaltung"
    login_form = Anmeldeform

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:  # type: ignore[override]
        """Change one's own password, in our words."""
        return KennwortAendern.as_view()(request)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_action(ausgewaehlte_loeschen, "delete_selected")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what every page needs, and whether it leads to the Erfassung."""
        return {**super().each_context(request), "zur_erfassung": darf_entwuerfe_lesen(request.user)}

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
