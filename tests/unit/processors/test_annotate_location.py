"""Where an entity is looked at and edited (section 5.7, case 95)."""

from cuelight.processors.annotate_location import annotations_of
from cuelight.scm import Customs, Place
from tests.unit.catalog.world import ROOT, World, component, location, yaml

FILE = "https://host/o/r/blob/main/sub/c.yaml"
PINNED = f"https://host/o/r/blob/{'a' * 40}/c.yaml"


class Host:
    """How a made-up host spells its addresses."""

    customs = Customs()

    def place(self, url: str) -> Place | None:
        raise NotImplementedError(url)

    def flaw(self, url: str) -> str | None:
        raise NotImplementedError(url)

    def blob(self, web_url: str, branch: str, path: str) -> str:
        raise NotImplementedError(web_url, branch, path)

    def resolve(self, url: str, base: str) -> str:
        raise NotImplementedError(url, base)

    def edit(self, url: str) -> str | None:
        return None if "a" * 40 in url else url.replace("/blob/", "/edit/")

    def source(self, url: str) -> str:
        return url.replace("/blob/", "/tree/").rsplit("/", 1)[0] + "/"


def test_a_file_on_a_known_host_can_be_viewed_edited_and_has_a_source():
    assert annotations_of(FILE, Host()) == {
        "backstage.io/view-url": FILE,
        "backstage.io/edit-url": "https://host/o/r/edit/main/sub/c.yaml",
        "backstage.io/source-location": "url:https://host/o/r/tree/main/sub/",
    }


def test_a_file_at_a_pinned_commit_cannot_be_edited():
    assert "backstage.io/edit-url" not in annotations_of(PINNED, Host())


def test_a_file_on_an_unknown_host_can_only_be_viewed():
    assert annotations_of(FILE, None) == {"backstage.io/view-url": FILE}


async def test_an_annotation_that_the_author_wrote_stays(catalog: World):
    own = component("pay")
    own["metadata"]["annotations"] = {"backstage.io/view-url": "https://own"}
    catalog.files.held[ROOT] = yaml(own)
    await catalog.give(location())
    annotations = (await catalog.finals())["component:default/pay"]["metadata"]["annotations"]
    assert annotations["backstage.io/view-url"] == "https://own"


async def test_an_entity_says_where_it_can_be_viewed(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"))
    await catalog.give(location())
    annotations = (await catalog.finals())["component:default/pay"]["metadata"]["annotations"]
    assert annotations["backstage.io/view-url"] == ROOT
