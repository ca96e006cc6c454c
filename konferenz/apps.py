"""The app of the event."""

from django.apps import AppConfig


class KonferenzConfig(AppConfig):
    """Conference, persons, agenda, talks."""

    name = "konferenz"
    verbose_name = "Konferenzen"
