"""The app of the working groups."""

from django.apps import AppConfig


class ArbeitsgruppenConfig(AppConfig):
    """Working groups and what was said in them."""

    name = "arbeitsgruppen"
    verbose_name = "Arbeitsgruppen"
