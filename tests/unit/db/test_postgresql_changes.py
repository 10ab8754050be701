"""Many changes in one step of PostgreSQL."""

import pytest

from cuelight.db.postgresql.changes import change_of

UPDATE = "UPDATE t SET a=coalesce($1::TEXT, t.a), n=$2::BIGINT, state='x' WHERE t.id = $3::TEXT AND t.claim = $4::TEXT"


def test_an_update_takes_an_array_a_parameter():
    change = change_of(UPDATE)
    assert change is not None
    assert change.sql == (
        "UPDATE t SET a=coalesce(given.p1, t.a), n=given.p2, state='x' "
        "FROM unnest($1::TEXT[], $2::BIGINT[], $3::TEXT[], $4::TEXT[]) AS given(p1, p2, p3, p4) "
        "WHERE t.id = given.p3 AND t.claim = given.p4"
    )


def test_a_deletion_does_as_well():
    change = change_of("DELETE FROM t WHERE t.id = $1::TEXT AND t.gone IS NULL")
    assert change is not None
    assert change.sql == "DELETE FROM t USING unnest($1::TEXT[]) AS given(p1) WHERE t.id = given.p1 AND t.gone IS NULL"


def test_a_parameter_has_its_type_from_wherever_it_says_it():
    change = change_of("UPDATE t SET a=coalesce($1, t.a), b=$1::TEXT WHERE t.id = $2::TEXT")
    assert change is not None
    assert "unnest($1::TEXT[], $2::TEXT[])" in change.sql


def test_the_tenth_parameter_is_not_the_first():
    places = ", ".join(f"c{place}=${place}::TEXT" for place in range(1, 11))
    change = change_of(f"UPDATE t SET {places} WHERE t.id = $11::TEXT")
    assert change is not None
    assert "c10=given.p10 FROM" in change.sql


def test_no_two_changes_are_about_the_same_row():
    change = change_of(UPDATE)
    assert change is not None
    assert change.takes([["a", 1, "x", "c"], ["a", 1, "y", "c"]])
    assert not change.takes([["a", 1, "x", "c"], ["b", 1, "x", "c"]])


def test_a_row_is_not_told_by_what_is_changed():
    change = change_of("UPDATE t SET claim=NULL, a=$1::TEXT WHERE t.id = $2::TEXT AND t.claim = $3::TEXT")
    assert change is not None
    assert not change.takes([["a", "x", "c"], ["b", "x", "d"]])


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE t SET a=$1::TEXT",
        "UPDATE t SET a=$1 WHERE t.id = $2::TEXT",
        "UPDATE t SET a=$1::TEXT WHERE t.id > $2::TEXT",
        "UPDATE t SET id=$1::TEXT WHERE t.id = $2::TEXT",
        "UPDATE t SET a=$1::TEXT WHERE t.id = $2::TEXT OR t.b IS NULL",
        "UPDATE t SET a=$1::TEXT WHERE t.id = $2::TEXT RETURNING t.id",
        "DELETE FROM t WHERE t.id IN (SELECT u.id FROM u WHERE u.a = $1::TEXT)",
        "DELETE FROM t WHERE t.id = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST($1 AS jsonb))))",
        "SELECT t.a FROM t WHERE t.id = $1::TEXT",
    ],
)
def test_what_is_more_than_that_is_left_alone(sql: str):
    assert change_of(sql) is None
