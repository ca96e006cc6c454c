"""Next year's conference from this one."""

import re
from datetime import date, time, timedelta
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.forms import ModelForm
from django.urls import reverse

from arbeitsgruppen import kopieren as modul
from arbeitsgruppen.kopieren import Umfang, Vergeben, adresse_im_jahr, kopieren, tag_im_naechsten_jahr
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Moderation
from konferenz.berechtigungen import MINISTERIUM, MODERATION, ORGANISATION
from konferenz.models import Konferenz, Vortrag
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    FolieFactory,
    KonferenzFactory,
    ModerationFactory,
    NotizFactory,
    ProgrammpunktFactory,
    TextseiteFactory,
)
from tests.formular import formulardaten
from tests.netz import Webserver, gleichzeitig
from tests.verlaufspruefung import unverzeichnetes

NEU = ("Fachtag 2022", date(2022, 4, 20), "fachtag-2022")


@pytest.fixture
def vorlage(db) -> Konferenz:
    """Return a released conference with something of everything."""
    konferenz = KonferenzFactory(titel="Fachtag", slug="fachtag-2021", ort="Ulm", veroeffentlicht=True)
    ProgrammpunktFactory(konferenz=konferenz, titel="Grußwort")
    punkt = ProgrammpunktFactory(konferenz=konferenz, titel="Gruppen", beginn=time(11), neue_seite=True)
    gruppe = ArbeitsgruppeFactory(
        konferenz=konferenz, programmpunkt=punkt, status=Arbeitsgruppe.Status.FREIGEGEBEN
    )
    ArbeitsgruppeFactory(konferenz=konferenz)
    ModerationFactory.create_batch(2, arbeitsgruppe=gruppe)
    AeusserungFactory(uebergeordnet=AeusserungFactory(abschnitt__arbeitsgruppe=gruppe))
    AbschnittFactory(arbeitsgruppe=gruppe, herkunft="leitfrage")
    BenutzerFactory(username="moderation", rolle=MODERATION, rolle__gruppen=[gruppe])
    FolieFactory(vortrag__konferenz=konferenz)
    TextseiteFactory(konferenz=konferenz)
    NotizFactory(konferenz=konferenz)
    return konferenz


def felder(objekte, *namen):
    return list(objekte.values_list(*namen))


# What is copied


def test_kopie_hat_programm_gruppen_moderation_und_konten_und_sonst_nichts(vorlage):
    aeusserungen, vortraege = Aeusserung.objects.count(), Vortrag.objects.count()
    kopie = kopieren(vorlage, *NEU)
    neue = Konferenz.objects.get(slug="fachtag-2022")
    assert kopie == modul.Kopie(neue, 2, 2, 2, 1, 0)
    for feld in ("reihe", "format", "ort", "beginn", "ende", "veranstalter", "hinweis"):
        assert getattr(neue, feld) == getattr(vorlage, feld), feld
    assert (neue.titel, neue.datum, neue.status) == ("Fachtag 2022", date(2022, 4, 20), "entwurf")
    punkt = ("position", "beginn", "titel", "mitwirkende", "neue_seite")
    assert felder(neue.programmpunkte, *punkt) == felder(vorlage.programmpunkte, *punkt)
    gruppe = ("nummer", "titel", "fragestellung", "unterfragen")
    assert felder(neue.arbeitsgruppen, *gruppe) == felder(vorlage.arbeitsgruppen, *gruppe)
    assert {g.status for g in neue.arbeitsgruppen.all()} == {"in_bearbeitung"}
    wer = ("arbeitsgruppe__nummer", "position", "person", "angabe")
    moderation = partial(Moderation.objects.order_by("position").filter)
    assert felder(moderation(arbeitsgruppe__konferenz=neue), *wer) == felder(
        moderation(arbeitsgruppe__konferenz=vorlage), *wer
    )
    assert felder(neue.arbeitsgruppen.get(nummer=1).konten, "username") == [("moderation",)]
    assert (Aeusserung.objects.count(), Vortrag.objects.count()) == (aeusserungen, vortraege)
    assert not any(getattr(neue, n).exists() for n in ("vortraege", "textseiten", "notizen"))
    assert not any(g.abschnitte.exists() for g in neue.arbeitsgruppen.all())


def test_gruppen_der_kopie_tagen_in_deren_programm(vorlage):
    neue = kopieren(vorlage, *NEU).konferenz
    erste, zweite = neue.arbeitsgruppen.order_by("nummer")
    assert erste.programmpunkt == neue.programmpunkte.get(titel="Gruppen")
    assert zweite.programmpunkt is None


def test_vorlage_bleibt_wie_sie_war(vorlage):
    vorher = (felder(vorlage.arbeitsgruppen), felder(vorlage.programmpunkte), vorlage.history.count())
    kopieren(vorlage, *NEU, Umfang(ueberschriften=True))
    assert (felder(vorlage.arbeitsgruppen), felder(vorlage.programmpunkte), vorlage.history.count()) == vorher


@pytest.mark.parametrize(
    ("umfang", "zahlen"),
    [
        (Umfang(programm=False), (0, 2, 2, 1, 0)),
        (Umfang(gruppen=False, ueberschriften=True), (2, 0, 0, 0, 0)),
        (Umfang(moderation=False), (2, 2, 0, 1, 0)),
        (Umfang(konten=False), (2, 2, 2, 0, 0)),
        (Umfang(ueberschriften=True), (2, 2, 2, 1, 2)),
        (Umfang(False, False, False, False, False), (0, 0, 0, 0, 0)),
    ],
)
def test_kopie_uebernimmt_nur_was_gewaehlt_ist(vorlage, umfang, zahlen):
    kopie = kopieren(vorlage, *NEU, umfang)
    assert kopie == modul.Kopie(kopie.konferenz, *zahlen)
    gruppen = kopie.konferenz.arbeitsgruppen
    assert kopie.konferenz.programmpunkte.count() == zahlen[0]
    assert gruppen.count() == zahlen[1]
    assert Moderation.objects.filter(arbeitsgruppe__in=gruppen.all()).count() == zahlen[2]
    assert gruppen.filter(konten__isnull=False).count() == zahlen[3]
    assert sum(g.abschnitte.count() for g in gruppen.all()) == zahlen[4]
    if not umfang.programm:
        assert not gruppen.exclude(programmpunkt=None).exists()


def test_ueberschriften_kommen_leer_mit_kategorie_und_herkunft(vorlage):
    gruppe = kopieren(vorlage, *NEU, Umfang(ueberschriften=True)).konferenz.arbeitsgruppen.get(nummer=1)
    alte = vorlage.arbeitsgruppen.get(nummer=1)
    wie = ("position", "ueberschrift", "kategorie", "herkunft")
    assert felder(gruppe.abschnitte, *wie) == felder(alte.abschnitte, *wie)
    assert not Aeusserung.objects.filter(abschnitt__arbeitsgruppe=gruppe).exists()


def test_deaktivierte_konten_werden_nicht_zugeordnet(vorlage):
    vorlage.arbeitsgruppen.get(nummer=1).konten.update(is_active=False)
    assert kopieren(vorlage, *NEU).zuordnungen == 0


def test_kopie_steht_als_ein_vorgang_im_verlauf(vorlage):
    neue = kopieren(vorlage, *NEU).konferenz
    zeilen = [neue.history.get(), *Arbeitsgruppe.history.filter(konferenz=neue)]
    assert {zeile.history_change_reason for zeile in zeilen} == {"Kopie"}
    assert len({zeile.vorgang for zeile in zeilen}) == 1
    assert unverzeichnetes() == []


def test_vergebene_adresse_hinterlaesst_nichts_halbes(vorlage):
    KonferenzFactory(slug="fachtag-2022")
    with pytest.raises(Vergeben, match="gibt es schon"):
        kopieren(vorlage, *NEU)
    assert (Konferenz.objects.count(), Arbeitsgruppe.objects.count()) == (2, 2)


def test_abgebrochene_kopie_hinterlaesst_nichts_halbes(vorlage, monkeypatch):
    def scheitern(*args):
        raise IntegrityError

    monkeypatch.setattr(modul, "_moderation", scheitern)
    with pytest.raises(IntegrityError):
        kopieren(vorlage, *NEU)
    assert (Konferenz.objects.count(), Arbeitsgruppe.objects.count()) == (1, 2)


# What is proposed


@pytest.mark.parametrize(
    ("datum", "vorschlag"),
    [
        (date(2021, 4, 21), date(2022, 4, 20)),
        (date(2021, 1, 1), date(2022, 1, 7)),
        (date(2024, 1, 1), date(2025, 1, 6)),
        (date(2024, 2, 29), date(2025, 2, 27)),
        (date(2021, 12, 31), date(2022, 12, 30)),
        (date(9999, 12, 31), date(9999, 12, 31)),
    ],
)
def test_vorgeschlagen_ist_derselbe_wochentag_im_naechsten_jahr(datum, vorschlag):
    assert tag_im_naechsten_jahr(datum) == vorschlag
    assert datum.weekday() == vorschlag.weekday()


def test_jeder_tag_eines_jahrhunderts_fuehrt_ins_naechste_jahr():
    for n in range(36_525):
        tag = date(2000, 1, 1) + timedelta(days=n)
        naechster = tag_im_naechsten_jahr(tag)
        assert (naechster.year, naechster.weekday()) == (tag.year + 1, tag.weekday())


@pytest.mark.parametrize(
    ("slug", "titel", "adresse"),
    [
        ("pakt-2021", "Fachtag", "pakt-2022"),
        ("pakt", "Fachtag", "fachtag-2022"),
        ("pakt-2021", "Übergänge", "uebergaenge-2022"),
    ],
)
def test_adresse_folgt_der_alten_oder_dem_neuen_titel(slug, titel, adresse):
    konferenz = KonferenzFactory.build(titel="Fachtag", slug=slug)
    assert adresse_im_jahr(konferenz, titel, 2022) == adresse


# The page


def seite(konferenz):
    return reverse("konferenz_kopieren", args=[konferenz.pk])


def test_organisation_legt_mit_dem_vorschlag_in_einem_schritt_an(client, vorlage):
    client.force_login(BenutzerFactory(rolle=ORGANISATION))
    daten = formulardaten(client.get(seite(vorlage)))
    vorgeschlagen = {name: daten.get(name) for name in ("titel", "datum", "slug", "ueberschriften")}
    assert vorgeschlagen == {
        "titel": "Fachtag",
        "datum": "20.04.2022",
        "slug": "fachtag-2022",
        "ueberschriften": None,
    }
    antwort = client.post(seite(vorlage), daten, follow=True)
    neue = Konferenz.objects.get(slug="fachtag-2022")
    assert antwort.redirect_chain[-1][0] == reverse("admin:konferenz_konferenz_change", args=[neue.pk])
    meldung = "2 Programmpunkte, 2 Arbeitsgruppen, 2 Moderationen, 1 Zuordnung von Konten"
    assert meldung in antwort.content.decode()
    assert neue.history.get().history_user.username.startswith("benutzer")


@pytest.mark.parametrize("rolle", [MODERATION, MINISTERIUM])
def test_andere_rollen_kopieren_nicht(client, vorlage, rolle):
    client.force_login(BenutzerFactory(rolle=rolle))
    for antwort in (client.get(seite(vorlage)), client.post(seite(vorlage), {"titel": "x"})):
        assert antwort.status_code == 403
    liste = client.get(reverse("admin:konferenz_konferenz_changelist")).content.decode()
    formular = client.get(reverse("admin:konferenz_konferenz_change", args=[vorlage.pk])).content.decode()
    assert seite(vorlage) not in liste + formular
    assert Konferenz.objects.count() == 1


def test_fremde_und_gaeste_kopieren_nicht(client, fremd, vorlage):
    for aufruf in (fremd.get, fremd.post):
        assert aufruf(seite(vorlage)).status_code == 403
    for aufruf in (client.get, client.post):
        antwort = aufruf(seite(vorlage))
        assert (antwort.status_code, antwort.url) == (302, f"/admin/login/?next={seite(vorlage)}")
    assert Konferenz.objects.count() == 1


def test_liste_und_formular_der_konferenz_fuehren_zum_kopieren(organisation, vorlage):
    for adresse in (
        reverse("admin:konferenz_konferenz_changelist"),
        reverse("admin:konferenz_konferenz_change", args=[vorlage.pk]),
    ):
        assert f'href="{seite(vorlage)}"' in organisation.get(adresse).content.decode()


def test_unbekannte_konferenz_wird_nicht_kopiert(organisation, db):
    assert organisation.get(reverse("konferenz_kopieren", args=[1])).status_code == 404


@pytest.mark.parametrize(
    ("eingaben", "meldung"),
    [
        ({"slug": "besetzt"}, "Eine Konferenz mit dieser Adresse gibt es schon."),
        ({"slug": "admin"}, "Diese Adresse ist für eine andere Seite vergeben."),
        ({"slug": "ä ö"}, "Bitte ein gültiges Kürzel"),
        ({"titel": ""}, "zwingend erforderlich"),
        ({"titel": "x" * 501}, "höchstens 500 Zeichen"),
        ({"titel": "Nul\x00l"}, "Nullzeichen"),
        ({"datum": "31.02.2022"}, "Bitte ein gültiges Datum eingeben."),
        ({"datum": ""}, "zwingend erforderlich"),
        ({"titel": "Schon da", "datum": "1.5.2022"}, "gibt es am 01.05.2022 schon."),
    ],
)
def test_ungueltiges_kommt_mit_meldung_und_allen_eingaben_zurueck(organisation, vorlage, eingaben, meldung):
    KonferenzFactory(slug="besetzt", titel="Schon da", datum=date(2022, 5, 1))
    daten = formulardaten(organisation.get(seite(vorlage))) | {"titel": "Mein <Titel>"} | eingaben
    daten.pop("moderation")
    antwort = organisation.post(seite(vorlage), daten)
    inhalt = antwort.content.decode()
    assert antwort.status_code == 200
    assert meldung in inhalt
    zurueck = formulardaten(antwort)
    for name in ("titel", "datum", "slug", "moderation", "gruppen"):
        assert zurueck.get(name) == daten.get(name), name
    assert Konferenz.objects.count() == 2


def test_leere_adresse_wird_aus_titel_und_jahr_gebildet(organisation, vorlage):
    daten = formulardaten(organisation.get(seite(vorlage))) | {"titel": "Übergänge", "slug": ""}
    assert organisation.post(seite(vorlage), daten).status_code == 302
    assert Konferenz.objects.filter(slug="uebergaenge-2022").exists()


def test_zweiter_klick_fuehrt_zur_kopie_des_ersten(organisation, vorlage):
    daten = formulardaten(organisation.get(seite(vorlage)))
    ziele = {organisation.post(seite(vorlage), daten).url for _ in range(2)}
    assert Konferenz.objects.count() == 2
    assert len(ziele) == 1


def test_kopie_die_beim_pruefen_des_formulars_entsteht_ist_die_des_ersten_klicks(
    organisation, vorlage, monkeypatch
):
    daten = formulardaten(organisation.get(seite(vorlage)))
    pruefen = ModelForm._post_clean  # type: ignore[attr-defined]  # not in Django's stubs
    ziele: list[str] = []

    def spaet(form: ModelForm) -> None:
        if not ziele:
            ziele.append("")
            ziele[0] = organisation.post(seite(vorlage), daten).url
        pruefen(form)

    monkeypatch.setattr(ModelForm, "_post_clean", spaet)
    antwort = organisation.post(seite(vorlage), daten)
    assert (antwort.status_code, [antwort["Location"]]) == (302, ziele)
    assert Konferenz.objects.count() == 2


def test_dasselbe_von_jemand_anders_kommt_mit_meldung_zurueck(organisation, client, vorlage):
    client.force_login(BenutzerFactory(rolle=ORGANISATION))
    daten = formulardaten(client.get(seite(vorlage)))
    organisation.post(seite(vorlage), daten)
    antwort = client.post(seite(vorlage), daten)
    assert (antwort.status_code, Konferenz.objects.count()) == (200, 2)
    assert "schon." in antwort.content.decode()


def test_acht_klicks_im_selben_augenblick_ergeben_eine_kopie(transactional_db, anlage, vorlage):
    server = Webserver(anlage)
    gaeste = server.gaeste(8)
    daten = [gast.formular(seite(vorlage)) for gast in gaeste]
    antworten = gleichzeitig(
        partial(gast.senden, seite(vorlage), d) for gast, d in zip(gaeste, daten, strict=True)
    )
    assert [a.status_code for a in antworten] == [302] * 8, server.protokoll()
    assert server.anlage.sql("SELECT COUNT(*) FROM konferenz_konferenz") == [(2,)]
    assert server.anlage.sql("SELECT COUNT(*) FROM arbeitsgruppen_arbeitsgruppe") == [(4,)]


# The command


def test_befehl_sagt_was_er_angelegt_hat(vorlage, capsys):
    call_command("konferenz_kopieren", "fachtag-2021", "neu-2022", datum="2022-05-04", ueberschriften=True)
    assert capsys.readouterr().out == (
        "Konferenz „neu-2022“ am 04.05.2022 als Entwurf angelegt: 2 Programmpunkte, 2 Arbeitsgruppen, "
        "2 Moderationen, 1 Zuordnung von Konten, 2 Überschriften.\n"
    )


def test_befehl_nimmt_ohne_angaben_titel_und_wochentag_der_alten(vorlage, capsys):
    call_command("konferenz_kopieren", "fachtag-2021", "neu", "--ohne-programm", "--ohne-gruppen")
    assert "am 20.04.2022 als Entwurf angelegt: ohne Programm und Arbeitsgruppen." in capsys.readouterr().out
    assert Konferenz.objects.get(slug="neu").titel == "Fachtag"


@pytest.mark.parametrize(
    ("aufruf", "meldung"),
    [
        (["gibt-es-nicht", "neu"], "gibt es nicht. Prüfen Sie die Schreibweise."),
        (["fachtag-2021", "fachtag-2021"], "NEUER_SLUG: Eine Konferenz mit dieser Adresse gibt es schon."),
        (["fachtag-2021", "admin"], "Diese Adresse ist für eine andere Seite vergeben."),
        (["fachtag-2021", "neu", "--datum", "morgen"], "--datum: Bitte ein gültiges Datum eingeben."),
        (["fachtag-2021", "neu", "--titel", ""], "--titel: Dieses Feld ist zwingend erforderlich."),
    ],
)
def test_befehl_nennt_den_fehler_in_einer_zeile_und_legt_nichts_an(vorlage, aufruf, meldung):
    with pytest.raises(CommandError, match=re.escape(meldung)) as fehler:
        call_command("konferenz_kopieren", *aufruf)
    assert "\n" not in str(fehler.value)
    assert Konferenz.objects.count() == 1
