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
    assert_regel_haelt()


def assert_regel_haelt():
    for unterpunkt in Aeusserung.objects.exclude(uebergeordnet=None):
        eltern = unterpunkt.uebergeordnet
        assert eltern
        assert (eltern.abschnitt_id, eltern.uebergeordnet_id) == (unterpunkt.abschnitt_id, None)


@pytest.fixture
def eintrag():
    return AeusserungFactory()


def test_a_sub_point_of_a_statement_in_its_heading_is_fine(eintrag):
    AeusserungFactory(uebergeordnet=eintrag).full_clean()


def test_a_new_sub_point_in_another_heading_is_refused(eintrag):
    abgelehnt(AeusserungFactory.build(uebergeordnet=eintrag, abschnitt=AbschnittFactory(), position=1))


def test_a_new_sub_point_of_a_sub_point_is_refused(eintrag):
    abgelehnt(AeusserungFactory.build(uebergeordnet=AeusserungFactory(uebergeordnet=eintrag), position=1))


def test_a_statement_with_sub_points_cannot_become_one(eintrag):
    AeusserungFactory(uebergeordnet=eintrag)
    eintrag.uebergeordnet = AeusserungFactory(abschnitt=eintrag.abschnitt)
    abgelehnt(eintrag)


def test_a_statement_is_not_its_own_sub_point(eintrag):
    eintrag.uebergeordnet = eintrag
    abgelehnt(eintrag)


def test_a_sub_point_cannot_move_to_another_heading_alone(eintrag):
    unterpunkt = AeusserungFactory(uebergeordnet=eintrag)
    unterpunkt.abschnitt = AbschnittFactory()
    abgelehnt(unterpunkt)


def test_a_sub_point_cannot_move_under_a_statement_of_another_heading(eintrag):
    unterpunkt = AeusserungFactory(uebergeordnet=eintrag)
    unterpunkt.uebergeordnet = AeusserungFactory()
    abgelehnt(unterpunkt)


def test_an_update_of_many_rows_is_refused_as_well(eintrag):
    AeusserungFactory(uebergeordnet=eintrag)
    anderer = AeusserungFactory(abschnitt=eintrag.abschnitt)
    with pytest.raises(IntegrityError), transaction.atomic():
        Aeusserung.objects.eintraege().exclude(pk=anderer.pk).update(
            uebergeordnet=anderer, position=F("position") + 10
        )
    assert_regel_haelt()


def test_bulk_create_is_refused_as_well(eintrag):
    falsch = AeusserungFactory.build(uebergeordnet=eintrag, abschnitt=AbschnittFactory(), position=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Aeusserung.objects.bulk_create([falsch])


def test_a_statement_takes_its_sub_points_to_another_heading(eintrag):
    unterpunkte = AeusserungFactory.create_batch(2, uebergeordnet=eintrag)
    bleibt = AeusserungFactory(uebergeordnet=AeusserungFactory(abschnitt=eintrag.abschnitt))
    ziel = AbschnittFactory()
    eintrag.abschnitt = ziel
    eintrag.full_clean()
    eintrag.save()
    assert set(ziel.aeusserungen.all()) == {eintrag, *unterpunkte}
    bleibt.refresh_from_db()
    assert bleibt.abschnitt != ziel
    assert_regel_haelt()


def test_many_statements_take_their_sub_points_along_in_one_update():
    alt, ziel = AbschnittFactory(), AbschnittFactory()
    for eintrag in AeusserungFactory.create_batch(3, abschnitt=alt):
        AeusserungFactory(uebergeordnet=eintrag)
    alt.aeusserungen.eintraege().update(abschnitt=ziel)
    assert ziel.aeusserungen.count() == 6
    assert_regel_haelt()


def test_a_sub_point_changes_its_statement_within_the_heading(eintrag):
    unterpunkt = AeusserungFactory(uebergeordnet=eintrag)
    unterpunkt.uebergeordnet = AeusserungFactory(abschnitt=eintrag.abschnitt)
    unterpunkt.full_clean()
    unterpunkt.save()
    assert_regel_haelt()


def test_a_sub_point_becomes_a_statement_and_moves_on(eintrag):
    unterpunkt = AeusserungFactory(uebergeordnet=eintrag)
    unterpunkt.uebergeordnet = None
    unterpunkt.abschnitt = AbschnittFactory()
    unterpunkt.full_clean()
    unterpunkt.save()
    assert_regel_haelt()


def test_a_deleted_statement_takes_its_sub_points_along(eintrag):
    AeusserungFactory(uebergeordnet=eintrag)
    eintrag.delete()
    assert not Aeusserung.objects.exists()


def test_the_rule_speaks_only_where_both_its_fields_are_checked(eintrag):
    falsch = AeusserungFactory.build(uebergeordnet=eintrag, abschnitt=AbschnittFactory(), position=1)
    regel = next(c for c in Aeusserung._meta.constraints if isinstance(c, Unterpunktregel))
    for feld in ("uebergeordnet", "abschnitt"):
        regel.validate(Aeusserung, falsch, exclude={feld})
    with pytest.raises(ValidationError, match=MELDUNG):
        regel.validate(Aeusserung, falsch, exclude={"text"})


# In migrations


def trigger():
    """Return the names of the triggers on the table of statements."""
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
        return {name for (name,) in cursor.fetchall()}


def test_migrate_makes_the_triggers():
    enden = ("neu", "anders", "mit") if connection.vendor == "sqlite" else ("pruefen", "mitziehen")
    assert trigger() == {f"unterpunkt_bei_seiner_aeusserung_{ende}" for ende in enden}


def test_two_rules_are_equal_when_they_say_the_same():
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
def test_a_later_migration_of_the_table_keeps_the_rule():
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
def test_a_migration_takes_the_rule_away_and_brings_it_back():
    vorher = trigger()
    weg = migrations.RemoveConstraint("aeusserung", "unterpunkt_bei_seiner_aeusserung")
    anwenden(weg)
    try:
        assert not trigger()
    finally:
        anwenden(weg, vorwaerts=False)
    assert trigger() == vorher
