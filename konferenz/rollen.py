"""The roles as Django groups with the rights that the administration asks for."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from konferenz.berechtigungen import MINISTERIUM, MODERATION, ORGANISATION

INHALT = ("konferenz", "arbeitsgruppen")


def einrichten() -> None:
    """Create the three roles, or give them back the rights that they need; others that they have stay.

    Organisation may do everything with the content and with accounts, the others look at the content; what
    they may write they write on pages of its own (see berechtigungen.py).
    """
    inhalt = Permission.objects.filter(content_type__app_label__in=INHALT)
    konten = Permission.objects.filter(content_type__app_label="auth", content_type__model="user")
    ansehen = inhalt.filter(codename__startswith="view_").exclude(codename__contains="historical")
    rechte = {ORGANISATION: inhalt | konten, MODERATION: ansehen, MINISTERIUM: ansehen}
    for name, noetige in rechte.items():
        gruppe, _ = Group.objects.get_or_create(name=name)
        gruppe.permissions.add(*noetige.filter(~Q(group=gruppe)))
