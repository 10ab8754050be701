import pytest


@pytest.fixture(autouse=True)
def on_postgresql(dialect: str) -> None:
    """Several processes need a server: the modules here name that dialect alone."""
