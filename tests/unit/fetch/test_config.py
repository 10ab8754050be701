import pytest

from cuelight.fetch import FetchSection
from cuelight.options import ByteSize, Duration, InvalidConfiguration, convert


def test_limits_are_read_with_their_units():
    section = convert({"timeout": "10s", "responseLimit": "1MB", "concurrency": 4}, FetchSection)

    assert section == FetchSection(timeout=Duration(10), response_limit=ByteSize(1024**2), concurrency=4)


@pytest.mark.parametrize("raw", [{"concurrency": 0}, {"timeout": "0s"}, {"connectTimeout": "0s"}, {"timeOut": "3s"}])
def test_limits_that_let_nothing_through_are_refused(raw):
    with pytest.raises(InvalidConfiguration):
        convert(raw, FetchSection)
