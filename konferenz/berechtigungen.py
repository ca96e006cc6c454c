"""Who may read and do what: the one place that every view and admin class asks.

Three roles, each a Django group: Organisation does everything; Moderation reads everything and writes the
groups assigned to the account; Ministerium reads drafts, downloads and comments. Whoever has no role sees
what everybody sees.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest

from konferenz.entwurfslink import Entwurfslink, geoeffnete

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


def darf_konto_verwalten(konto: Konto, anderes: User) -> bool:
    """Whether the account may change another one, or hand out a link that sets its password.

    The Organisation may, but a superuser is above it: it could else make itself one.
    """
    return ist_organisation(konto) and (konto.is_superuser or not anderes.is_superuser)


def darf_entwuerfe_lesen(konto: Konto) -> bool:
    """Whether the account may read what is not released yet, and so also comment on it."""
    return bool(rollen(konto))


@dataclass(frozen=True, slots=True)
class Leser:
    """Who reads a page: an account that may have a role, and the links to drafts that its browser opened.

    What is public everybody reads; this says what its reader may read beside that.
    """

    konto: Konto
    links: tuple[Entwurfslink, ...] = ()

    @classmethod
    def von(cls, request: HttpRequest) -> Self:
        """Return who sent this request."""
        # Who has a role reads everything, with links or without.
        links = () if darf_entwuerfe_lesen(request.user) else geoeffnete(request)
        return cls(request.user, links)

    @property
    def hat_rolle(self) -> bool:
        """Whether all that there is may be read, drafts included."""
        return darf_entwuerfe_lesen(self.konto)

    @property
    def konferenzen(self) -> frozenset[int]:
        """The conferences (primary keys) that links open as a whole."""
        return frozenset(link.konferenz for link in self.links if link.gruppe is None)

    @property
    def gruppen(self) -> frozenset[int]:
        """The groups (primary keys) that links open by themselves."""
        return frozenset(link.gruppe for link in self.links if link.gruppe is not None)

    def liest_alles(self, konferenz: Any) -> bool:
        """Whether this may be read of a conference: all of it, released or not."""
        return self.hat_rolle or konferenz.pk in self.konferenzen

    def liest_ergebnisse(self, gruppe: Any) -> bool:
        """Whether this may be read of a group: what it said, though it may not be released."""
        return self.liest_alles(gruppe.konferenz) or gruppe.pk in self.gruppen

    def bis(self, konferenz: Any, gruppe: Any = None) -> datetime | None:
        """Return until when links open a conference, or a group of it; None for who has a role."""
        schluessel = gruppe.pk if gruppe else None
        zeiten = (a.bis for a in self.links if a.konferenz == konferenz.pk and a.gruppe in (None, schluessel))
        return max(zeiten, default=None)


def darf_erfassen(konto: Konto, gruppe: Any) -> bool:
    """Whether the account may write the statements of this group now.

    Moderation writes its own groups until it has sent them for release. Of an archived conference nobody
    changes anything: the Organisation takes it back first, so that nothing archived changes by accident.
    """
    if gruppe.konferenz.ist_archiviert:
        return False
    if ist_organisation(konto):
        return True
    return gruppe.status == gruppe.Status.IN_BEARBEITUNG and gehoert_zu(konto, gruppe)


def darf_wiederherstellen(konto: Konto, konferenz: Any | None) -> bool:
    """Whether the account may let come back what was deleted of this conference, or of none.

    Statements and their headings may be brought back by whoever may write the group (`darf_erfassen`).
    """
    return ist_organisation(konto) and not (konferenz and konferenz.ist_archiviert)


def darf_gruppen_verwalten(konto: Konto, konferenz: Any | None) -> bool:
    """Whether the account may change groups in the plain forms: of this conference, or without one of any."""
    return ist_organisation(konto) and not (konferenz and konferenz.ist_archiviert)


def gehoert_zu(konto: Konto, gruppe: Any) -> bool:
    """Whether the group is assigned to this account as its moderation.

    Whoever asks for many groups fetches their `konten` along with them.
    """
    return MODERATION in rollen(konto) and any(eines.pk == konto.pk for eines in gruppe.konten.all())


def darf_stand_aendern(konto: Konto, gruppe: Any) -> bool:
    """Whether the account has a say in the state of the group, whatever step is possible now."""
    return ist_organisation(konto) or gehoert_zu(konto, gruppe)


def moegliche_schritte(konto: Konto, gruppe: Any) -> list[str]:
    """Return the states into which the account may bring the group from its present one.

    Organisation: any other. Moderation: its own group from „in Bearbeitung“ to „zur Prüfung“ and, as long
    as it is not released, back again. In an archived conference there are none.
    """
    S = gruppe.Status  # noqa: N806  # an enumeration
    if gruppe.konferenz.ist_archiviert:
        return []
    if ist_organisation(konto):
        return [status.value for status in S if status != gruppe.status]
    schritte = {S.IN_BEARBEITUNG: [S.ZUR_PRUEFUNG.value], S.ZUR_PRUEFUNG: [S.IN_BEARBEITUNG.value]}
    return schritte.get(gruppe.status, []) if gehoert_zu(konto, gruppe) else []


def moegliche_konferenzschritte(konto: Konto, konferenz: Any) -> list[str]:
    """Return the states into which the account may bring the conference: the Organisation into any other."""
    if not ist_organisation(konto):
        return []
    return [status.value for status in konferenz.Status if status != konferenz.status]


def darf_entwurf_zeigen(konto: Konto, gruppe: Any = None) -> bool:
    """Whether the account may hand out links to a draft: of this group, or without one of a conference."""
    return ist_organisation(konto) or (gruppe is not None and gehoert_zu(konto, gruppe))


def darf_kommentieren(konto: Konto) -> bool:
    """Whether the account may read and write comments: who may read drafts."""
    return darf_entwuerfe_lesen(konto)


def darf_kommentare_erledigen(konto: Konto, gruppe: Any) -> bool:
    """Whether the account may say that comments on this group are dealt with."""
    return ist_organisation(konto) or gehoert_zu(konto, gruppe)


def darf_quelldateien_loeschen(konto: Konto) -> bool:
    """Whether the account may delete the files that statements were taken from."""
    return ist_organisation(konto)


def darf_archiv_laden(konto: Konto) -> bool:
    """Whether the account may download a released conference as an archive."""
    return ist_organisation(konto) or MINISTERIUM in rollen(konto)


def darf_themen_zuordnen(konto: Konto) -> bool:
    """Whether the account may decide which statements belong to which topics, archived conferences included.

    Topics lie across conferences, and their words reach into all of them; what was said stays as it is.
    """
    return ist_organisation(konto)


def darf_konferenz_kopieren(konto: Konto) -> bool:
    """Whether the account may make a new conference from one that there is."""
    return ist_organisation(konto)
