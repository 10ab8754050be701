"""Words: what each may look like, what it shows of itself."""

import json
import re

import pytest

from cuelight.options import ByteSize, Conversion, Duration, InvalidConfiguration, Secret, SecretUrl, convert


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("PT3H", 10800),
        ("P1DT12H", 129600),
        ("PT0.5S", 0.5),
        ("P2W", 1209600),
        ("3h", 10800),
        ("90s", 90),
        ("1.5 hours", 5400),
        ("1 day", 86400),
        ("250ms", 0.25),
        ({"hours": 3}, 10800),
        ({"minutes": 1, "seconds": 30}, 90),
        ("0s", 0),
    ],
)
def test_a_duration_reads_every_form_of_backstage(written, seconds):
    assert convert(written, Duration) == seconds


@pytest.mark.parametrize(
    "written",
    ["", "3", "P", "PT", "3 fortnights", "-3h", "3h 5m", {}, {"hours": -1}, {"hour": 1}, 90, True, "900000000w"],
)
def test_a_duration_refuses_what_has_no_plain_meaning(written):
    with pytest.raises(InvalidConfiguration, match="expected a duration"):
        convert(written, Duration, "catalog.processingInterval")


@pytest.mark.parametrize(("seconds", "text"), [(10800, "3h"), (90, "90s"), (86400, "1d"), (0.25, "0.25s"), (0, "0s")])
def test_a_duration_is_written_so_that_it_reads_back(seconds, text):
    assert str(Duration(seconds)) == text
    assert convert(text, Duration) == seconds


def test_false_stands_for_never_where_a_duration_may_be_missing():
    assert Conversion().value(False, Duration | None, "") is None  # noqa: FBT003 - a raw value, not a flag


@pytest.mark.parametrize(
    ("written", "size"),
    [("25MB", 25 * 1024**2), ("512 KiB", 512 * 1024), ("1g", 1024**3), ("100", 100), (100, 100), ("7B", 7)],
)
def test_a_size_counts_in_steps_of_1024(written, size):
    assert convert(written, ByteSize) == size


@pytest.mark.parametrize("written", ["25 apples", "-1", "1.5MB", "", True, None])
def test_a_size_refuses_other_text(written):
    with pytest.raises(InvalidConfiguration, match="expected a size"):
        convert(written, ByteSize)


def test_a_size_is_written_so_that_it_reads_back():
    assert convert(str(ByteSize(25 * 1024**2)), ByteSize) == 25 * 1024**2


def test_a_secret_never_shows_itself():
    secret = Secret("hunter2")
    shown = f"{secret} {secret!r} {secret!s} {json.dumps([secret], default=str)} {[secret]}"
    assert "hunter2" not in shown
    assert secret.reveal() == "hunter2"


def test_equal_secrets_are_equal():
    assert Secret("a") == Secret("a") != Secret("b")


@pytest.mark.parametrize(
    ("written", "why"), [("", "is empty"), (12345, "put it in quotes"), (None, "put it in quotes")]
)
def test_a_secret_is_text(written, why):
    with pytest.raises(InvalidConfiguration, match=re.escape(why)):
        convert(written, Secret)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:hunter2@db:5432/cuelight", "postgresql://me:***@db:5432/cuelight"),
        ("postgresql://me@db/cuelight", "postgresql://me@db/cuelight"),
        ("postgresql://me:p@ss@db/cuelight", "postgresql://me:***@db/cuelight"),
        ("sqlite:///cuelight.db", "sqlite:///cuelight.db"),
    ],
)
def test_a_url_shows_everything_but_its_password(url, shown):
    assert str(SecretUrl(url)) == shown
    assert SecretUrl(url).reveal() == url
