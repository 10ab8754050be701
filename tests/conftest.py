"""What every test may ask for."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Every driver that we use is asyncio's, so that is what the tests run on."""
    return "asyncio"
