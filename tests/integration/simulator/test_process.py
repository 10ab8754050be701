"""The simulator as a server, in this loop and in a process of its own."""

import httpx2
import pytest

from cuelight.errors import ConfigurationError
from cuelight.simulator import Settings, Simulator, running, spawned

pytestmark = pytest.mark.slow


async def test_a_process_announces_its_address_and_serves_the_benchmarks_organisation(tmp_path):
    arguments = ["--root", str(tmp_path), "--repositories", "3", "--owner", "acme", "--web-base", "https://github.com"]
    async with spawned(arguments) as address, httpx2.AsyncClient(base_url=address, trust_env=False) as client:
        listed = (await client.get("/orgs/acme/repos?sort=full_name")).json()
    assert [one["html_url"] for one in listed] == [f"https://github.com/acme/repo-{number:05}" for number in (1, 2, 3)]


async def test_off_loopback_without_a_token_it_does_not_start(tmp_path):
    simulator = Simulator(Settings(root=tmp_path))
    with pytest.raises(ConfigurationError, match="give it a token"):
        async with running(simulator, host="192.0.2.1"):
            pass
    simulator.close()


async def test_a_port_that_is_taken_is_a_configuration_error(simulator, address, tmp_path):
    other = Simulator(Settings(root=tmp_path / "other"))
    with pytest.raises(ConfigurationError, match="choose another port"):
        async with running(other, port=int(address.rpartition(":")[2])):
            pass
    other.close()
