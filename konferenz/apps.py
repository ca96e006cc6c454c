"""The app of the event."""

from django.apps import AppConfig, apps
from django.contrib.admin import apps as admin_apps


class KonferenzConfig(AppConfig):
    """Conference, persons, agenda, talks."""

    name = "konferenz"
    verbose_name = "Konferenzen"

    def ready(self) -> None:
        """Give the app of the accounts our word for it, as the administration shows it."""
        apps.get_app_config("auth").verbose_name = "Konten"


class VerwaltungConfig(admin_apps.AdminConfig):
    """Django's administration in a frame of our own."""

    default = False  # "konferenz" alone names the app of the event
    default_site = "konferenz.rahmen.Verwaltung"
