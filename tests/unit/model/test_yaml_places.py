"""Where a field is in its descriptor."""

import pytest

from cuelight.model import Places, locate, parse_documents

TEXT = """\
# a comment
apiVersion: v1
metadata:
  name: x
  tags: [a, B]
  links:
    - url: u
    -   title: t
---
copy: &c
  inner: {k: v}
other: *c
1.50: number
"""


@pytest.mark.parametrize(
    ("document", "path", "place"),
    [
        (0, (), (2, 1)),
        (0, ("metadata",), (3, 1)),
        (0, ("metadata", "name"), (4, 3)),
        (0, ("metadata", "tags", 1), (5, 13)),
        (0, ("metadata", "links", 1), (8, 9)),
        (0, ("metadata", "links", 1, "title"), (8, 9)),
        (1, ("other", "inner", "k"), (11, 11)),
        (1, ("1.5",), (13, 1)),
    ],
)
def test_a_field_is_found_at_its_key(document, path, place):
    assert locate(TEXT, document, path) == place


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("spec",), (2, 1)),
        (("metadata", "namespace"), (3, 1)),
        (("metadata", "tags", 7), (5, 3)),
        (("metadata", "name", "deeper"), (4, 3)),
        (("metadata", "links", 0, "icon"), (7, 7)),
    ],
)
def test_a_missing_field_is_placed_at_its_nearest_parent(path, place):
    assert locate(TEXT, 0, path) == place


def test_a_field_is_found_below_lines_that_had_to_be_mended():
    assert locate("a: 1\n\t\nb: 2", 0, ("b",)) == (3, 1)


@pytest.mark.parametrize(("text", "document"), [("a: 1", 5), ("", 0), ("a: \x00", 0), ("[", 3)])
def test_what_is_not_there_is_placed_at_the_beginning(text, document):
    assert locate(text, document, ("a",)) == (1, 1)


@pytest.mark.parametrize("path", [[], ["kind"], ["metadata", "name"], ["spec", "gone"]])
def test_a_document_is_read_from_its_own_line_on_as_in_the_whole_file(path):
    text = (
        "# first\r\nkind: A\r\n---\n\n--- &x\nkind: B\nmetadata:\n  name: b\n--- {kind: C, metadata: {name: c}}\n...\n"
    )
    documents = parse_documents(text)
    expected = [locate(text, document.index, path) for document in documents]
    assert [Places(text, 0, line=document.line).of(path) for document in documents] == expected
