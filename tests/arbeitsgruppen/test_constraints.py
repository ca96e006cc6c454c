"""A sub-point stays with its statement, whatever way the rows are written."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import F

from arbeitsgruppen.constraints import Unterpunktregel
from arbeitsgruppen.models import Aeusserung
from tests.fabriken import AbschnittFactory, AeusserungFactory

pytestmark = pytest.mark.django_db

MELDUNG = "Ein Unterpunkt gehört zu einer Äußerung desselben Abschnitts"


def abgelehnt(aeusserung):
    """Assert that the form as well as the database refuse a statement, by INSERT or by UPDATE."""
    with pytest.raises(ValidationError, match=MELDUNG):
        aeusserung.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        aeusserung.save()
    regel_haelt()


def regel_haelt():
    for unterpunkt in Aeusserung.objects.exclude(uebergeordnet=None):
        eltern = unterpunkt.uebergeordnet
        assert eltern
        assert (eltern.abschnitt_id, eltern.uebergeordnet_id) == (unterpunkt.abschnitt_id, None)


@pytest.fixture
def eintrag():
    return AeusserungFactory()


def test_unterpunkt_im_abschnitt_seiner_aeusserung_ist_erlaubt(eintrag):
    AeusserungFactory(uebergeordnet=eintrag).full_clean()


def test_neuer_unterpunkt_in_einem_anderen_abschnitt_wird_abgelehnt(eintrag):
    abgelehnt(AeusserungFactory.build(uebergeordnet=eintrag, abschnitt=AbschnittFactory(), position=1))


def test_neuer_unterpunkt_eines_unterpunkts_wird_abgelehnt(eintrag):
    abgelehnt(AeusserungFactory.build(uebergeordnet=AeusserungFactory(uebergeordnet=eintrag), position=1))


def test_aeusserung_mit_unterpunkten_wird_kein_unterpunkt(eintrag):
    AeusserungFactory(uebergeordnet=eintrag)
    eintrag.uebergeordnet = AeusserungFactory(abschnitt=eintrag.abschnitt)
    abgelehnt(eintrag)


def test_aeusserung_ist_nicht_ihr_eigener_unterpunkt(eintrag):
    eintrag.uebergeordnet = eintrag
    abgelehnt(eintrag)


def test_unterpunkt_zieht_nicht_allein_in_einen_anderen_abschnitt(eintrag):
    unterpunkt = AeusserungFactory(uebergeordnet=eintrag)
    unterpunkt.abschnitt = AbschnittFactory()
    abgelehnt(unterpunkt)


def test_unterpunkt_zieht_nicht_unter_eine_aeusserung_eines_anderen_abschnitts(eintrag):
    unterpunkt = AeusserungFactory(uebergeordnet=eintrag)
    unterpunkt.uebergeordnet = AeusserungFactory()
    abgelehnt(unterpunkt)


def test_update_vieler_zeilen_wird_ebenfalls_abgelehnt(eintrag):
    AeusserungFactory(uebergeordnet=eintrag)
    anderer = AeusserungFactory(abschnitt=eintrag.abschnitt)
    with pytest.raises(IntegrityError), transaction.atomic():
        Aeusserung.objects.eintraege().exclude(pk=anderer.pk).update(
            uebergeordnet=anderer, position=F("position") + 10
        )
    regel_haelt()


def test_bulk_create_wird_ebenfalls_abgelehnt(eintrag):
    falsch = AeusserungFactory.build(uebergeordnet=eintrag, abschnitt=AbschnittFactory(), position=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Aeusserung.objects.bulk_create([falsch])


def test_aeusserung_nimmt_ihre_unterpunkte_in_einen_anderen_abschnitt_mit(eintrag):
    unterpunkte = AeusserungFactory.create_batch(2, uebergeordnet=eintrag)
    bleibt = AeusserungFactory(uebergeordnet=AeusserungFactory(abschnitt=eintrag.abschnitt))
    ziel = AbschnittFactory()
    eintrag.abschnitt = ziel
    eintrag.full_clean()
    eintrag.save()
    assert set(ziel.aeusserungen.all()) == {eintrag, *unterpunkte}
    bleibt.refresh_from_db()
    assert bleibt.abschnitt != ziel
    regel_haelt()


def test_viele_aeusserungen_nehmen_ihre_unterpunkte_in_einem_update_mit():
    alt, ziel = AbschnittFactory(), AbschnittFactory()
    for eintrag in AeusserungFactory.create_batch(3, abschnitt=alt):
        AeusserungFactory(uebergeordnet=eintrag)
    alt.aeusserungen.eintraege().update(abschnitt=ziel)
    assert ziel.aeusserungen.count() == 6
    regel_haelt()


def test_unterpunkt_wechselt_innerhalb_des_abschnitts_seine_aeusserung(eintrag):
    unterpunkt = AeusserungFactory(uebergeordnet=eintrag)
    unterpunkt.uebergeordnet = AeusserungFactory(abschnitt=eintrag.abschnitt)
    unterpunkt.full_clean()
    unterpunkt.save()
    regel_haelt()


def test_unterpunkt_wird_eintrag_und_zieht_um(eintrag):
    unterpunkt = AeusserungFactory(uebergeordnet=eintrag)
    unterpunkt.uebergeordnet = None
    unterpunkt.abschnitt = AbschnittFactory()
    unterpunkt.full_clean()
    unterpunkt.save()
    regel_haelt()


def test_geloeschte_aeusserung_nimmt_ihre_unterpunkte_mit(eintrag):
    AeusserungFactory(uebergeordnet=eintrag)
    eintrag.delete()
    assert not Aeusserung.objects.exists()


def test_regel_spricht_nur_wo_beide_felder_geprueft_werden(eintrag):
    falsch = AeusserungFactory.build(uebergeordnet=eintrag, abschnitt=AbschnittFactory(), position=1)
    regel = next(c for c in Aeusserung._meta.constraints if isinstance(c, Unterpunktregel))
    for feld in ("uebergeordnet", "abschnitt"):
        regel.validate(Aeusserung, falsch, exclude={feld})
    with pytest.raises(ValidationError, match=MELDUNG):
        regel.validate(Aeusserung, falsch, exclude={"text"})


# In migrations


def trigger():
    """Return the names of the rule's triggers on the table of statements."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
                [Aeusserung._meta.db_table],
            )
        else:
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
                [Aeusserung._meta.db_table],
            )
        return {name for (name,) in cursor.fetchall() if name.startswith("unterpunkt_")}


def test_migrate_legt_die_trigger_an():
    enden = ("neu", "anders", "mit") if connection.vendor == "sqlite" else ("pruefen", "mitziehen")
    assert trigger() == {f"unterpunkt_bei_seiner_aeusserung_{ende}" for ende in enden}


def test_zwei_regeln_mit_gleichem_inhalt_sind_gleich():
    regel = Unterpunktregel(name="r", eltern="e", bereich="b", violation_error_message="Nein.")
    _, args, kwargs = regel.deconstruct()
    assert Unterpunktregel(*args, **kwargs) == regel
    assert Unterpunktregel(**{**kwargs, "bereich": "anders"}) != regel
    assert regel.clone() == regel


def anwenden(operation, vorwaerts=True):
    """Apply an operation to the table of statements as a migration would, or take it back."""
    vorher = MigrationLoader(connection).project_state()
    nachher = vorher.clone()
    operation.state_forwards("arbeitsgruppen", nachher)
    with connection.schema_editor() as editor:
        if vorwaerts:
            operation.database_forwards("arbeitsgruppen", editor, vorher, nachher)
        else:
            operation.database_backwards("arbeitsgruppen", editor, nachher, vorher)


@pytest.mark.django_db(transaction=True)
def test_regel_bleibt_bei_einer_spaeteren_migration_der_tabelle():
    vorher = trigger()
    # On SQLite this makes the whole table anew, and triggers go with the old one.
    spalte = migrations.AlterField("aeusserung", "text", models.TextField("Text", default="…"))
    anwenden(spalte)
    try:
        assert trigger() == vorher
        eintrag = AeusserungFactory()
        AeusserungFactory(uebergeordnet=eintrag)
        abgelehnt(AeusserungFactory.build(uebergeordnet=eintrag, abschnitt=AbschnittFactory(), position=1))
    finally:
        anwenden(spalte, vorwaerts=False)
    assert trigger() == vorher


@pytest.mark.django_db(transaction=True)
def test_migration_nimmt_die_regel_weg_und_bringt_sie_zurueck():
    vorher = trigger()
    weg = migrations.RemoveConstraint("aeusserung", "unterpunkt_bei_seiner_aeusserung")
    anwenden(weg)
    try:
        assert not trigger()
    finally:
        anwenden(weg, vorwaerts=False)
    assert trigger() == vorher
