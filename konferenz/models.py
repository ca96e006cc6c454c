"""The event: Konferenz, Person, Programmpunkt, Vortrag, Folie, and what an import leaves behind.

And what the site as a whole owes its readers: pages that it has to have, and what they write about barriers.
"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from konferenz.faltung import faltspalte
from konferenz.verlauf import Verlauf

if TYPE_CHECKING:
    from konferenz.berechtigungen import Leser

# First parts of addresses (see urls.py); a conference with such a slug could never be reached.
ADRESSWOERTER = (
    "a",
    "admin",
    "barrierefreiheit",
    "datenschutz",
    "entwurf",
    "feed",
    "healthz",
    "impressum",
    "konto",
    "leichte-sprache",
    "medien",
    "static",
    "suche",
)

FREITEXT_HILFE = "Eine Leerzeile trennt Absätze. Eine Zeile, die mit „• “ beginnt, ist ein Listenpunkt."

BEISPIELTEXTE = Path(__file__).parent / "beispieltexte"


class KonferenzQuerySet(models.QuerySet["Konferenz"]):
    """Choices of conferences that read as a phrase."""

    def get_by_natural_key(self, slug: str) -> "Konferenz":
        """Return the conference that a fixture names by its slug."""
        return self.get(slug=slug)

    def oeffentlich(self) -> Self:
        """Those that anybody may read: released or archived."""
        return self.exclude(status=Konferenz.Status.ENTWURF)

    def sichtbar_fuer(self, leser: "Leser") -> Self:
        """Those whose pages this reader may see: who has a role also drafts, others those opened to them."""
        if leser.hat_rolle:
            return self.all()
        return self.filter(~Q(status=Konferenz.Status.ENTWURF) | Q(pk__in=leser.konferenzen))


class Konferenz(models.Model):
    """One event whose working groups are documented."""

    class Status(models.TextChoices):
        """Who may read a conference."""

        ENTWURF = "entwurf", "Entwurf"
        VEROEFFENTLICHT = "veroeffentlicht", "veröffentlicht"
        ARCHIVIERT = "archiviert", "archiviert"

    titel = models.CharField("Titel", max_length=500)
    slug = models.SlugField(
        "Adresse",
        max_length=100,
        unique=True,
        help_text="Der Teil der Internetadresse, zum Beispiel „pakt-fuer-integration-2021“. "
        "Nach der Veröffentlichung nicht mehr ändern: Links von außen gingen sonst ins Leere.",
    )
    reihe = models.CharField(
        "Reihe", max_length=300, blank=True, help_text="Name der Veranstaltungsreihe, falls es eine gibt."
    )
    format = models.CharField(
        "Format", max_length=100, blank=True, help_text="Zum Beispiel „Onlinekonferenz“ oder „Fachtag“."
    )
    ort = models.CharField("Ort", max_length=300, blank=True, help_text="Leer bei einer Onlinekonferenz.")
    datum = models.DateField("Datum")
    beginn = models.TimeField("Beginn", null=True, blank=True)
    ende = models.TimeField("Ende", null=True, blank=True)
    veranstalter = models.CharField("Veranstalter", max_length=300, blank=True)
    hinweis = models.TextField(
        "Redaktioneller Hinweis",
        blank=True,
        help_text="Steht im Heft vor den Arbeitsgruppen, zum Beispiel dass Äußerungen ungefiltert "
        f"dokumentiert sind. {FREITEXT_HILFE}",
    )
    status = models.CharField(
        "Status",
        max_length=20,
        choices=Status,
        default=Status.ENTWURF,
        help_text="Ein Entwurf ist nur für angemeldete Beschäftigte sichtbar.",
    )
    gefaltet = faltspalte("titel", "reihe", "ort", "veranstalter")

    objects = KonferenzQuerySet.as_manager()
    history = Verlauf()

    class Meta:
        verbose_name = "Konferenz"
        verbose_name_plural = "Konferenzen"
        ordering = ["-datum", "titel"]
        constraints = [
            models.CheckConstraint(
                name="konferenz_titel_nicht_leer",
                condition=~Q(titel=""),
                violation_error_message="Eine Konferenz braucht einen Titel.",
            ),
            models.CheckConstraint(
                name="konferenz_slug_frei",
                condition=~Q(slug__in=ADRESSWOERTER) & ~Q(slug=""),
                violation_error_message="Diese Adresse ist für eine andere Seite vergeben. "
                "Wählen Sie eine andere.",
            ),
            models.CheckConstraint(
                name="konferenz_ende_nach_beginn",
                condition=Q(ende__isnull=True) | Q(beginn__isnull=False, ende__gt=F("beginn")),
                violation_error_message="Das Ende muss nach dem Beginn liegen.",
            ),
        ]

    def __str__(self) -> str:
        ohne_jahr = isinstance(self.datum, date) and str(self.datum.year) not in self.titel
        return f"{self.titel} ({self.datum.year})" if ohne_jahr else self.titel

    def get_absolute_url(self) -> str:
        """Return the address of the conference's page."""
        return reverse("konferenz", args=[self.slug])

    def natural_key(self) -> tuple[str]:
        """Return the slug, which names the conference in fixtures."""
        return (self.slug,)

    @property
    def ist_oeffentlich(self) -> bool:
        """Whether anybody may read it."""
        return self.status != self.Status.ENTWURF

    @property
    def ist_archiviert(self) -> bool:
        """Whether it is finished for good: nobody writes in it until it is taken back."""
        return self.status == self.Status.ARCHIVIERT


class PersonQuerySet(models.QuerySet["Person"]):
    """Choices of persons."""

    def get_by_natural_key(self, vorname: str, nachname: str, organisation: str, ort: str) -> "Person":
        """Return the person that a fixture names."""
        return self.get(vorname=vorname, nachname=nachname, organisation=organisation, ort=ort)


class Person(models.Model):
    """A person named in the documentation, reused across conferences."""

    titel = models.CharField("Titel", max_length=100, blank=True, help_text="Zum Beispiel „Dr.“.")
    vorname = models.CharField("Vorname", max_length=100, blank=True)
    nachname = models.CharField("Nachname", max_length=100)
    organisation = models.CharField("Organisation", max_length=300, blank=True)
    ort = models.CharField("Ort", max_length=100, blank=True)
    gefaltet = faltspalte("titel", "vorname", "nachname", "organisation", "ort")

    objects = PersonQuerySet.as_manager()
    history = Verlauf()

    class Meta:
        verbose_name = "Person"
        verbose_name_plural = "Personen"
        ordering = ["nachname", "vorname", "organisation", "ort"]
        constraints = [
            models.UniqueConstraint(
                name="person_einmal",
                fields=["vorname", "nachname", "organisation", "ort"],
                violation_error_message="Diese Person gibt es schon.",
            ),
            models.CheckConstraint(
                name="person_nachname_nicht_leer",
                condition=~Q(nachname=""),
                violation_error_message="Eine Person braucht einen Nachnamen.",
            ),
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.titel, self.vorname, self.nachname) if part)

    def natural_key(self) -> tuple[str, str, str, str]:
        """Return what names the person in fixtures."""
        return (self.vorname, self.nachname, self.organisation, self.ort)


class ProgrammpunktQuerySet(models.QuerySet["Programmpunkt"]):
    """Choices of agenda slots."""

    def get_by_natural_key(self, slug: str, position: int) -> "Programmpunkt":
        """Return the slot that a fixture names by conference and position."""
        return self.get(konferenz__slug=slug, position=position)


class Programmpunkt(models.Model):
    """One slot of a conference's agenda (Tagesprogramm)."""

    konferenz = models.ForeignKey(
        Konferenz, on_delete=models.CASCADE, related_name="programmpunkte", verbose_name="Konferenz"
    )
    position = models.PositiveIntegerField("Reihenfolge")
    beginn = models.TimeField("Beginn")
    titel = models.CharField("Titel", max_length=500)
    mitwirkende = models.TextField(
        "Mitwirkende", blank=True, help_text="Wie im Programm gedruckt, je Zeile eine Angabe."
    )
    neue_seite = models.BooleanField("neue Seite im Heft", default=False)
    gefaltet = faltspalte("titel", "mitwirkende")

    objects = ProgrammpunktQuerySet.as_manager()
    history = Verlauf()

    class Meta:
        verbose_name = "Programmpunkt"
        verbose_name_plural = "Programmpunkte"
        ordering = ["konferenz", "position"]
        constraints = [
            models.UniqueConstraint(
                name="programmpunkt_position_einmal",
                fields=["konferenz", "position"],
                violation_error_message="Diese Stelle im Programm ist schon besetzt.",
            ),
            models.CheckConstraint(
                name="programmpunkt_titel_nicht_leer",
                condition=~Q(titel=""),
                violation_error_message="Ein Programmpunkt braucht einen Titel.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.beginn:%H:%M} Uhr {self.titel}" if self.beginn else self.titel

    def natural_key(self) -> tuple[str, int]:
        """Return what names the slot in fixtures."""
        return (*self.konferenz.natural_key(), self.position)

    natural_key.dependencies = ["konferenz.konferenz"]  # type: ignore[attr-defined]


class VortragQuerySet(models.QuerySet["Vortrag"]):
    """Choices of talks."""

    def get_by_natural_key(self, konferenz: str, slug: str) -> "Vortrag":
        """Return the talk that a fixture names by conference and slug."""
        return self.get(konferenz__slug=konferenz, slug=slug)


class Vortrag(models.Model):
    """A talk given at the conference, documented by its slides."""

    konferenz = models.ForeignKey(
        Konferenz, on_delete=models.CASCADE, related_name="vortraege", verbose_name="Konferenz"
    )
    programmpunkt = models.ForeignKey(
        Programmpunkt,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="vortraege",
        verbose_name="Programmpunkt",
    )
    position = models.PositiveIntegerField("Reihenfolge")
    titel = models.CharField("Titel", max_length=500)
    slug = models.SlugField("Adresse", max_length=100)
    vortragende = models.ManyToManyField(
        Person, blank=True, related_name="vortraege", verbose_name="Vortragende"
    )
    gefaltet = faltspalte("titel")

    objects = VortragQuerySet.as_manager()
    history = Verlauf(m2m_fields=["vortragende"])

    class Meta:
        verbose_name = "Vortrag"
        verbose_name_plural = "Vorträge"
        ordering = ["konferenz", "position"]
        constraints = [
            models.UniqueConstraint(
                name="vortrag_position_einmal",
                fields=["konferenz", "position"],
                violation_error_message="Diese Stelle unter den Vorträgen ist schon besetzt.",
            ),
            models.UniqueConstraint(
                name="vortrag_slug_einmal",
                fields=["konferenz", "slug"],
                violation_error_message="Ein Vortrag dieser Konferenz hat diese Adresse schon.",
            ),
            models.CheckConstraint(
                name="vortrag_titel_nicht_leer",
                condition=~Q(titel="") & ~Q(slug=""),
                violation_error_message="Ein Vortrag braucht einen Titel und eine Adresse.",
            ),
        ]

    def __str__(self) -> str:
        return self.titel

    def get_absolute_url(self) -> str:
        """Return the address of the talk's page."""
        return reverse("vortrag", args=[self.konferenz.slug, self.slug])

    def clean(self) -> None:
        """Refuse a slot of another conference's agenda."""
        if self.programmpunkt and self.programmpunkt.konferenz_id != self.konferenz_id:
            raise ValidationError(
                {"programmpunkt": "Dieser Programmpunkt gehört zu einer anderen Konferenz."}
            )

    def natural_key(self) -> tuple[str, str]:
        """Return what names the talk in fixtures."""
        return (*self.konferenz.natural_key(), self.slug)

    natural_key.dependencies = ["konferenz.konferenz"]  # type: ignore[attr-defined]


class FolieQuerySet(models.QuerySet["Folie"]):
    """Choices of slides."""

    def get_by_natural_key(self, konferenz: str, vortrag: str, position: int) -> "Folie":
        """Return the slide that a fixture names by talk and position."""
        return self.get(vortrag__konferenz__slug=konferenz, vortrag__slug=vortrag, position=position)


class Folie(models.Model):
    """One slide of a talk: heading, text, optional picture."""

    class Art(models.TextChoices):
        """How a slide is laid out."""

        TITEL = "titel", "Titelfolie"
        INHALT = "inhalt", "Inhalt"

    vortrag = models.ForeignKey(
        Vortrag, on_delete=models.CASCADE, related_name="folien", verbose_name="Vortrag"
    )
    position = models.PositiveIntegerField("Reihenfolge")
    art = models.CharField("Art", max_length=10, choices=Art, default=Art.INHALT)
    ueberschrift = models.CharField("Überschrift", max_length=500, blank=True)
    text = models.TextField(
        "Text",
        blank=True,
        help_text=FREITEXT_HILFE,
    )
    bild = models.ImageField("Bild", upload_to="folien/", blank=True)
    bildbeschreibung = models.TextField(
        "Bildbeschreibung",
        blank=True,
        help_text="Sagt denen, die das Bild nicht sehen, was darauf steht. Pflicht, wenn es ein Bild gibt.",
    )
    gefaltet = faltspalte("ueberschrift", "text")

    objects = FolieQuerySet.as_manager()
    history = Verlauf()

    class Meta:
        verbose_name = "Folie"
        verbose_name_plural = "Folien"
        ordering = ["vortrag", "position"]
        constraints = [
            models.UniqueConstraint(
                name="folie_position_einmal",
                fields=["vortrag", "position"],
                violation_error_message="Diese Stelle im Vortrag ist schon besetzt.",
            ),
            models.CheckConstraint(
                name="folie_bild_beschrieben",
                condition=Q(bild="") | ~Q(bildbeschreibung=""),
                violation_error_message="Ein Bild braucht eine Bildbeschreibung.",
            ),
        ]

    def __str__(self) -> str:
        return (
            f"Folie {self.position}: {self.ueberschrift}" if self.ueberschrift else f"Folie {self.position}"
        )

    def natural_key(self) -> tuple[str, str, int]:
        """Return what names the slide in fixtures."""
        return (*self.vortrag.natural_key(), self.position)

    natural_key.dependencies = ["konferenz.vortrag"]  # type: ignore[attr-defined]


class TextseiteQuerySet(models.QuerySet["Textseite"]):
    """Choices of free-text pages."""

    def get_by_natural_key(self, slug: str, seite: int) -> "Textseite":
        """Return the page that a fixture names by conference and page number."""
        return self.get(konferenz__slug=slug, seite=seite)


class Textseite(models.Model):
    """A page of free text that stands at a given place of the Heft."""

    konferenz = models.ForeignKey(
        Konferenz, on_delete=models.CASCADE, related_name="textseiten", verbose_name="Konferenz"
    )
    seite = models.PositiveIntegerField(
        "Seite im Heft", help_text="Auf dieser Seite des Hefts (Folien) steht der Text; die 1 ist der Titel."
    )
    ueberschrift = models.CharField("Überschrift", max_length=500, blank=True)
    text = models.TextField(
        "Text",
        blank=True,
        help_text=FREITEXT_HILFE,
    )

    objects = TextseiteQuerySet.as_manager()
    history = Verlauf()

    class Meta:
        verbose_name = "Textseite"
        verbose_name_plural = "Textseiten"
        ordering = ["konferenz", "seite"]
        constraints = [
            models.UniqueConstraint(
                name="textseite_seite_einmal",
                fields=["konferenz", "seite"],
                violation_error_message="Auf dieser Seite des Hefts steht schon eine Textseite.",
            ),
            models.CheckConstraint(
                name="textseite_nicht_leer",
                condition=~Q(ueberschrift="") | ~Q(text=""),
                violation_error_message="Eine Textseite braucht eine Überschrift oder einen Text.",
            ),
            models.CheckConstraint(
                name="textseite_seite_ab_1",
                condition=Q(seite__gte=1),
                violation_error_message="Die Seiten des Hefts beginnen mit 1.",
            ),
        ]

    def __str__(self) -> str:
        return f"Seite {self.seite}: {self.ueberschrift}" if self.ueberschrift else f"Seite {self.seite}"

    def natural_key(self) -> tuple[str, int]:
        """Return what names the page in fixtures."""
        return (*self.konferenz.natural_key(), self.seite)

    natural_key.dependencies = ["konferenz.konferenz"]  # type: ignore[attr-defined]


class Notiz(models.Model):
    """A line of an imported source that fitted nowhere, kept for the organisers."""

    konferenz = models.ForeignKey(
        Konferenz, on_delete=models.CASCADE, related_name="notizen", verbose_name="Konferenz"
    )
    seite = models.PositiveIntegerField("Seite der Quelle")
    zeile = models.PositiveIntegerField("Zeile der Seite")
    text = models.TextField("Text")
    erledigt = models.BooleanField("erledigt", default=False)

    history = Verlauf()

    class Meta:
        verbose_name = "Notiz aus dem Import"
        verbose_name_plural = "Notizen aus dem Import"
        ordering = ["konferenz", "seite", "zeile"]
        constraints = [
            models.UniqueConstraint(
                name="notiz_einmal",
                fields=["konferenz", "seite", "zeile", "text"],
                violation_error_message="Diese Notiz gibt es schon.",
            )
        ]

    def __str__(self) -> str:
        return f"Seite {self.seite}, Zeile {self.zeile}: {self.text}"


class Importstand(models.Model):
    """What the last import of a conference wrote, so that the next one can tell edits made since."""

    konferenz = models.OneToOneField(
        Konferenz, on_delete=models.CASCADE, related_name="importstand", verbose_name="Konferenz"
    )
    quelle = models.CharField("Datei", max_length=300)
    zeitpunkt = models.DateTimeField("zuletzt importiert", auto_now=True)
    stand = models.JSONField("geschriebene Werte", default=dict)

    class Meta:
        verbose_name = "Importstand"
        verbose_name_plural = "Importstände"

    def __str__(self) -> str:
        return f"{self.konferenz}: {self.quelle}"


class Pflichtseite(models.Model):
    """A page that a public site has to have; as long as it has no text of its own it shows an example."""

    class Art(models.TextChoices):
        """Which page; the value is its address, the label its title."""

        IMPRESSUM = "impressum", "Impressum"
        DATENSCHUTZ = "datenschutz", "Datenschutz"
        BARRIEREFREIHEIT = "barrierefreiheit", "Erklärung zur Barrierefreiheit"
        LEICHTE_SPRACHE = "leichte-sprache", "Leichte Sprache"

    art = models.CharField("Seite", max_length=20, choices=Art, unique=True)
    text = models.TextField(
        "Text",
        blank=True,
        help_text=f"{FREITEXT_HILFE} Eine Zeile, die mit „# “ beginnt, ist eine Überschrift, mit „## “ eine "
        "darunter. Adressen werden zu Links. Leer: Die Seite zeigt den Beispieltext.",
    )

    history = Verlauf()

    class Meta:
        verbose_name = "Pflichtseite"
        verbose_name_plural = "Pflichtseiten"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="pflichtseite_art_bekannt",
                condition=Q(art__in=["impressum", "datenschutz", "barrierefreiheit", "leichte-sprache"]),
                violation_error_message="Diese Seite gibt es nicht.",
            )
        ]

    def __str__(self) -> str:
        return self.get_art_display()

    def get_absolute_url(self) -> str:
        """Return the address of the page."""
        return reverse(self.art)

    @property
    def ist_beispiel(self) -> bool:
        """Whether nobody has written a text of its own yet."""
        return not self.text

    @property
    def inhalt(self) -> str:
        """The text, or the example with gaps in square brackets that comes with the application."""
        return self.text or (BEISPIELTEXTE / f"{self.art}.txt").read_text(encoding="utf-8")


class Rueckmeldung(models.Model):
    """What somebody wrote about a barrier; without a history, so that what is deleted is gone."""

    eingegangen = models.DateTimeField("eingegangen", auto_now_add=True, db_index=True)
    text = models.TextField("Nachricht")
    seite = models.CharField("Seite, um die es geht", max_length=500, blank=True)
    name = models.CharField("Name", max_length=200, blank=True)
    email = models.EmailField("E-Mail-Adresse", blank=True)
    erledigt = models.BooleanField("erledigt", default=False)

    class Meta:
        verbose_name = "Rückmeldung zur Barrierefreiheit"
        verbose_name_plural = "Rückmeldungen zur Barrierefreiheit"
        ordering = ["-eingegangen", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="rueckmeldung_text_nicht_leer",
                condition=~Q(text=""),
                violation_error_message="Eine Rückmeldung braucht einen Text.",
            )
        ]

    def __str__(self) -> str:
        # Nothing of what was written: the log of the administration keeps this longer than the row.
        return f"Rückmeldung vom {date_format(timezone.localtime(self.eingegangen), 'j. F Y, H:i')} Uhr"


class Seitenstand(models.Model):
    """Part of the number that tells the present state of all pages; the database counts (seitenstand.py)."""

    platz = models.PositiveSmallIntegerField("Platz", primary_key=True)
    nummer = models.BigIntegerField("Nummer")

    class Meta:
        verbose_name = "Seitenstand"
        verbose_name_plural = "Seitenstände"

    def __str__(self) -> str:
        return f"{self.platz}: {self.nummer}"
