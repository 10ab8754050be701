"""What a complete list says of private repositories that it lacks."""

import pytest

from cuelight.repair.listed import Listed
from cuelight.scm import Repository, Scope

OWNER, APP = Scope(owner="acme"), Scope(app="7")


def listed(scope: Scope, *repositories: tuple[str, str | None]) -> Listed:
    made = Listed(scope)
    for number, (name, visibility) in enumerate(repositories):
        made.hear(Repository(host="h", id=str(number), full_name=name, web_url="", visibility=visibility))
    return made


def test_a_repository_is_heard_once():
    repository = Repository(host="h", id="1", full_name="acme/a", web_url="")
    found = Listed(OWNER)
    assert (found.hear(repository), found.hear(repository), found.ids) == (True, False, {"1"})


@pytest.mark.parametrize(
    ("visibility", "others", "hidden"),
    [
        ("private", (("acme/b", "public"),), True),
        ("internal", (("acme/b", "public"),), True),
        ("private", (("acme/b", None),), True),
        ("private", (("acme/b", "internal"),), False),
        ("public", (("acme/b", "public"),), False),
        (None, (("acme/b", "public"),), True),
        (None, (("acme/b", None),), False),
        (None, (("acme/b", "private"),), False),
    ],
)
def test_what_may_be_private_is_hidden_where_a_list_has_nothing_private(visibility, others, hidden):
    assert listed(OWNER, *others).hides("acme/a", visibility) is hidden


def test_an_app_s_installations_hide_each_its_own():
    found = listed(APP, ("acme/b", "private"), ("zeta/c", "public"))
    assert (found.hides("Acme/a", "private"), found.hides("zeta/a", "private")) == (False, True)
