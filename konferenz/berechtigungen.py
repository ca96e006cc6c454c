"""Who may do what: the one place that every view and admin class asks.

Three roles, each a Django group: Organisation does everything; Moderation reads everything and writes the
groups assigned to the account; Ministerium reads drafts, downloads and comments. Whoever has no role sees
what everybody sees.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser, User

ORGANISATION, MODERATION, MINISTERIUM = ROLLEN = ("Organisation", "Moderation", "Ministerium")

Konto = User | AnonymousUser


def rollen(konto: Konto) -> frozenset[str]:
    """Return the roles of an account, looked up once per request; a superuser counts as Organisation."""
    if not konto.is_active or not konto.is_authenticated:
        return frozenset()
    gemerkt: dict[str, Any] = vars(konto)
    if "_rollen" not in gemerkt:
        namen = set(konto.groups.filter(name__in=ROLLEN).values_list("name", flat=True))
        gemerkt["_rollen"] = frozenset(namen | {ORGANISATION} if konto.is_superuser else namen)
    return gemerkt["_rollen"]


def ist_organisation(konto: Konto) -> bool:
    """Whether the account may do everything."""
    return ORGANISATION in rollen(konto)


def darf_entwuerfe_lesen(konto: Konto) -> bool:
    """Whether the account may read what is not released yet, and so also comment on it."""
    return bool(rollen(konto))


def darf_erfassen(konto: Konto, gruppe: Any) -> bool:
    """Whether the account may write the statements of this group now.

    Moderation writes its own groups until it has sent them for release.
    """
    if ist_organisation(konto):
        return True
    return gruppe.status == gruppe.Status.IN_BEARBEITUNG and gehoert_zu(konto, gruppe)


def gehoert_zu(konto: Konto, gruppe: Any) -> bool:
    """Whether the group is assigned to this account as its moderation."""
    return MODERATION in rollen(konto) and gruppe.konten.filter(pk=konto.pk).exists()


def moegliche_schritte(konto: Konto, gruppe: Any) -> list[str]:
    """Return the states into which the account may bring the group from its present one.

    Organisation: any other. Moderation: its own group from „in Bearbeitung“ to „zur Prüfung“ and, as long
    as it is not released, back again.
    """
    S = gruppe.Status  # noqa: N806  # an enumeration
    if ist_organisation(konto):
        return [status.value for status in S if status != gruppe.status]
    schritte = {S.IN_BEARBEITUNG: [S.ZUR_PRUEFUNG.value], S.ZUR_PRUEFUNG: [S.IN_BEARBEITUNG.value]}
    return schritte.get(gruppe.status, []) if gehoert_zu(konto, gruppe) else []
