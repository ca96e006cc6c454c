"""Factories for every model, with values as real conferences have them.

Positions count up per parent, so that a test names one only where it is what the test is about.
"""

from datetime import date, time
from typing import Any

import factory
from django.contrib.auth.models import User
from django.db.models import Max, Model, QuerySet
from django.test import Client
from django.utils import timezone
from factory.django import DjangoModelFactory, ImageField

from arbeitsgruppen.models import (
    Abkuerzung,
    Abschnitt,
    Aeusserung,
    Arbeitsgruppe,
    Erzeugnis,
    Kommentar,
    Moderation,
    Quelldatei,
    Thema,
    Themenentscheidung,
    Weiterfuehrung,
)
from konferenz.konten import rolle_geben
from konferenz.models import (
    Folie,
    Importstand,
    Konferenz,
    Notiz,
    Person,
    Pflichtseite,
    Programmpunkt,
    Rueckmeldung,
    Textseite,
    Vortrag,
)

VORNAMEN = ("Sabine", "Jürgen", "Ayşe", "Birgit", "Günther", "Ioanna", "Claus")
NACHNAMEN = (
    "Müller",
    "Weiß",
    "Yılmaz",
    "Häberle",
    "Papadopoulou",
    "Schäfer",
    "Krämer",
    "Groß",
    "Nguyen",
    "Öztürk",
    "Bauer",
)
ORTE = (
    "Tübingen",
    "Schwäbisch Gmünd",
    "Offenburg",
    "Lörrach",
    "Göppingen",
    "Ulm",
    "Stuttgart",
    "Heidelberg",
    "Künzelsau",
    "Biberach an der Riß",
    "Freiburg im Breisgau",
    "Villingen-Schwenningen",
    "Aalen",
)
ORGANISATIONEN = (
    "Landratsamt",
    "Statistisches Landesamt",
    "Stadtverwaltung",
    "Pädagogische Hochschule",
    "Caritasverband",
    "Jobcenter",
    "Volkshochschule",
    "Diakonisches Werk",
    "Städtetag",
)
GRUPPENTITEL = (
    "Integrationsmanagement unter Corona-Bedingungen",
    "Zusammenleben und Gesundheit der Geflüchteten",
    "Spracherwerb und Bildungsangebote",
    "Ausbildung und Arbeitsmarkt",
    "Perspektiven gelingender Integration",
)
AEUSSERUNGEN = (
    "Sprachkurse mit Kinderbetreuung fehlen im ländlichen Raum",
    "Gute Zusammenarbeit mit dem Jobcenter – kurze Wege, feste Ansprechpartner",
    "Ehrenamtliche sind müde; viele Kreise haben sich aufgelöst",
    "Anträge sind zu kompliziert → Begleitung nötig",
    "Wohnungssuche: „Vermieter wollen keine Geflüchteten“",
    "Digitale Ausstattung in den Unterkünften (WLAN!) ist unzureichend",
    "Dolmetscherpool hat sich bewährt",
)
UEBERSCHRIFTEN = ("Was läuft gut?", "Wo hakt es?", "Individuelle Lösungsansätze", "Gelingensfaktoren")


def angemeldet(konto: User) -> Client:
    """Return a client that is signed in with this account."""
    client = Client()
    client.force_login(konto)
    return client


def naechste_position(geschwister: QuerySet[Any], feld: str = "position") -> int:
    """Return the place behind the last of the siblings."""
    return (geschwister.aggregate(letzte=Max(feld))["letzte"] or 0) + 1


def position_bei(modell: type[Model], eltern: str, feld: str = "position") -> factory.LazyAttribute:
    """Return a declaration that counts up among the rows of the same parent."""

    def lesen(stub: Any) -> int:
        eltern_objekt: Model = getattr(stub, eltern)
        if eltern_objekt.pk is None:  # built without a database
            return 1
        return naechste_position(modell._default_manager.filter(**{eltern: eltern_objekt}), feld)

    return factory.LazyAttribute(lesen)


class BenutzerFactory(DjangoModelFactory[User]):
    """A user without any rights; `mitarbeit=True` makes a member of staff, `leitung=True` a superuser.

    `rolle="Moderation"` gives a role, which makes staff of it, `rolle__gruppen=[gruppe]` the groups to write.
    """

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        mitarbeit = factory.Trait(is_staff=True)
        leitung = factory.Trait(is_staff=True, is_superuser=True)

    username = factory.Sequence(lambda n: f"benutzer{n}")
    email = factory.LazyAttribute(lambda o: f"{o.username}@example.de")
    password = factory.django.Password("geheim-und-lang-genug")

    @factory.post_generation
    def rolle(self: Any, create: bool, rolle: str | None, gruppen: Any = (), **kwargs: Any) -> None:
        if create and rolle:
            rolle_geben(self, rolle, gruppen)


class KonferenzFactory(DjangoModelFactory[Konferenz]):
    """A draft; `veroeffentlicht=True` and `archiviert=True` make the other states."""

    class Meta:
        model = Konferenz

    class Params:
        veroeffentlicht = factory.Trait(status=Konferenz.Status.VEROEFFENTLICHT)
        archiviert = factory.Trait(status=Konferenz.Status.ARCHIVIERT)

    titel = factory.Sequence(lambda n: f"Fachtag Integration vor Ort {n + 1}")
    slug = factory.Sequence(lambda n: f"fachtag-integration-{n + 1}")
    reihe = "Pakt für Integration"
    format = "Onlinekonferenz"
    datum = date(2021, 4, 21)
    beginn = time(9, 0)
    ende = time(15, 45)
    veranstalter = "Ministerium für Soziales, Gesundheit und Integration Baden-Württemberg"
    hinweis = "Die Äußerungen sind ungefiltert dokumentiert."


class PersonFactory(DjangoModelFactory[Person]):
    """A person whose name, organisation and town no other test person has."""

    class Meta:
        model = Person

    # The lengths of the lists have no common factor, so that combinations repeat only after 9009 persons.
    vorname = factory.Sequence(lambda n: VORNAMEN[n % len(VORNAMEN)])
    nachname = factory.Sequence(lambda n: NACHNAMEN[n % len(NACHNAMEN)])
    organisation = factory.Sequence(lambda n: ORGANISATIONEN[n % len(ORGANISATIONEN)])
    ort = factory.Sequence(lambda n: ORTE[n % len(ORTE)])


class ProgrammpunktFactory(DjangoModelFactory[Programmpunkt]):
    """A slot of the agenda, half an hour after the one before."""

    class Meta:
        model = Programmpunkt

    konferenz = factory.SubFactory(KonferenzFactory)
    position = position_bei(Programmpunkt, "konferenz")
    beginn = factory.LazyAttribute(lambda o: time(9 + (o.position - 1) // 2 % 14, (o.position - 1) % 2 * 30))
    titel = factory.LazyAttribute(lambda o: f"Programmpunkt {o.position}")
    mitwirkende = "Dr. Jens Ridderbusch im Gespräch mit den Moderator:innen"


class VortragFactory(DjangoModelFactory[Vortrag]):
    """A talk without slides; `vortragende=[person, …]` names who gave it."""

    class Meta:
        model = Vortrag
        skip_postgeneration_save = True

    konferenz = factory.SubFactory(KonferenzFactory)
    programmpunkt: Any = None
    position = position_bei(Vortrag, "konferenz")
    titel = factory.LazyAttribute(lambda o: f"Zum Stand der Integration, Teil {o.position}")
    slug = factory.LazyAttribute(lambda o: f"stand-der-integration-{o.position}")

    @factory.post_generation
    def vortragende(self: Any, create: bool, personen: Any, **kwargs: Any) -> None:
        if create and personen:
            self.vortragende.set(personen)


class FolieFactory(DjangoModelFactory[Folie]):
    """A slide with text; `mit_bild=True` adds a described picture (needs a MEDIA_ROOT of the test)."""

    class Meta:
        model = Folie

    class Params:
        mit_bild = factory.Trait(
            bild=ImageField(filename="diagramm.png", width=80, height=60),
            bildbeschreibung="Balkendiagramm: 58 Prozent der Geflüchteten besuchen einen Sprachkurs.",
        )

    vortrag = factory.SubFactory(VortragFactory)
    position = position_bei(Folie, "vortrag")
    ueberschrift = factory.LazyAttribute(lambda o: f"Landesintegrationsbericht ({o.position})")
    text = "Die Befragung zeigt:\n\n• Mehr Menschen lernen Deutsch.\n• Die Kreise unterscheiden sich."


class TextseiteFactory(DjangoModelFactory[Textseite]):
    """A free-text page of the Heft."""

    class Meta:
        model = Textseite

    konferenz = factory.SubFactory(KonferenzFactory)
    seite = position_bei(Textseite, "konferenz", "seite")
    ueberschrift = "Hinweise zur Dokumentation"
    text = "Die Ergebnisse geben die Sicht der Teilnehmenden wieder.\n\nSie sind nicht bewertet."


class NotizFactory(DjangoModelFactory[Notiz]):
    """A line that the import could not place."""

    class Meta:
        model = Notiz

    konferenz = factory.SubFactory(KonferenzFactory)
    seite = 23
    zeile = position_bei(Notiz, "konferenz", "zeile")
    text = "(Fortsetzung siehe Anlage)"


class ImportstandFactory(DjangoModelFactory[Importstand]):
    """What an import left behind."""

    class Meta:
        model = Importstand

    konferenz = factory.SubFactory(KonferenzFactory)
    quelle = "dokumentation.txt"
    stand = factory.LazyFunction(lambda: {"titel": "Fachtag Integration"})


class PflichtseiteFactory(DjangoModelFactory[Pflichtseite]):
    """A page that a site has to have; each is there once, and gets this text."""

    class Meta:
        model = Pflichtseite

    art = Pflichtseite.Art.IMPRESSUM
    text = ""

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **werte: Any) -> Any:
        seite, _ = model_class.objects.get_or_create(art=werte.pop("art"))
        for name, wert in werte.items():
            setattr(seite, name, wert)
        seite.save()
        return seite


class RueckmeldungFactory(DjangoModelFactory[Rueckmeldung]):
    """A message about a barrier from somebody who wants an answer."""

    class Meta:
        model = Rueckmeldung

    text = "Das Diagramm auf Folie 3 hat keine Beschreibung."
    name = factory.LazyFunction(lambda: f"{VORNAMEN[0]} {NACHNAMEN[0]}")
    email = "leserin@example.de"


class ArbeitsgruppeFactory(DjangoModelFactory[Arbeitsgruppe]):
    """A group without moderation and statements, released; `in_bearbeitung=True` and `zur_pruefung=True`
    make the other states."""

    class Meta:
        model = Arbeitsgruppe

    class Params:
        in_bearbeitung = factory.Trait(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)
        zur_pruefung = factory.Trait(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)

    status = Arbeitsgruppe.Status.FREIGEGEBEN
    konferenz = factory.SubFactory(KonferenzFactory)
    nummer = position_bei(Arbeitsgruppe, "konferenz", "nummer")
    titel = factory.LazyAttribute(lambda o: GRUPPENTITEL[(o.nummer - 1) % len(GRUPPENTITEL)])
    fragestellung = "Was läuft gut, wo hakt es, und was würde helfen?"
    unterfragen = "Welche Angebote gibt es?\nWer kann sie nutzen?"


class ModerationFactory(DjangoModelFactory[Moderation]):
    """One of those who moderate a group."""

    class Meta:
        model = Moderation

    arbeitsgruppe = factory.SubFactory(ArbeitsgruppeFactory)
    person = factory.SubFactory(PersonFactory)
    position = position_bei(Moderation, "arbeitsgruppe")
    angabe = factory.LazyAttribute(lambda o: f"{o.person.organisation} {o.person.ort}")


class AbschnittFactory(DjangoModelFactory[Abschnitt]):
    """A heading of a group, about what goes well unless told."""

    class Meta:
        model = Abschnitt

    arbeitsgruppe = factory.SubFactory(ArbeitsgruppeFactory)
    position = position_bei(Abschnitt, "arbeitsgruppe")
    ueberschrift = factory.LazyAttribute(lambda o: UEBERSCHRIFTEN[(o.position - 1) % len(UEBERSCHRIFTEN)])
    kategorie = Abschnitt.Kategorie.GUT


class AeusserungFactory(DjangoModelFactory[Aeusserung]):
    """A statement; `uebergeordnet=aeusserung` makes a sub-point in the Abschnitt of that statement."""

    class Meta:
        model = Aeusserung

    uebergeordnet: Any = None
    abschnitt = factory.Maybe(
        "uebergeordnet",
        yes_declaration=factory.SelfAttribute("uebergeordnet.abschnitt"),
        no_declaration=factory.SubFactory(AbschnittFactory),
    )
    text = factory.Sequence(lambda n: AEUSSERUNGEN[n % len(AEUSSERUNGEN)])

    @factory.lazy_attribute
    def position(self: Any) -> int:
        if self.uebergeordnet is not None:
            return naechste_position(self.uebergeordnet.unterpunkte.all())
        if self.abschnitt.pk is None:
            return 1
        return naechste_position(self.abschnitt.aeusserungen.filter(uebergeordnet=None))


class QuelldateiFactory(DjangoModelFactory[Quelldatei]):
    """A file from which statements of a group were taken over."""

    class Meta:
        model = Quelldatei

    arbeitsgruppe = factory.SubFactory(ArbeitsgruppeFactory)
    name = factory.Sequence(lambda n: f"Ergebnisse der Gruppe ({n}).pptx")
    datei = factory.django.FileField(data=b"PK")
    groesse = 2
    pruefsumme = factory.Sequence(lambda n: f"{n:064x}")
    hochgeladen_von = factory.SubFactory(BenutzerFactory)


class ErzeugnisFactory(DjangoModelFactory[Erzeugnis]):
    """Something that the background has made: of a file, what it holds."""

    class Meta:
        model = Erzeugnis

    art = Erzeugnis.Art.LESUNG
    schluessel = factory.Sequence(lambda n: f"{n:064x}")
    datei = factory.django.FileField(data=b'{"text": "Gut\\n- a", "hinweise": []}')
    fertig = factory.LazyFunction(timezone.now)


class WeiterfuehrungFactory(DjangoModelFactory[Weiterfuehrung]):
    """The address of a deleted statement, which leads to one of a released group."""

    class Meta:
        model = Weiterfuehrung

    @factory.lazy_attribute
    def kennung(self: Any) -> str:
        gewesen = AeusserungFactory()
        gewesen.delete()
        return gewesen.kennung

    nachfolger = factory.LazyFunction(lambda: AeusserungFactory().kennung)


class KommentarFactory(DjangoModelFactory[Kommentar]):
    """An open comment on a group."""

    class Meta:
        model = Kommentar

    arbeitsgruppe = factory.SubFactory(ArbeitsgruppeFactory)
    text = "Bitte noch einmal mit der Moderation klären."
    verfasst_von = factory.SubFactory(BenutzerFactory)


class ThemaFactory(DjangoModelFactory[Thema]):
    """A topic whose words find what `AeusserungFactory` says of the Jobcenter and of volunteers."""

    class Meta:
        model = Thema

    titel = factory.Sequence(lambda n: f"Thema {n + 1}")
    slug = factory.Sequence(lambda n: f"thema-{n + 1}")
    beschreibung = "Worum es geht, in einem Satz."
    woerter = "Ehrenamt\nJobcenter"
    position = factory.Sequence(lambda n: n + 1)


class ThemenentscheidungFactory(DjangoModelFactory[Themenentscheidung]):
    """The decision that a statement belongs to a topic; `gehoert_dazu=False` that it does not."""

    class Meta:
        model = Themenentscheidung

    thema = factory.SubFactory(ThemaFactory)
    aeusserung = factory.SubFactory(AeusserungFactory)
    gehoert_dazu = True


class AbkuerzungFactory(DjangoModelFactory[Abkuerzung]):
    """Two spellings that mean the same."""

    class Meta:
        model = Abkuerzung

    schreibweisen = factory.Sequence(lambda n: f"KD{n}\nKonferenzdienst{n}")
