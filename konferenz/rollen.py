"""The roles as Django groups."""

from django.contrib.auth.models import Group

from konferenz.berechtigungen import ROLLEN


def einrichten() -> None:
    """Create those of the roles that are missing.

    They carry no rights of Django's: what a role may do says berechtigungen.py alone.
    """
    for name in ROLLEN:
        Group.objects.get_or_create(name=name)
