"""What must change so that sources are what a commit holds."""

import pytest

from cuelight.repositories.plan import Choice, Held, Kind, Plan, declares, plan
from cuelight.scm import Globs, Tree

SELECTED = Globs(("catalog-info.yaml", "services/*/catalog-info.yaml"))


def held(path: str, blob: str | None, *, kind: Kind = "descriptor", state: str = "present") -> Held:
    return Held(path=path, kind=kind, state=state, blob=blob)


def difference(at: Tree, sources: list[Held], wanted: tuple[str, ...] = ()) -> Plan:
    return plan(at, Choice(selected=SELECTED, declared=False, wanted=wanted), sources)


ROOT = Tree(commit="c1", blobs={"catalog-info.yaml": "b1", "README.md": "b2"})


def test_a_first_look_reads_every_descriptor_and_nothing_else():
    found = difference(ROOT, [])
    assert (dict(found.read), found.after) == ({"catalog-info.yaml": "descriptor"}, ["catalog-info.yaml"])


def test_an_equal_blob_is_no_work():
    found = difference(ROOT, [held("catalog-info.yaml", "b1")])
    assert (found.touched, list(found.before)) == ([], found.after)


def test_a_changed_blob_is_read_and_its_location_stays():
    found = difference(ROOT, [held("catalog-info.yaml", "b0")])
    assert (list(found.read), list(found.before)) == (["catalog-info.yaml"], found.after)


def test_a_descriptor_that_the_commit_lacks_goes():
    found = difference(ROOT, [held("catalog-info.yaml", "b1"), held("services/a/catalog-info.yaml", "b3")])
    assert (found.gone, found.after) == (["services/a/catalog-info.yaml"], ["catalog-info.yaml"])


def test_a_descriptor_that_moved_goes_and_comes():
    moved = Tree(commit="c2", blobs={"services/a/catalog-info.yaml": "b1"})
    found = difference(moved, [held("catalog-info.yaml", "b1")])
    assert (found.after, list(found.before)) == (["services/a/catalog-info.yaml"], ["catalog-info.yaml"])


def test_a_wanted_file_that_the_commit_lacks_is_absent_and_stays_known_as_that():
    first = difference(ROOT, [held("catalog-info.yaml", "b1")], ("api.yaml",))
    again = difference(
        ROOT, [held("catalog-info.yaml", "b1"), held("api.yaml", None, kind="wanted", state="absent")], ("api.yaml",)
    )
    assert (first.absent, again.absent, again.gone) == (["api.yaml"], [], [])


def test_a_wanted_file_that_was_absent_and_appeared_is_read():
    found = difference(ROOT, [held("README.md", None, kind="wanted", state="absent")], ("README.md",))
    assert found.read["README.md"] == "wanted"


def test_a_wanted_glob_stands_for_every_file_like_it():
    at = Tree(commit="c1", blobs={"apis/a.yaml": "1", "apis/b.yaml": "2", "apis/deep/c.yaml": "3"})
    found = difference(at, [], ("apis/*.yaml",))
    assert dict(found.read) == {"apis/a.yaml": "wanted", "apis/b.yaml": "wanted"}


def test_a_file_that_nobody_names_any_more_goes():
    found = difference(ROOT, [held("catalog-info.yaml", "b1"), held("README.md", "b2", kind="wanted")])
    assert (found.gone, list(found.before)) == (["README.md"], found.after)


def test_a_descriptor_that_is_wanted_too_is_a_descriptor():
    found = difference(ROOT, [], ("catalog-info.yaml",))
    assert dict(found.read) == {"catalog-info.yaml": "descriptor"}


def test_a_descriptor_that_leaves_the_selection_but_is_wanted_only_changes_its_kind():
    at = Tree(commit="c2", blobs={"other.yaml": "b1"})
    found = difference(at, [held("other.yaml", "b1")], ("other.yaml",))
    assert (dict(found.kinds), found.after, dict(found.read)) == ({"other.yaml": "wanted"}, [], {})


def test_a_repository_of_locations_selects_nothing():
    found = plan(ROOT, Choice(selected=None, declared=False, wanted=("README.md",)), [])
    assert (dict(found.read), found.after) == ({"README.md": "wanted"}, [])


def test_parts_are_all_of_a_plan_and_what_comes_is_before_what_goes():
    at = Tree(commit="c2", blobs={f"services/{name}/catalog-info.yaml": name for name in "abc"})
    whole = difference(at, [held("catalog-info.yaml", "b1"), held("services/z/catalog-info.yaml", "b2")])
    first, second, third = whole.parts(2)
    assert (list(first.after), list(third.before)) == (
        ["services/a/catalog-info.yaml", "services/b/catalog-info.yaml"],
        ["services/z/catalog-info.yaml"],
    )
    assert {**first.read, **second.read, **third.read} == whole.read
    assert [*first.gone, *second.gone, *third.gone] == whole.gone


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (b"apiVersion: backstage.io/v1alpha1\nkind: Component\n", True),
        (b"# text\n\napiVersion: 'backstage.io/v1alpha1'\n", True),
        (b"a: 1\n---\napiVersion: scaffolder.backstage.io/v1beta3\n", True),
        (b'{"apiVersion": "backstage.io/v1alpha1"}', True),
        (b'{\n  "apiVersion": "backstage.io/v1alpha1"}', True),
        (b"\xef\xbb\xbfapiVersion: backstage.io/v1beta1\n", True),
        (b"apiVersion: apps/v1\n", False),
        (b"spec:\n  apiVersion: backstage.io/v1alpha1\n", False),
        (b"text: apiVersion: backstage.io/v1alpha1\n", False),
        (None, False),
    ],
)
def test_a_file_declares_itself_by_its_api_version(content: bytes | None, verdict: object):
    assert declares(content) is verdict


@pytest.mark.parametrize(
    ("selected", "wanted", "names"),
    [
        (("a.yaml",), ("b.yaml", "a.yaml"), ("a.yaml", "b.yaml")),
        (("a.yaml",), ("docs/*.yaml",), None),
        (("**/a.yaml",), (), None),
    ],
)
def test_a_choice_of_names_knows_every_file_that_it_may_take(
    selected: tuple[str, ...], wanted: tuple[str, ...], names: tuple[str, ...] | None
):
    assert Choice(selected=Globs(selected), declared=False, wanted=wanted).names == names
