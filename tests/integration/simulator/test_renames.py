"""What had another name is still found, as GitHub redirects to it."""

from cuelight.simulator import Changes, CodeHost, Edit


def rename(simulator, name: str, to: str) -> int:
    repository = simulator.host.repository(name)
    return int(simulator.host.amend(repository, Changes(name=to)).id)


async def test_a_renamed_repository_redirects_to_its_number(client, simulator):
    number = rename(simulator, "acme/booking", "rides")
    answer = await client.get("/repos/acme/booking")
    assert answer.status_code == 301
    assert answer.headers["location"] == f"http://host.example/repositories/{number}"
    assert answer.json() == {
        "message": "Moved Permanently",
        "url": f"http://host.example/repositories/{number}",
        "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
    }


async def test_what_is_below_it_redirects_alike_and_is_there(client, simulator):
    number = rename(simulator, "acme/booking", "rides")
    answer = await client.get("/repos/acme/booking/contents/docs/index.md?ref=main")
    assert answer.headers["location"] == f"http://host.example/repositories/{number}/contents/docs/index.md?ref=main"
    assert (await client.get(answer.headers["location"])).json()["path"] == "docs/index.md"


async def test_below_the_prefix_of_github_enterprise_server_it_stays_there(client, simulator):
    number = rename(simulator, "acme/booking", "rides")
    answer = await client.get("/api/v3/repos/acme/booking/branches/main")
    assert answer.headers["location"] == f"http://host.example/api/v3/repositories/{number}/branches/main"
    assert (await client.get(answer.headers["location"])).status_code == 200


async def test_a_transferred_repository_redirects_too(client, simulator):
    repository = simulator.host.repository("acme/booking")
    simulator.host.amend(repository, Changes(owner="beta"))
    answer = await client.get("/repos/acme/booking", follow_redirects=True)
    assert answer.json()["full_name"] == "beta/booking"


async def test_a_name_that_was_taken_again_does_not_redirect(client, simulator):
    rename(simulator, "acme/booking", "rides")
    new = simulator.host.create("acme/booking").metadata.id
    assert (await client.get("/repos/acme/booking")).json()["id"] == new


async def test_a_renamed_repository_that_was_deleted_is_not_found(client, simulator):
    rename(simulator, "acme/booking", "rides")
    simulator.host.delete(simulator.host.repository("acme/rides"))
    assert (await client.get("/repos/acme/booking")).status_code == 404


async def test_a_renamed_branch_redirects(client, simulator):
    repository = simulator.host.repository("acme/booking")
    simulator.host.rename_branch(repository, "main", "trunk", by=Edit(files={}).author)
    answer = await client.get("/repos/acme/booking/branches/main")
    assert answer.headers["location"] == "http://host.example/repos/acme/booking/branches/trunk"
    assert (await client.get("/repos/acme/booking")).json()["default_branch"] == "trunk"


def test_former_names_survive_a_restart(simulator, tmp_path):
    number = rename(simulator, "acme/booking", "rides")
    simulator.close()
    again = CodeHost(tmp_path / "host")
    found = again.renamed("acme/booking")
    again.close()
    assert found is not None
    assert found.metadata.id == number
