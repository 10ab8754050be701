"""A blob's id tells whether bytes are its content."""

import hashlib

import pytest

from cuelight.scm import is_blob

DATA = b"kind: Component\n"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_bytes_with_the_hash_that_git_gives_them_are_the_blob(algorithm):
    assert is_blob(hashlib.new(algorithm, b"blob 16\0" + DATA).hexdigest(), DATA)


@pytest.mark.parametrize("blob", ["", "v7", "0" * 40, "0" * 64, hashlib.sha1(DATA, usedforsecurity=False).hexdigest()])
def test_an_id_that_git_would_not_give_them_says_no(blob):
    assert not is_blob(blob, DATA)
