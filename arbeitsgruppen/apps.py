"""The app of the working groups."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from konferenz.seitenstand import ausloeser_einrichten


class ArbeitsgruppenConfig(AppConfig):
    """Working groups and what was said in them."""

    name = "arbeitsgruppen"
    verbose_name = "Arbeitsgruppen"

    def ready(self) -> None:
        """Keep the roles up to date, and what counts changes, after the migrations of both apps.

        Django makes the rights themselves only then.
        """
        post_migrate.connect(_rollen_einrichten, sender=self)
        post_migrate.connect(ausloeser_einrichten, sender=self)


def _rollen_einrichten(**_: object) -> None:
    from konferenz import rollen  # models are there only once the apps are

    rollen.einrichten()
