"""INSERTs of many rows: every row, in its order, in few steps."""

import sqlite3

import pytest

from cuelight.db.sqlite.inserts import MOST_VARIABLES, SIZES, Insert, insert_of

ONE = "INSERT INTO notes (id, text) VALUES (:id, :text)"


def rows(count: int) -> list[dict[str, int | str]]:
    return [{"text": f"note {number}", "id": number} for number in range(count)]


def insert(sql: str) -> Insert:
    found = insert_of(sql)
    assert found is not None
    return found


@pytest.mark.parametrize("count", [0, 1, 2, 16, 17, 63, 64, 65, 200])
def test_every_row_is_inserted_in_its_order(count: int):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE notes (id INTEGER, text TEXT)")
    for sql, values in insert(ONE).steps(rows(count)):
        connection.execute(sql, values)
    found = connection.execute("SELECT id, text FROM notes ORDER BY rowid").fetchall()
    connection.close()
    assert found == [(row["id"], row["text"]) for row in rows(count)]


def test_up_to_sixteen_rows_take_one_step():
    assert [len(list(insert(ONE).steps(rows(count)))) for count in range(1, 17)] == [1] * 16


def test_few_texts_stand_for_any_number_of_rows():
    texts = {sql for count in range(200) for sql, _ in insert(ONE).steps(rows(count))}
    assert len(texts) == len(SIZES)


def test_a_step_takes_no_more_variables_than_any_sqlite_does():
    names = [f"column{number}" for number in range(100)]
    wide = insert("INSERT INTO wide VALUES ({})".format(", ".join(f":{name}" for name in names)))
    steps = list(wide.steps([dict.fromkeys(names, 1)] * 20))
    assert max(len(values) for _, values in steps) <= MOST_VARIABLES


def test_what_follows_the_values_stays():
    (step,) = insert(f"{ONE} ON CONFLICT (id) DO NOTHING").steps(rows(2))
    assert step[0] == "INSERT INTO notes (id, text) VALUES (?, ?), (?, ?) ON CONFLICT (id) DO NOTHING"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE notes SET text = :text WHERE id = :id",
        "INSERT INTO notes (id, text) VALUES (:id, upper(:text))",
        "INSERT INTO notes (id, text) SELECT :id, :text",
        "INSERT INTO notes (id) VALUES (:id) ON CONFLICT (id) DO UPDATE SET text = :text",
    ],
)
def test_a_statement_with_values_of_its_own_is_left_alone(sql: str):
    assert insert_of(sql) is None
