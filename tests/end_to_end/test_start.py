"""How a command begins: what a server says of its configuration."""

from pathlib import Path

import pytest

from tests.end_to_end.commands import served
from tests.end_to_end.world import LOG

pytestmark = pytest.mark.slow

DEAF = """
backend:
  listen: {{port: 0}}
  database: {{url: "sqlite:///{folder}/cuelight.db"}}
integrations:
  github: [{{host: "localhost:9", apiBaseUrl: "http://localhost:9"}}]
catalog:
  providers:
    github: {{organization: acme, host: "localhost:9"}}
"""
"""A provider, of a host that nobody plays, and no secret for its webhooks."""


async def test_a_server_whose_webhooks_would_be_refused_says_so_as_it_starts(tmp_path: Path):
    config = tmp_path / "app-config.yaml"
    config.write_text(DEAF.format(folder=tmp_path))
    async with served(tmp_path, config):
        said = (tmp_path / LOG).read_text()
    assert "warning: every delivery to /webhooks/github will be refused" in said
