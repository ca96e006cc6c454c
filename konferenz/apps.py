"""The app of the event."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class KonferenzConfig(AppConfig):
    """Conference, persons, agenda, talks."""

    name = "konferenz"
    verbose_name = "Konferenzen"


class VerwaltungConfig(admin_apps.AdminConfig):
    """Django's administration in a frame of our own."""

    default = False  # "konferenz" alone names the app of the event
    default_site = "konferenz.rahmen.Verwaltung"
