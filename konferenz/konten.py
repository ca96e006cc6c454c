"""Accounts: which role somebody has, and giving another one."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import QuerySet

from konferenz.berechtigungen import MODERATION, ORGANISATION, ROLLEN


def gruppen() -> QuerySet[Any]:
    """Return all groups with their conferences; found by relation, since they belong to the other app."""
    modell: Any = User._meta.get_field("arbeitsgruppen").related_model
    return modell.objects.select_related("konferenz").order_by("-konferenz__datum", "konferenz", "nummer")


def rolle(konto: User) -> str:
    """Return the role of an account, in use or not: the mightiest of several, "" for none."""
    if konto.is_superuser:
        return ORGANISATION
    namen = {gruppe.name for gruppe in konto.groups.all()}  # fetched along in a list of accounts
    return next((rolle for rolle in ROLLEN if rolle in namen), "")


@transaction.atomic
def rolle_geben(konto: User, rolle: str, gruppen: Iterable[Any] = ()) -> None:
    """Give an account this role instead of any other, and as Moderation these groups and no others."""
    konto.is_staff = True
    konto.save(update_fields=["is_staff"])
    konto.groups.remove(*konto.groups.filter(name__in=ROLLEN).exclude(name=rolle))
    konto.groups.add(Group.objects.get(name=rolle))
    konto.arbeitsgruppen.set(gruppen if rolle == MODERATION else [])
    vars(konto).pop("_rollen", None)  # what berechtigungen.py remembers
