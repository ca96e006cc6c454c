"""The working groups: Arbeitsgruppe, Moderation, Abschnitt, Aeusserung; finished Hefte and who makes them."""

import random
import secrets
from typing import Self

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from arbeitsgruppen.constraints import Unterpunktregel
from konferenz.models import Konferenz, Person, Programmpunkt

# Without vowels (no words arise) and without what sounds or looks alike: 0/O, 1/l/I, m/n, f/s/x, v/w.
KENNUNG_ZEICHEN = "23456789bcdfghjkmpqrtwz"
KENNUNG_LAENGE = 6


def neue_kennung(saat: str = "") -> str:
    """Return a permanent id that no statement of any conference has or ever had.

    23 characters to the power of 6 are 148 million; ids of deleted statements stay in the history
    and are not given out again. The same `saat` in the same database leads to the same id, so that the
    same documentation, imported in two places, has the same addresses.
    """
    wuerfel = random.Random(saat) if saat else secrets.SystemRandom()  # noqa: S311  # an id is no secret
    while True:
        kennung = "".join(wuerfel.choice(KENNUNG_ZEICHEN) for _ in range(KENNUNG_LAENGE))
        if not (
            Aeusserung.objects.filter(kennung=kennung).exists()
            or Aeusserung.history.filter(kennung=kennung).exists()
        ):
            return kennung


class ArbeitsgruppeQuerySet(models.QuerySet["Arbeitsgruppe"]):
    """Choices of working groups."""

    def get_by_natural_key(self, slug: str, nummer: int) -> "Arbeitsgruppe":
        """Return the group that a fixture names by conference and number."""
        return self.get(konferenz__slug=slug, nummer=nummer)


class Arbeitsgruppe(models.Model):
    """A working group (AG) of a conference with its guiding question."""

    class Status(models.TextChoices):
        """How far the entering of a group has come."""

        IN_BEARBEITUNG = "in_bearbeitung", "in Bearbeitung"
        ZUR_PRUEFUNG = "zur_pruefung", "zur Prüfung"
        FREIGEGEBEN = "freigegeben", "freigegeben"

    konferenz = models.ForeignKey(
        Konferenz, on_delete=models.CASCADE, related_name="arbeitsgruppen", verbose_name="Konferenz"
    )
    nummer = models.PositiveIntegerField("Nummer")
    titel = models.CharField("Titel", max_length=500)
    fragestellung = models.TextField("Fragestellung", blank=True)
    unterfragen = models.TextField("Unterfragen", blank=True, help_text="Je Zeile eine Frage.")
    programmpunkt = models.ForeignKey(
        Programmpunkt,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="arbeitsgruppen",
        verbose_name="Programmpunkt",
        help_text="Wann die Gruppe tagt.",
    )
    moderierende = models.ManyToManyField(
        Person,
        through="Moderation",
        related_name="moderierte_arbeitsgruppen",
        verbose_name="Moderation",
    )
    status = models.CharField(
        "Stand der Erfassung",
        max_length=20,
        choices=Status,
        default=Status.IN_BEARBEITUNG,
        help_text="Nur intern: Die Öffentlichkeit sieht alle Gruppen einer veröffentlichten Konferenz.",
    )

    objects = ArbeitsgruppeQuerySet.as_manager()
    history = HistoricalRecords(verbose_name="Änderung", verbose_name_plural="Änderungen")

    class Meta:
        verbose_name = "Arbeitsgruppe"
        verbose_name_plural = "Arbeitsgruppen"
        ordering = ["konferenz", "nummer"]
        constraints = [
            models.UniqueConstraint(
                name="arbeitsgruppe_nummer_einmal",
                fields=["konferenz", "nummer"],
                violation_error_message="Diese Konferenz hat schon eine Arbeitsgruppe mit dieser Nummer.",
            ),
            models.CheckConstraint(
                name="arbeitsgruppe_nummer_ab_1",
                condition=Q(nummer__gte=1),
                violation_error_message="Die Nummern der Arbeitsgruppen beginnen mit 1.",
            ),
            models.CheckConstraint(
                name="arbeitsgruppe_titel_nicht_leer",
                condition=~Q(titel=""),
                violation_error_message="Eine Arbeitsgruppe braucht einen Titel.",
            ),
        ]

    def __str__(self) -> str:
        return f"AG {self.nummer}: {self.titel}"

    def get_absolute_url(self) -> str:
        """Return the address of the group's page."""
        return reverse("arbeitsgruppe", args=[self.konferenz.slug, self.nummer])

    def clean(self) -> None:
        """Refuse a slot of another conference's agenda."""
        if self.programmpunkt and self.programmpunkt.konferenz_id != self.konferenz_id:
            raise ValidationError(
                {"programmpunkt": "Dieser Programmpunkt gehört zu einer anderen Konferenz."}
            )

    def natural_key(self) -> tuple[str, int]:
        """Return what names the group in fixtures."""
        return (*self.konferenz.natural_key(), self.nummer)

    natural_key.dependencies = ["konferenz.konferenz"]  # type: ignore[attr-defined]


class ModerationQuerySet(models.QuerySet["Moderation"]):
    """Choices of moderations."""

    def get_by_natural_key(self, slug: str, nummer: int, position: int) -> "Moderation":
        """Return the moderation that a fixture names by group and position."""
        return self.get(arbeitsgruppe__konferenz__slug=slug, arbeitsgruppe__nummer=nummer, position=position)


class Moderation(models.Model):
    """Who moderates a group, with the affiliation as it was printed there."""

    arbeitsgruppe = models.ForeignKey(
        Arbeitsgruppe, on_delete=models.CASCADE, related_name="moderationen", verbose_name="Arbeitsgruppe"
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="moderationen", verbose_name="Person"
    )
    position = models.PositiveIntegerField("Reihenfolge", default=1)
    angabe = models.CharField(
        "Angabe",
        max_length=500,
        blank=True,
        help_text="Wie gedruckt, zum Beispiel „Lutz Consulting, Offenburg“.",
    )

    objects = ModerationQuerySet.as_manager()
    history = HistoricalRecords(verbose_name="Änderung", verbose_name_plural="Änderungen")

    class Meta:
        verbose_name = "Moderation"
        verbose_name_plural = "Moderationen"
        ordering = ["arbeitsgruppe", "position"]
        constraints = [
            models.UniqueConstraint(
                name="moderation_position_einmal",
                fields=["arbeitsgruppe", "position"],
                violation_error_message="Diese Stelle in der Moderation ist schon besetzt.",
            ),
            models.UniqueConstraint(
                name="moderation_person_einmal",
                fields=["arbeitsgruppe", "person"],
                violation_error_message="Diese Person moderiert die Arbeitsgruppe schon.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.angabe}" if self.angabe else str(self.person)

    def natural_key(self) -> tuple[str, int, int]:
        """Return what names the moderation in fixtures."""
        return (*self.arbeitsgruppe.natural_key(), self.position)

    natural_key.dependencies = ["arbeitsgruppen.arbeitsgruppe", "konferenz.person"]  # type: ignore[attr-defined]


class AbschnittQuerySet(models.QuerySet["Abschnitt"]):
    """Choices of Abschnitte."""

    def get_by_natural_key(self, slug: str, nummer: int, position: int) -> "Abschnitt":
        """Return the Abschnitt that a fixture names by group and position."""
        return self.get(arbeitsgruppe__konferenz__slug=slug, arbeitsgruppe__nummer=nummer, position=position)


class Abschnitt(models.Model):
    """A printed heading inside a group with its statements."""

    class Kategorie(models.TextChoices):
        """What an Abschnitt is about, for comparison."""

        GUT = "gut", "läuft gut"
        HAKT = "hakt", "hakt"
        LOESUNG = "loesung", "Lösungsansätze"
        WEITERES = "weiteres", "Weiteres"

    class Herkunft(models.TextChoices):
        """Where the statements of an Abschnitt come from."""

        TEILNEHMENDE = "teilnehmende", "Teilnehmende dieser Gruppe"
        RUECKBLICK = "rueckblick", "frühere Veranstaltung (Rückblick)"
        LEITFRAGE = "leitfrage", "Leitfrage (keine Äußerung)"

    arbeitsgruppe = models.ForeignKey(
        Arbeitsgruppe, on_delete=models.CASCADE, related_name="abschnitte", verbose_name="Arbeitsgruppe"
    )
    ueberschrift = models.CharField("Überschrift", max_length=500)
    kategorie = models.CharField("Kategorie", max_length=10, choices=Kategorie, default=Kategorie.WEITERES)
    herkunft = models.CharField("Herkunft", max_length=20, choices=Herkunft, default=Herkunft.TEILNEHMENDE)
    position = models.PositiveIntegerField("Reihenfolge")

    objects = AbschnittQuerySet.as_manager()
    history = HistoricalRecords(verbose_name="Änderung", verbose_name_plural="Änderungen")

    class Meta:
        verbose_name = "Abschnitt"
        verbose_name_plural = "Abschnitte"
        ordering = ["arbeitsgruppe", "position"]
        constraints = [
            models.UniqueConstraint(
                name="abschnitt_position_einmal",
                fields=["arbeitsgruppe", "position"],
                violation_error_message="Diese Stelle in der Arbeitsgruppe ist schon besetzt.",
            ),
            models.CheckConstraint(
                name="abschnitt_ueberschrift_nicht_leer",
                condition=~Q(ueberschrift=""),
                violation_error_message="Ein Abschnitt braucht eine Überschrift.",
            ),
        ]

    def __str__(self) -> str:
        return self.ueberschrift

    def natural_key(self) -> tuple[str, int, int]:
        """Return what names the Abschnitt in fixtures."""
        return (*self.arbeitsgruppe.natural_key(), self.position)

    natural_key.dependencies = ["arbeitsgruppen.arbeitsgruppe"]  # type: ignore[attr-defined]


class AeusserungQuerySet(models.QuerySet["Aeusserung"]):
    """Choices of statements."""

    def get_by_natural_key(self, kennung: str) -> "Aeusserung":
        """Return the statement that a fixture names by its Kennung."""
        return self.get(kennung=kennung)

    def eintraege(self) -> Self:
        """Only the entries themselves, without their sub-points."""
        return self.filter(uebergeordnet=None)


class Aeusserung(models.Model):
    """One statement, verbatim, with a permanent id that survives reordering, editing and re-import."""

    abschnitt = models.ForeignKey(
        Abschnitt, on_delete=models.CASCADE, related_name="aeusserungen", verbose_name="Abschnitt"
    )
    uebergeordnet = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="unterpunkte",
        verbose_name="Unterpunkt von",
    )
    text = models.TextField("Text", help_text="Wörtlich, mit allen Eigenheiten der Schreibung.")
    position = models.PositiveIntegerField("Reihenfolge")
    neue_seite = models.BooleanField(
        "neue Seite im Heft", default=False, help_text="Vor dieser Äußerung beginnt im Heft eine Seite."
    )
    kennung = models.CharField("Kennung", max_length=20, unique=True, default=neue_kennung, editable=False)

    objects = AeusserungQuerySet.as_manager()
    history = HistoricalRecords(verbose_name="Änderung", verbose_name_plural="Änderungen")

    class Meta:
        verbose_name = "Äußerung"
        verbose_name_plural = "Äußerungen"
        ordering = ["abschnitt", "position"]
        constraints = [
            models.UniqueConstraint(
                name="aeusserung_position_einmal",
                fields=["abschnitt", "position"],
                condition=Q(uebergeordnet=None),
                violation_error_message="Diese Stelle im Abschnitt ist schon besetzt.",
            ),
            models.UniqueConstraint(
                name="unterpunkt_position_einmal",
                fields=["uebergeordnet", "position"],
                condition=Q(uebergeordnet__isnull=False),
                violation_error_message="Diese Stelle unter der Äußerung ist schon besetzt.",
            ),
            models.CheckConstraint(
                name="aeusserung_text_nicht_leer",
                condition=~Q(text=""),
                violation_error_message="Eine Äußerung braucht einen Text.",
            ),
            models.CheckConstraint(
                name="unterpunkt_ohne_neue_seite",
                condition=Q(uebergeordnet=None) | Q(neue_seite=False),
                violation_error_message="Vor einem Unterpunkt kann keine neue Seite beginnen.",
            ),
            Unterpunktregel(
                name="unterpunkt_bei_seiner_aeusserung",
                eltern="uebergeordnet",
                bereich="abschnitt",
                violation_error_message="Ein Unterpunkt gehört zu einer Äußerung desselben Abschnitts, "
                "die selbst kein Unterpunkt ist und keinen anderen untergeordnet wird.",
            ),
        ]

    def __str__(self) -> str:
        return self.text if len(self.text) <= 80 else f"{self.text[:79]}…"

    def get_absolute_url(self) -> str:
        """Return the permanent address, which leads to the statement's place on the group's page."""
        return reverse("aeusserung", args=[self.kennung])

    def natural_key(self) -> tuple[str]:
        """Return the Kennung, which names the statement in fixtures."""
        return (self.kennung,)

    natural_key.dependencies = ["arbeitsgruppen.abschnitt"]  # type: ignore[attr-defined]


def _heftdatei(ausgabe: "Heftausgabe", _: str) -> str:
    return f"hefte/{ausgabe.schluessel}.pdf"


class HeftausgabeQuerySet(models.QuerySet["Heftausgabe"]):
    """Choices of editions."""

    def fertige(self) -> Self:
        """Those whose file is there, the newest first."""
        return self.exclude(datei="").order_by("-fertig")

    def wartende(self) -> Self:
        """Those that are yet to be set."""
        return self.filter(datei="", fehler="")

    def sichtbar_fuer(self, user: User | AnonymousUser) -> Self:
        """Those that this user may read: staff also see what was set from a draft."""
        return self.all() if user.is_staff else self.filter(entwurf=False)


class Heftausgabe(models.Model):
    """An edition of the Heft, finished or on its way, under the hash of all that goes into it."""

    konferenz = models.ForeignKey(
        Konferenz, on_delete=models.CASCADE, related_name="heftausgaben", verbose_name="Konferenz"
    )
    auswahl = models.TextField("Auswahl", blank=True, help_text="Wie in der Adresse des Hefts.")
    schluessel = models.CharField("Schlüssel", max_length=64, unique=True)
    entwurf = models.BooleanField("aus einem Entwurf")
    vorrat = models.BooleanField("auf Vorrat", default=False, help_text="Es wartet noch niemand darauf.")
    auftrag = models.UUIDField("Auftrag", null=True, help_text="Nummer der Hintergrundaufgabe.")
    verlangt = models.DateTimeField("verlangt", auto_now_add=True)
    gesetzt = models.PositiveIntegerField("gesetzte Seiten", default=0)
    umfang = models.PositiveIntegerField("Seiten, solange gesetzt wird geschätzt", default=0)
    datei = models.FileField("Datei", upload_to=_heftdatei, max_length=200, blank=True)
    fertig = models.DateTimeField("fertig", null=True)
    fehler = models.TextField("Fehler", blank=True)
    hinweise = models.TextField("Hinweise", blank=True, help_text="Was sich nicht zeigen ließ.")

    objects = HeftausgabeQuerySet.as_manager()

    class Meta:
        verbose_name = "Heftausgabe"
        verbose_name_plural = "Heftausgaben"
        ordering = ["-verlangt"]
        indexes = [models.Index(name="heftausgabe_auswahl", fields=["konferenz", "fertig"])]
        constraints = [
            models.CheckConstraint(
                name="heftausgabe_fertig_mit_datei",
                condition=Q(datei="", fertig=None) | ~Q(datei="") & Q(fertig__isnull=False),
                violation_error_message="Fertig ist eine Ausgabe genau dann, wenn es ihre Datei gibt.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schluessel[:12]} ({self.auswahl or 'alles, Folien'})"

    @property
    def seiten_text(self) -> str:
        """The number of pages in words."""
        return "1 Seite" if self.umfang == 1 else f"{self.umfang} Seiten"


class Dienst(models.Model):
    """A background process and when it last gave a sign of life."""

    kennung = models.CharField("Kennung", max_length=64, primary_key=True)
    zuletzt = models.DateTimeField("zuletzt gemeldet", db_index=True)

    class Meta:
        verbose_name = "Hintergrunddienst"
        verbose_name_plural = "Hintergrunddienste"

    def __str__(self) -> str:
        return self.kennung
