"""The working groups and what was said in them; who writes it down; finished Hefte and who makes them."""

import random
import secrets
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from arbeitsgruppen.constraints import Unterpunktregel
from konferenz.faltung import falten, faltspalte
from konferenz.models import Konferenz, Person, Programmpunkt
from konferenz.verlauf import Verlauf

if TYPE_CHECKING:
    from konferenz.berechtigungen import Leser

# Without vowels (no words arise) and without what sounds or looks alike: 0/O, 1/l/I, m/n, f/s/x, v/w.
KENNUNG_ZEICHEN = "23456789bcdfghjkmpqrtwz"
KENNUNG_LAENGE = 6
SUCHWORT_LAENGE = 100


def neue_kennung(saat: str = "") -> str:
    """Return a permanent id that no statement of any conference has or ever had.

    23 characters to the power of 6 are 148 million; ids of deleted statements stay in the history, or when
    that is gone in `ErloscheneKennung`, and are not given out again. The same `saat` in the same database
    leads to the same id, so that the same documentation, imported in two places, has the same addresses.
    """
    wuerfel = random.Random(saat) if saat else secrets.SystemRandom()  # noqa: S311  # an id is no secret
    while True:
        kennung = "".join(wuerfel.choice(KENNUNG_ZEICHEN) for _ in range(KENNUNG_LAENGE))
        if not any(
            zeilen.filter(kennung=kennung).exists()
            for zeilen in (Aeusserung.objects, Aeusserung.history, ErloscheneKennung.objects)
        ):
            return kennung


def _freigegeben(weg: str = "") -> Q:
    """Return the condition under which anybody may read a group's results; `weg` leads to the group."""
    entwurf = Q(**{f"{weg}konferenz__status": Konferenz.Status.ENTWURF})
    return Q(**{f"{weg}status": Arbeitsgruppe.Status.FREIGEGEBEN}) & ~entwurf


class ArbeitsgruppeQuerySet(models.QuerySet["Arbeitsgruppe"]):
    """Choices of working groups."""

    def get_by_natural_key(self, slug: str, nummer: int) -> "Arbeitsgruppe":
        """Return the group that a fixture names by conference and number."""
        return self.get(konferenz__slug=slug, nummer=nummer)

    def sichtbar_fuer(self, leser: "Leser") -> Self:
        """Those whose pages this reader may see; what they said may be held back there."""
        konferenzen = Konferenz.objects.sichtbar_fuer(leser)
        return self.filter(Q(konferenz__in=konferenzen) | Q(pk__in=leser.gruppen))

    def veroeffentlicht(self) -> Self:
        """Those whose results anybody may read: released, of a released conference."""
        return self.filter(_freigegeben())

    def zurueckgehaltene(self) -> Self:
        """Those whose results the public doesn't see, whatever the state of their conference."""
        return self.exclude(status=Arbeitsgruppe.Status.FREIGEGEBEN)


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
        help_text="Die Öffentlichkeit sieht, was in einer freigegebenen Gruppe steht, sobald auch die "
        "Konferenz veröffentlicht ist.",
    )
    konten = models.ManyToManyField(
        User,
        blank=True,
        related_name="arbeitsgruppen",
        verbose_name="Konten der Moderation",
        help_text="Wer diese Gruppe erfassen darf, ohne zur Organisation zu gehören.",
    )
    gefaltet = faltspalte("titel", "fragestellung", "unterfragen")

    objects = ArbeitsgruppeQuerySet.as_manager()
    history = Verlauf(m2m_fields=["konten"])

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

    @property
    def ist_freigegeben(self) -> bool:
        """Whether anybody may read what it said, as soon as its conference is public."""
        return self.status == self.Status.FREIGEGEBEN


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
    gefaltet = faltspalte("angabe")

    objects = ModerationQuerySet.as_manager()
    history = Verlauf()

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

    def veroeffentlicht(self) -> Self:
        """Those that anybody may read: of released groups of released conferences."""
        return self.filter(_freigegeben("arbeitsgruppe__"))


class Abschnitt(models.Model):
    """A printed heading inside a group with its statements."""

    class Kategorie(models.TextChoices):
        """What an Abschnitt is about, for comparison."""

        GUT = "gut", "läuft gut"
        HAKT = "hakt", "hakt"
        LOESUNG = "loesung", "Lösungsansätze"
        WEITERES = "weiteres", "Weiteres"

        def gezaehlt(self, anzahl: int) -> str:
            """Return it with a number of statements, for example „1 Lösungsansatz“."""
            einzahl = anzahl == 1 and self == Abschnitt.Kategorie.LOESUNG
            return f"{anzahl} {'Lösungsansatz' if einzahl else self.label}"

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
    gefaltet = faltspalte("ueberschrift")

    objects = AbschnittQuerySet.as_manager()
    history = Verlauf()

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

    def von_teilnehmenden(self) -> Self:
        """Only the entries that the participants of a group made, which key figures count."""
        return self.eintraege().filter(abschnitt__herkunft=Abschnitt.Herkunft.TEILNEHMENDE)

    def veroeffentlicht(self) -> Self:
        """Those that anybody may read: of released groups of released conferences."""
        return self.filter(_freigegeben("abschnitt__arbeitsgruppe__"))

    def sichtbar_fuer(self, leser: "Leser") -> Self:
        """Those that this reader may read: who has a role also what is not released, others what is open."""
        if leser.hat_rolle:
            return self.all()
        freigegeben = _freigegeben("abschnitt__arbeitsgruppe__")
        offen = Q(abschnitt__arbeitsgruppe__konferenz__in=leser.konferenzen)
        return self.filter(freigegeben | offen | Q(abschnitt__arbeitsgruppe__in=leser.gruppen))


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
    original = models.TextField(  # noqa: DJ001  # unknown is not the same as empty
        "Wortlaut der Aufnahme",
        null=True,
        editable=False,
        help_text="Wie die Äußerung aufgenommen wurde; leer, solange sie noch aufgenommen wird oder niemand "
        "sie geändert hat.",
    )
    gefaltet = faltspalte("text")

    objects = AeusserungQuerySet.as_manager()
    history = Verlauf()

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

    @property
    def redaktionell_geaendert(self) -> bool:
        """Whether the text is no longer what was recorded first."""
        return self.original is not None and self.original != self.text

    def umformulieren(self, text: str, gruppe: Arbeitsgruppe) -> None:
        """Set another text; what was recorded first stays known once the recording of the group is over."""
        if self.original is None and gruppe.status != Arbeitsgruppe.Status.IN_BEARBEITUNG:
            self.original = self.text
        self.text = text

    def natural_key(self) -> tuple[str]:
        """Return the Kennung, which names the statement in fixtures."""
        return (self.kennung,)

    natural_key.dependencies = ["arbeitsgruppen.abschnitt"]  # type: ignore[attr-defined]


class Weiterfuehrung(models.Model):
    """That a statement which is gone lives on in another one, to which its address then leads."""

    kennung = models.CharField(
        "Kennung",
        max_length=20,
        unique=True,
        help_text="Die der gelöschten Äußerung. Ihre Adresse führt von da an weiter.",
    )
    nachfolger = models.CharField(
        "weitergeführt in", max_length=20, help_text="Die Kennung der Äußerung, die ihren Inhalt enthält."
    )

    history = Verlauf()

    class Meta:
        verbose_name = "Weiterführung"
        verbose_name_plural = "Weiterführungen"
        ordering = ["kennung"]
        constraints = [
            models.CheckConstraint(
                name="weiterfuehrung_nicht_in_sich_selbst",
                condition=~Q(kennung=F("nachfolger")),
                violation_error_message="Eine Äußerung kann nicht in sich selbst weitergeführt werden.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kennung} → {self.nachfolger}"

    def get_absolute_url(self) -> str:
        """Return the permanent address of the statement that is gone."""
        return reverse("aeusserung", args=[self.kennung])


class ErloscheneKennung(models.Model):
    """The Kennung of a statement that is gone for good: its address says so, and it is never used again."""

    kennung = models.CharField("Kennung", max_length=20, primary_key=True)
    geloescht = models.DateField("gelöscht")
    oeffentlich = models.BooleanField(
        "war öffentlich", default=True, help_text="Ob die Öffentlichkeit die Äußerung je lesen konnte."
    )

    class Meta:
        verbose_name = "erloschene Kennung"
        verbose_name_plural = "erloschene Kennungen"

    def __str__(self) -> str:
        return self.kennung


class AbkuerzungQuerySet(models.QuerySet["Abkuerzung"]):
    """Choices of abbreviations."""

    def get_by_natural_key(self, schreibweisen: str) -> "Abkuerzung":
        """Return the abbreviation that a fixture names by its spellings."""
        return self.get(schreibweisen=schreibweisen)


class Abkuerzung(models.Model):
    """Spellings that mean the same: who searches for one of them finds all."""

    schreibweisen = models.TextField(
        "Schreibweisen",
        unique=True,
        help_text="Je Zeile eine, zum Beispiel „IM“, „IntMan“ und „Integrationsmanagement“. Gesucht wird "
        "nach ganzen Wörtern, Groß- und Kleinschreibung zählt nicht.",
    )

    objects = AbkuerzungQuerySet.as_manager()
    history = Verlauf()

    class Meta:
        verbose_name = "Abkürzung"
        verbose_name_plural = "Abkürzungen"
        ordering = ["schreibweisen"]
        constraints = [
            models.CheckConstraint(
                name="abkuerzung_nicht_leer",
                condition=~Q(schreibweisen=""),
                violation_error_message="Eine Abkürzung braucht Schreibweisen.",
            )
        ]

    def __str__(self) -> str:
        return " = ".join(self.liste)

    def clean(self) -> None:
        """Refuse a spelling by itself, and one without a letter."""
        if len({falten(zeile) for zeile in self.liste}) < 2 or any(not falten(z).strip() for z in self.liste):
            raise ValidationError(
                {"schreibweisen": "Schreiben Sie mindestens zwei Schreibweisen, je Zeile eine."}
            )
        eigene = {falten(zeile) for zeile in self.liste}
        for andere in Abkuerzung.objects.exclude(pk=self.pk):
            if schon := [zeile for zeile in andere.liste if falten(zeile) in eigene]:
                hinweis = f"„{schon[0]}“ steht schon in „{andere}“. Ergänzen Sie den Eintrag dort."
                raise ValidationError({"schreibweisen": hinweis})

    def natural_key(self) -> tuple[str]:
        """Return the spellings, which name the abbreviation in fixtures."""
        return (self.schreibweisen,)

    @property
    def liste(self) -> list[str]:
        """The spellings one by one."""
        return [zeile.strip() for zeile in self.schreibweisen.splitlines() if zeile.strip()]


class Suchwort(models.Model):
    """A word that occurs somewhere, for finding what somebody meant who mistyped it.

    The list only grows until it is made anew (`suchwoerter.py`); that a word is in it says nothing about
    whether anybody may read where it stands.
    """

    wort = models.CharField(
        "Wort", max_length=SUCHWORT_LAENGE, unique=True, help_text="Gefaltet (konferenz/faltung.py)."
    )
    schreibung = models.CharField(
        "Schreibung", max_length=SUCHWORT_LAENGE, help_text="Wie es zuerst dastand."
    )

    class Meta:
        verbose_name = "Suchwort"
        verbose_name_plural = "Suchwörter"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.schreibung


class Suchwortstand(models.Model):
    """Up to which line of its history the words of a model are in the list."""

    modell = models.CharField("Modell", max_length=100, primary_key=True)
    zeile = models.BigIntegerField("Zeile des Verlaufs")

    class Meta:
        verbose_name = "Stand der Suchwörter"
        verbose_name_plural = "Stände der Suchwörter"

    def __str__(self) -> str:
        return f"{self.modell}: {self.zeile}"


class ThemaQuerySet(models.QuerySet["Thema"]):
    """Choices of topics."""

    def get_by_natural_key(self, slug: str) -> "Thema":
        """Return the topic that a fixture names by its slug."""
        return self.get(slug=slug)


class Thema(models.Model):
    """A topic across groups and conferences, with the words by which statements are proposed for it."""

    titel = models.CharField("Titel", max_length=100)
    slug = models.SlugField("Adresse", max_length=60, unique=True)
    beschreibung = models.TextField("Beschreibung", blank=True, help_text="Ein bis zwei Sätze für Lesende.")
    woerter = models.TextField(
        "Wörter",
        blank=True,
        help_text="Je Zeile ein Suchausdruck wie auf der Suchseite: ein Wort, mehrere Wörter, die alle "
        "vorkommen müssen, „eine Wortfolge“, -ausgeschlossen. Eine Äußerung, zu der eine der Zeilen passt, "
        "wird für das Thema vorgeschlagen.",
    )
    position = models.PositiveIntegerField("Reihenfolge", default=0)

    objects = ThemaQuerySet.as_manager()
    history = Verlauf()

    class Meta:
        verbose_name = "Thema"
        verbose_name_plural = "Themen"
        ordering = ["position", "titel"]
        constraints = [
            models.CheckConstraint(
                name="thema_titel_nicht_leer",
                condition=~Q(titel="") & ~Q(slug=""),
                violation_error_message="Ein Thema braucht einen Titel und eine Adresse.",
            ),
            models.UniqueConstraint(
                name="thema_titel_einmal",
                fields=["titel"],
                violation_error_message="Ein Thema dieses Namens gibt es schon.",
            ),
        ]

    def __str__(self) -> str:
        return self.titel

    def natural_key(self) -> tuple[str]:
        """Return the slug, which names the topic in fixtures."""
        return (self.slug,)


class ThemenentscheidungQuerySet(models.QuerySet["Themenentscheidung"]):
    """Choices of decisions on topics."""

    def get_by_natural_key(self, thema: str, kennung: str) -> "Themenentscheidung":
        """Return the decision that a fixture names by topic and statement."""
        return self.get(thema__slug=thema, aeusserung__kennung=kennung)


class Themenentscheidung(models.Model):
    """What a person decided: that a statement belongs to a topic, or that it does not.

    Proposals are no rows: they follow from the words of the topic whenever they are asked for, so that
    nothing has to be kept in step, and a decision always stands above them.
    """

    thema = models.ForeignKey(
        Thema, on_delete=models.CASCADE, related_name="entscheidungen", verbose_name="Thema"
    )
    aeusserung = models.ForeignKey(
        Aeusserung, on_delete=models.CASCADE, related_name="themenentscheidungen", verbose_name="Äußerung"
    )
    gehoert_dazu = models.BooleanField("gehört dazu")

    objects = ThemenentscheidungQuerySet.as_manager()
    history = Verlauf()

    class Meta:
        verbose_name = "Entscheidung zu einem Thema"
        verbose_name_plural = "Entscheidungen zu Themen"
        ordering = ["thema", "aeusserung"]
        constraints = [
            models.UniqueConstraint(
                name="themenentscheidung_einmal",
                fields=["thema", "aeusserung"],
                violation_error_message="Über diese Äußerung ist bei diesem Thema schon entschieden.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.aeusserung}: {'' if self.gehoert_dazu else 'nicht '}{self.thema}"

    def natural_key(self) -> tuple[str, str]:
        """Return what names the decision in fixtures."""
        return (*self.thema.natural_key(), *self.aeusserung.natural_key())

    natural_key.dependencies = [  # type: ignore[attr-defined]
        "arbeitsgruppen.thema",
        "arbeitsgruppen.aeusserung",
    ]


class KommentarQuerySet(models.QuerySet["Kommentar"]):
    """Choices of comments."""

    def offene(self) -> Self:
        """Those that are yet to be dealt with."""
        return self.filter(erledigt=None)

    def zu(self, gruppe: Arbeitsgruppe) -> Self:
        """Those on a group, and on the statements that stand in it now."""
        zur_gruppe = Q(aeusserung=None, arbeitsgruppe=gruppe)
        return self.filter(zur_gruppe | Q(aeusserung__abschnitt__arbeitsgruppe=gruppe))

    def mit_allem(self) -> Self:
        """With statement and accounts, in the order of the statements; first those on the group itself."""
        return self.select_related("aeusserung__abschnitt", "verfasst_von", "erledigt_von").order_by(
            F("aeusserung__abschnitt__position").asc(nulls_first=True),
            Coalesce("aeusserung__uebergeordnet__position", "aeusserung__position"),
            F("aeusserung__uebergeordnet").asc(nulls_first=True),
            "aeusserung__position",
            "verfasst",
            "pk",
        )


class Kommentar(models.Model):
    """A remark for the editors on a group or one of its statements; never public."""

    arbeitsgruppe = models.ForeignKey(
        Arbeitsgruppe, on_delete=models.CASCADE, related_name="kommentare", verbose_name="Arbeitsgruppe"
    )
    aeusserung = models.ForeignKey(
        Aeusserung,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="kommentare",
        verbose_name="Äußerung",
    )
    text = models.TextField("Kommentar")
    verfasst_von = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="verfasst von"
    )
    verfasst = models.DateTimeField("verfasst", auto_now_add=True)
    erledigt_von = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="erledigt von"
    )
    erledigt = models.DateTimeField("erledigt", null=True, blank=True)

    objects = KommentarQuerySet.as_manager()
    history = Verlauf()

    class Meta:
        verbose_name = "Kommentar"
        verbose_name_plural = "Kommentare"
        ordering = ["verfasst", "pk"]
        constraints = [
            models.CheckConstraint(
                name="kommentar_text_nicht_leer",
                condition=~Q(text=""),
                violation_error_message="Ein Kommentar braucht einen Text.",
            ),
        ]

    def __str__(self) -> str:
        return self.text if len(self.text) <= 80 else f"{self.text[:79]}…"


class Bearbeitung(models.Model):
    """An open page of a group's Erfassung: who is at it, and what is typed there but not saved yet."""

    kennung = models.UUIDField("Kennung", primary_key=True, default=uuid.uuid4, editable=False)
    arbeitsgruppe = models.ForeignKey(
        Arbeitsgruppe, on_delete=models.CASCADE, related_name="bearbeitungen", verbose_name="Arbeitsgruppe"
    )
    konto = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="bearbeitungen", verbose_name="Konto"
    )
    begonnen = models.DateTimeField("begonnen", auto_now_add=True)
    zuletzt = models.DateTimeField("zuletzt gemeldet", db_index=True)
    entwurf = models.JSONField("nicht Gespeichertes", null=True, help_text="Die Felder der Seite.")

    class Meta:
        verbose_name = "offene Erfassung"
        verbose_name_plural = "offene Erfassungen"
        ordering = ["begonnen"]

    def __str__(self) -> str:
        return f"{self.konto} in {self.arbeitsgruppe}"


def _quelldatei(datei: "Quelldatei", _: str) -> str:
    return f"quelldateien/{uuid.uuid4().hex}"


class Quelldatei(models.Model):
    """A file from which statements were taken over, kept for reference; never public."""

    arbeitsgruppe = models.ForeignKey(
        Arbeitsgruppe, on_delete=models.CASCADE, related_name="quelldateien", verbose_name="Arbeitsgruppe"
    )
    name = models.CharField("Name", max_length=300)
    datei = models.FileField("Datei", upload_to=_quelldatei, max_length=200)
    groesse = models.PositiveBigIntegerField("Größe in Bytes")
    pruefsumme = models.CharField("Prüfsumme (SHA-256)", max_length=64)
    hochgeladen = models.DateTimeField("hochgeladen", auto_now_add=True)
    hochgeladen_von = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="hochgeladen von"
    )

    history = Verlauf()

    class Meta:
        verbose_name = "Quelldatei"
        verbose_name_plural = "Quelldateien"
        ordering = ["-hochgeladen"]
        constraints = [
            models.UniqueConstraint(
                name="quelldatei_einmal",
                fields=["arbeitsgruppe", "pruefsumme"],
                violation_error_message="Diese Datei ist bei der Gruppe schon abgelegt.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Bestellung(models.Model):
    """What is ordered from the background service (bestellung.py), under the hash of what goes into it."""

    schluessel = models.CharField("Schlüssel", max_length=64, unique=True)
    vorrat = models.BooleanField("auf Vorrat", default=False, help_text="Es wartet noch niemand darauf.")
    auftrag = models.UUIDField("Auftrag", null=True, help_text="Nummer der Hintergrundaufgabe.")
    verlangt = models.DateTimeField("verlangt", auto_now_add=True)
    fertig = models.DateTimeField("fertig", null=True)
    fehler = models.TextField("Fehler", blank=True)

    datei: models.FileField

    class Meta:
        abstract = True

    def von_vorn(self) -> None:
        """Forget what came of an earlier attempt."""
        self.fehler = ""


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

    def sichtbar_fuer(self, leser: "Leser") -> Self:
        """Those that this reader may fetch: with what is not released only of what is open as a whole.

        To whom a group is open gets its present Heft, not those of earlier states.
        """
        if leser.hat_rolle:
            return self.all()
        oeffentlich = Q(entwurf=False, konferenz__in=Konferenz.objects.sichtbar_fuer(leser))
        return self.filter(oeffentlich | Q(konferenz__in=leser.konferenzen))


class Heftausgabe(Bestellung):
    """An edition of the Heft, finished or on its way, under the hash of all that goes into it."""

    konferenz = models.ForeignKey(
        Konferenz, on_delete=models.CASCADE, related_name="heftausgaben", verbose_name="Konferenz"
    )
    auswahl = models.TextField("Auswahl", blank=True, help_text="Wie in der Adresse des Hefts.")
    entwurf = models.BooleanField("aus einem Entwurf")
    gesetzt = models.PositiveIntegerField("gesetzte Seiten", default=0)
    umfang = models.PositiveIntegerField("Seiten, solange gesetzt wird geschätzt", default=0)
    datei = models.FileField("Datei", upload_to=_heftdatei, max_length=200, blank=True)
    hinweise = models.TextField("Hinweise", blank=True, help_text="Was sich nicht zeigen ließ.")
    fundstellen = models.JSONField("Seite jeder Äußerung", default=dict, help_text="Nach ihrer Kennung.")

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

    def von_vorn(self) -> None:
        """Forget what came of an earlier attempt, and how far it was."""
        super().von_vorn()
        self.gesetzt = self.umfang = 0

    @property
    def seiten_text(self) -> str:
        """The number of pages in words."""
        return "1 Seite" if self.umfang == 1 else f"{self.umfang} Seiten"


def _erzeugnisdatei(erzeugnis: "Erzeugnis", _: str) -> str:
    return f"erzeugnisse/{erzeugnis.schluessel}"


def _eingang(erzeugnis: "Erzeugnis", _: str) -> str:
    return f"erzeugnisse/{erzeugnis.schluessel}-eingang"


class Erzeugnis(Bestellung):
    """A file other than a Heft that takes too long to make while somebody's browser waits for the answer.

    `angaben` say what is to be made, `eingang` is the file that it is made from, if it is.
    """

    class Art(models.TextChoices):
        """What there is."""

        ARCHIV = "archiv", "Archiv einer Konferenz"
        SUCHDATEN = "suchdaten", "Daten einer Suche"
        LESUNG = "lesung", "Inhalt einer hochgeladenen Datei"

    art = models.CharField("Art", max_length=20, choices=Art)
    angaben = models.JSONField("Angaben", default=dict)
    eingang = models.FileField("Eingang", upload_to=_eingang, max_length=200, blank=True)
    getan = models.PositiveIntegerField("getan", default=0)
    umfang = models.PositiveIntegerField("zu tun", default=0)
    schritt = models.CharField("Schritt", max_length=200, blank=True)
    datei = models.FileField("Datei", upload_to=_erzeugnisdatei, max_length=200, blank=True)

    objects = models.Manager["Erzeugnis"]()

    class Meta:
        verbose_name = "Erzeugnis"
        verbose_name_plural = "Erzeugnisse"
        ordering = ["-verlangt"]
        constraints = [
            models.CheckConstraint(
                name="erzeugnis_fertig_mit_datei",
                condition=Q(datei="", fertig=None) | ~Q(datei="") & Q(fertig__isnull=False),
                violation_error_message="Fertig ist ein Erzeugnis genau dann, wenn es seine Datei gibt.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_art_display()} {self.schluessel[:12]}"

    def von_vorn(self) -> None:
        """Forget what came of an earlier attempt, and how far it was."""
        super().von_vorn()
        self.getan, self.umfang, self.schritt = 0, 0, ""


class DienstQuerySet(models.QuerySet["Dienst"]):
    """Choices of services."""

    def mit_lebenszeichen(self, seit: timedelta, jetzt: datetime) -> Self:
        """Those with a sign of life no older than this; one far ahead is of a clock that was wrong."""
        return self.filter(zuletzt__range=(jetzt - seit, jetzt + seit))


class Dienst(models.Model):
    """A background process and when it last gave a sign of life."""

    kennung = models.CharField("Kennung", max_length=64, primary_key=True)
    zuletzt = models.DateTimeField("zuletzt gemeldet", db_index=True)

    objects = DienstQuerySet.as_manager()

    class Meta:
        verbose_name = "Hintergrunddienst"
        verbose_name_plural = "Hintergrunddienste"

    def __str__(self) -> str:
        return self.kennung
