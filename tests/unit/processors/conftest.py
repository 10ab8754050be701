from tests.unit.catalog.conftest import catalog

__all__ = ["catalog"]
