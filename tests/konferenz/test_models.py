"""The rules, addresses and names of the event's models."""

from datetime import date, time

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from konferenz.berechtigungen import ROLLEN, Leser
from konferenz.models import ADRESSWOERTER, Folie, Konferenz, Notiz, Person
from tests.fabriken import (
    AeusserungFactory,
    BenutzerFactory,
    FolieFactory,
    ImportstandFactory,
    KonferenzFactory,
    ModerationFactory,
    NotizFactory,
    PersonFactory,
    ProgrammpunktFactory,
    TextseiteFactory,
    VortragFactory,
)

pytestmark = pytest.mark.django_db


def abgelehnt(objekt, meldung):
    """Assert that the form as well as the database refuse an object."""
    # Only the constraints speak here; that a field is blank is a message of its own.
    with pytest.raises(ValidationError) as fehler:
        objekt.validate_constraints()
    assert meldung in " ".join(fehler.value.messages)
    with pytest.raises(IntegrityError), transaction.atomic():
        objekt.save()


@pytest.mark.parametrize(
    ("fabrik", "werte", "meldung"),
    [
        (KonferenzFactory, {"titel": ""}, "Eine Konferenz braucht einen Titel."),
        (KonferenzFactory, {"slug": ""}, "Diese Adresse ist für eine andere Seite vergeben."),
        (KonferenzFactory, {"beginn": time(9), "ende": time(9)}, "Das Ende muss nach dem Beginn liegen."),
        (KonferenzFactory, {"beginn": time(9), "ende": time(8)}, "Das Ende muss nach dem Beginn liegen."),
        (KonferenzFactory, {"beginn": None, "ende": time(8)}, "Das Ende muss nach dem Beginn liegen."),
        (PersonFactory, {"nachname": ""}, "Eine Person braucht einen Nachnamen."),
        (ProgrammpunktFactory, {"titel": ""}, "Ein Programmpunkt braucht einen Titel."),
        (VortragFactory, {"titel": ""}, "Ein Vortrag braucht einen Titel und eine Adresse."),
        (VortragFactory, {"slug": ""}, "Ein Vortrag braucht einen Titel und eine Adresse."),
        (FolieFactory, {"bild": "folien/a.png"}, "Ein Bild braucht eine Bildbeschreibung."),
        (
            TextseiteFactory,
            {"ueberschrift": "", "text": ""},
            "Eine Textseite braucht eine Überschrift oder einen Text.",
        ),
        (TextseiteFactory, {"seite": 0}, "Die Seiten des Hefts beginnen mit 1."),
    ],
)
def test_ungueltiges_objekt_lehnen_formular_und_datenbank_ab(fabrik, werte, meldung):
    objekt = fabrik()
    for feld, wert in werte.items():
        setattr(objekt, feld, wert)
    abgelehnt(objekt, meldung)


@pytest.mark.parametrize("wort", ADRESSWOERTER)
def test_adresswort_ist_keine_adresse_einer_konferenz(wort):
    konferenz = KonferenzFactory()
    konferenz.slug = wort
    abgelehnt(konferenz, "Diese Adresse ist für eine andere Seite vergeben.")


@pytest.mark.parametrize(
    ("fabrik", "felder", "meldung"),
    [
        (ProgrammpunktFactory, ["konferenz", "position"], "Diese Stelle im Programm ist schon besetzt."),
        (VortragFactory, ["konferenz", "position"], "Diese Stelle unter den Vorträgen ist schon besetzt."),
        (VortragFactory, ["konferenz", "slug"], "Ein Vortrag dieser Konferenz hat diese Adresse schon."),
        (FolieFactory, ["vortrag", "position"], "Diese Stelle im Vortrag ist schon besetzt."),
        (TextseiteFactory, ["konferenz", "seite"], "Auf dieser Seite des Hefts steht schon eine Textseite."),
        (PersonFactory, ["vorname", "nachname", "organisation", "ort"], "Diese Person gibt es schon."),
        (NotizFactory, ["konferenz", "seite", "zeile", "text"], "Diese Notiz gibt es schon."),
    ],
)
def test_einmaliges_wird_beim_zweiten_mal_abgelehnt(fabrik, felder, meldung):
    erstes, zweites = fabrik(), fabrik()
    for feld in felder:
        setattr(zweites, feld, getattr(erstes, feld))
    abgelehnt(zweites, meldung)


@pytest.mark.parametrize("fabrik", [ProgrammpunktFactory, VortragFactory, TextseiteFactory])
def test_stelle_ist_nur_innerhalb_einer_konferenz_besetzt(fabrik):
    fabrik()
    fabrik().full_clean()


def test_zwei_konferenzen_mit_gleicher_adresse_werden_abgelehnt():
    konferenz = KonferenzFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        KonferenzFactory(slug=konferenz.slug)


@pytest.mark.parametrize(("beginn", "ende"), [(None, None), (time(9), None), (time(9), time(9, 1))])
def test_konferenz_darf_ihre_zeiten_offen_lassen(beginn, ende):
    KonferenzFactory(beginn=beginn, ende=ende).full_clean()


def test_folie_ohne_bild_braucht_keine_bildbeschreibung():
    FolieFactory(bildbeschreibung="").full_clean()


def test_vortrag_im_programmpunkt_einer_anderen_konferenz_wird_abgelehnt():
    vortrag = VortragFactory()
    vortrag.programmpunkt = ProgrammpunktFactory()
    with pytest.raises(ValidationError, match="gehört zu einer anderen Konferenz"):
        vortrag.full_clean()
    vortrag.programmpunkt = ProgrammpunktFactory(konferenz=vortrag.konferenz)
    vortrag.full_clean()


def test_nur_veroeffentlichte_und_archivierte_konferenzen_sind_oeffentlich():
    entwurf = KonferenzFactory()
    offen = {KonferenzFactory(veroeffentlicht=True), KonferenzFactory(archiviert=True)}
    assert set(Konferenz.objects.oeffentlich()) == offen
    assert [entwurf.ist_oeffentlich, *(k.ist_oeffentlich for k in offen)] == [False, True, True]


@pytest.mark.parametrize(
    ("konto", "anzahl"),
    [
        (lambda: AnonymousUser(), 1),
        (lambda: BenutzerFactory(), 1),
        (lambda: BenutzerFactory(mitarbeit=True), 1),
        (lambda: BenutzerFactory(rolle="Organisation", is_active=False), 1),
        *((lambda rolle=rolle: BenutzerFactory(rolle=rolle), 2) for rolle in ROLLEN),
        (lambda: BenutzerFactory(leitung=True), 2),
    ],
)
def test_entwurf_sieht_nur_wer_eine_rolle_hat(konto, anzahl):
    KonferenzFactory()
    KonferenzFactory(veroeffentlicht=True)
    assert Konferenz.objects.sichtbar_fuer(Leser(konto())).count() == anzahl


def test_konferenzen_stehen_neueste_zuerst():
    alt, neu = KonferenzFactory(datum=date(2019, 5, 2)), KonferenzFactory(datum=date(2023, 5, 2))
    assert list(Konferenz.objects.all()) == [neu, alt]


@pytest.mark.parametrize(
    ("objekt", "text"),
    [
        (lambda: KonferenzFactory(titel="Fachtag"), "Fachtag (2021)"),
        (lambda: KonferenzFactory(titel="Fachtag 2021"), "Fachtag 2021"),
        (lambda: PersonFactory(titel="Dr.", vorname="Anke", nachname="Rigbers"), "Dr. Anke Rigbers"),
        (lambda: PersonFactory(titel="", vorname="", nachname="Rigbers"), "Rigbers"),
        (lambda: ProgrammpunktFactory(beginn=time(9), titel="Grußwort"), "09:00 Uhr Grußwort"),
        (lambda: VortragFactory(titel="Zum Stand"), "Zum Stand"),
        (lambda: FolieFactory(position=3, ueberschrift="Ziele"), "Folie 3: Ziele"),
        (lambda: FolieFactory(position=3, ueberschrift=""), "Folie 3"),
        (lambda: TextseiteFactory(seite=2, ueberschrift="Hinweis"), "Seite 2: Hinweis"),
        (lambda: TextseiteFactory(seite=2, ueberschrift=""), "Seite 2"),
        (lambda: NotizFactory(seite=2, zeile=3, text="x"), "Seite 2, Zeile 3: x"),
        (lambda: ImportstandFactory(konferenz__titel="Fachtag"), "Fachtag (2021): dokumentation.txt"),
    ],
)
def test_objekt_nennt_sich_selbst(objekt, text):
    assert str(objekt()) == text


def test_konferenz_und_vortrag_haben_adressen():
    vortrag = VortragFactory(konferenz__slug="fachtag-2021", slug="zum-stand")
    assert vortrag.konferenz.get_absolute_url() == "/fachtag-2021/"
    assert vortrag.get_absolute_url() == "/fachtag-2021/vortraege/zum-stand/"


def test_vortrag_bleibt_ohne_seinen_geloeschten_programmpunkt():
    vortrag = VortragFactory()
    vortrag.programmpunkt = ProgrammpunktFactory(konferenz=vortrag.konferenz)
    vortrag.save()
    vortrag.programmpunkt.delete()
    vortrag.refresh_from_db()
    assert vortrag.programmpunkt is None


def test_moderierende_person_laesst_sich_nicht_loeschen():
    moderation = ModerationFactory()
    with pytest.raises(ProtectedError):
        moderation.person.delete()


def test_geloeschte_konferenz_nimmt_alles_ausser_personen_mit():
    folie = FolieFactory()
    konferenz = folie.vortrag.konferenz
    AeusserungFactory(abschnitt__arbeitsgruppe__konferenz=konferenz)
    NotizFactory(konferenz=konferenz)
    person = PersonFactory()
    folie.vortrag.vortragende.add(person)
    konferenz.delete()
    assert not Folie.objects.exists()
    assert not Notiz.objects.exists()
    assert list(Person.objects.all()) == [person]


def test_fixture_mit_natuerlichen_schluesseln_stellt_die_konferenz_wieder_her(tmp_path):
    folie = FolieFactory()
    konferenz = folie.vortrag.konferenz
    punkt = ProgrammpunktFactory(konferenz=konferenz)
    folie.vortrag.programmpunkt = punkt
    folie.vortrag.save()
    person = PersonFactory()
    folie.vortrag.vortragende.add(person)
    TextseiteFactory(konferenz=konferenz)
    objekte = [
        *Konferenz.objects.all(),
        *Person.objects.all(),
        punkt,
        folie.vortrag,
        folie,
        *konferenz.textseiten.all(),
    ]
    datei = tmp_path / "konferenz.json"
    datei.write_text(
        serializers.serialize("json", objekte, use_natural_foreign_keys=True, use_natural_primary_keys=True),
        encoding="utf-8",
    )
    konferenz.delete()
    person.delete()
    # Other rows in between, so that the old primary keys mean something else.
    FolieFactory(vortrag__konferenz=KonferenzFactory())

    # Twice, since a fixture that is loaded again must find what it made the first time.
    for _ in range(2):
        call_command("loaddata", datei, verbosity=0)
    wieder = Konferenz.objects.get(slug=konferenz.slug)
    vortrag = wieder.vortraege.get()
    assert vortrag.programmpunkt == wieder.programmpunkte.get()
    assert vortrag.folien.get().text == folie.text
    assert [str(p) for p in vortrag.vortragende.all()] == [str(person)]
    assert wieder.textseiten.count() == 1
