"""Many rows in one step of PostgreSQL."""

from cuelight.db.postgresql.inserts import columns_of, insert_of

PLAIN = "INSERT INTO t (a, b) VALUES ($1::TEXT, $2::BIGINT)"
UPSERT = f"{PLAIN} ON CONFLICT (a) DO UPDATE SET b = excluded.b"


def test_an_insert_takes_an_array_a_column():
    insert = insert_of(PLAIN)
    assert insert is not None
    assert insert.sql == "INSERT INTO t (a, b) SELECT * FROM unnest($1::TEXT[], $2::BIGINT[])"


def test_what_computes_its_values_is_left_alone():
    assert insert_of("INSERT INTO t (a, b) VALUES ($1::TEXT, (SELECT max(b) FROM t))") is None


def test_no_row_changes_one_that_came_before_it():
    insert = insert_of(UPSERT)
    assert insert is not None
    assert insert.takes([["x", 1], ["y", 1]])
    assert not insert.takes([["x", 1], ["x", 2]])


def test_rows_are_turned_into_columns():
    assert columns_of([["x", 1], ["y", 2]]) == [["x", "y"], [1, 2]]


def test_an_insert_that_says_nothing_of_conflicts_can_be_a_copy():
    insert = insert_of('INSERT INTO t (a, "column") VALUES ($1::TEXT, $2::BIGINT)')
    assert insert is not None
    assert insert.target == ("t", ["a", "column"])


def test_what_follows_the_rows_is_never_left_out():
    insert = insert_of(UPSERT)
    assert insert is not None
    assert insert.target is None
