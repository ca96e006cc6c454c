"""How a statement is quoted: where it was said, as a sentence for people and as RIS for their programs."""

from dataclasses import dataclass
from datetime import date
from typing import Self

from django.conf import settings
from django.utils.formats import date_format

from arbeitsgruppen.models import Abschnitt, Aeusserung


@dataclass(frozen=True, slots=True)
class Zitat:
    """A statement with all that tells where it stands.

    `nummer` counts the entries under the heading, `unterpunkt` those below an entry (0 for an entry itself);
    `seite` is that of the Heft as slides, 0 where none is known.
    """

    text: str
    konferenz: str
    datum: date
    veranstalter: str
    gruppe: int
    gruppentitel: str
    ueberschrift: str
    herkunft: str
    nummer: int
    unterpunkt: int
    seite: int
    adresse: str
    redaktionell_geaendert: bool

    @classmethod
    def von(cls, aeusserung: Aeusserung, seite: int | None = None) -> Self:
        """Return the quotation of a statement, fetched along with its heading, group and conference."""
        abschnitt = aeusserung.abschnitt
        gruppe, konferenz = abschnitt.arbeitsgruppe, abschnitt.arbeitsgruppe.konferenz
        eintrag = aeusserung.uebergeordnet or aeusserung
        fremd = abschnitt.herkunft != Abschnitt.Herkunft.TEILNEHMENDE
        return cls(
            text=aeusserung.text,
            konferenz=konferenz.titel,
            datum=konferenz.datum,
            veranstalter=konferenz.veranstalter,
            gruppe=gruppe.nummer,
            gruppentitel=gruppe.titel,
            ueberschrift=abschnitt.ueberschrift,
            herkunft=abschnitt.get_herkunft_display() if fremd else "",
            nummer=_stelle(eintrag),
            unterpunkt=_stelle(aeusserung) if aeusserung.uebergeordnet else 0,
            seite=seite or 0,
            adresse=settings.SITE_URL + aeusserung.get_absolute_url(),
            redaktionell_geaendert=aeusserung.redaktionell_geaendert,
        )

    @property
    def tag(self) -> str:
        """The day of the conference."""
        return date_format(self.datum, "j. F Y")

    @property
    def stelle(self) -> str:
        """Where it stands in the group, for example „Wo hakt es?“, Nr. 12."""
        teile = [f"„{self.ueberschrift}“", self.herkunft, f"Nr. {self.nummer}"]
        if self.unterpunkt:
            teile.append(f"Unterpunkt {self.unterpunkt}")
        return ", ".join(filter(None, teile))

    @property
    def quelle(self) -> str:
        """The source in one sentence, its permanent address last."""
        teile = [self.konferenz, self.tag, f"AG {self.gruppe} „{self.gruppentitel}“", self.stelle]
        if self.seite:
            teile.append(f"Heft (Folien), S. {self.seite}")
        return f"{', '.join(teile)}. {self.adresse}"

    @property
    def mit_wortlaut(self) -> str:
        """The statement, verbatim, with its source."""
        vermerk = " [redaktionell geändert]" if self.redaktionell_geaendert else ""
        return f"„{self.text}“{vermerk} ({self.quelle})"

    @property
    def ris(self) -> str:
        """The same for reference managers (RIS, as Zotero, Citavi and EndNote read it), a field a line."""
        felder = [
            ("TY", "CPAPER"),
            ("TI", self.text),
            ("T2", f"AG {self.gruppe}: {self.gruppentitel}"),
            ("T3", self.konferenz),
            ("PB", self.veranstalter),
            ("PY", f"{self.datum.year}"),
            ("DA", f"{self.datum:%Y/%m/%d}"),
            ("SP", f"{self.seite or ''}"),
            ("UR", self.adresse),
            ("N1", self.stelle),
            ("LA", "de"),
        ]
        zeilen = [f"{name}  - {' '.join(wert.split())}" for name, wert in felder if wert]
        return "\r\n".join([*zeilen, "ER  - ", ""])


def _stelle(aeusserung: Aeusserung) -> int:
    """Return the number of an entry under its heading, or of a sub-point below its entry, from 1."""
    return Aeusserung.objects.filter(
        abschnitt=aeusserung.abschnitt_id,
        uebergeordnet=aeusserung.uebergeordnet_id,
        position__lte=aeusserung.position,
    ).count()
