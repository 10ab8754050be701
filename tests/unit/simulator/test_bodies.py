"""Request bodies under a limit."""

import gzip

import pytest

from cuelight.errors import InputError, TooLargeError
from cuelight.simulator.bodies import unzipped


def test_a_zipped_body_is_unpacked():
    assert unzipped(gzip.compress(b"x" * 1000), 1000) == b"x" * 1000


def test_a_body_that_unpacks_past_the_limit_is_too_large():
    with pytest.raises(TooLargeError):
        unzipped(gzip.compress(b"x" * 1_000_000), 1000)


@pytest.mark.parametrize("packed", [b"", b"plain", gzip.compress(b"whole", mtime=0)[:-5]])
def test_a_body_that_is_damaged_is_refused(packed):
    with pytest.raises(InputError):
        unzipped(packed, 1000)
