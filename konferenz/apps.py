"""The app of the event."""

from django.apps import AppConfig, apps
from django.contrib.admin import apps as admin_apps
from django.core.checks import Tags, register
from django.db.backends.signals import connection_created

from konferenz.faltung import in_sqlite


class KonferenzConfig(AppConfig):
    """Conference, persons, agenda, talks."""

    name = "konferenz"
    verbose_name = "Konferenzen"

    def ready(self) -> None:
        """Give SQLite the function of the folded columns, and the app of the accounts our word for it.

        And have `manage.py check` look at what must not go out as it comes.
        """
        from konferenz import anmeldeprotokoll  # noqa: F401  # models are there only once the apps are
        from konferenz.pruefungen import beispieltexte

        register(beispieltexte, Tags.database)
        connection_created.connect(in_sqlite)
        apps.get_app_config("auth").verbose_name = "Konten"


class VerwaltungConfig(admin_apps.AdminConfig):
    """Django's administration in a frame of our own."""

    default = False  # "konferenz" alone names the app of the event
    default_site = "konferenz.rahmen.Verwaltung"
