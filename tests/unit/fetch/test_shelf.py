from cuelight.fetch.answer import Answer
from cuelight.fetch.shelf import OVERHEAD, Shelf

ROOM = 8 * (OVERHEAD + 100)


def answer(size: int = 100, status: int = 200, tag: str | None = "1") -> Answer:
    return Answer(request="GET x", status=status, headers={"etag": tag} if tag else {}, body=b"x" * size)


def test_what_was_not_needed_for_longest_goes_first():
    shelf = Shelf(ROOM)
    for key in range(8):
        shelf.keep(key, answer())
    shelf.find(0)

    shelf.keep("new", answer())

    assert [key for key in (*range(8), "new") if shelf.find(key)] == [0, 2, 3, 4, 5, 6, 7, "new"]


def test_an_answer_that_would_fill_the_shelf_is_not_kept():
    shelf = Shelf(ROOM)

    shelf.keep("large", answer(101))

    assert shelf.find("large") is None


def test_an_answer_without_a_tag_or_another_status_takes_the_place_of_what_was_kept():
    shelf = Shelf(ROOM)
    for key, later in (("untagged", answer(tag=None)), ("missing", answer(status=404))):
        shelf.keep(key, answer())
        shelf.keep(key, later)

    assert (shelf.find("untagged"), shelf.find("missing")) == (None, None)


def test_replacing_takes_no_more_room():
    shelf = Shelf(ROOM)
    shelf.keep("first", answer())
    for _ in range(100):
        shelf.keep("same", answer())

    assert shelf.find("first") is not None
