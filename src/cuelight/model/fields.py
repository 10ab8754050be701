"""Formats of the fields that every entity has: names, labels, annotations, tags, links.

A rule is a function from a string to a bool, so that each is tested with two literals; `check_field_formats` applies
them in Backstage's order and words.
"""

import re
from typing import Any

from cuelight.model.violation import InvalidEntity, Violation
from cuelight.model.weburl import is_url

_MORE = (
    " To learn more about catalog file format, visit: https://github.com/backstage/backstage/blob/master"
    "/docs/architecture-decisions/adr002-default-catalog-file-format.md"
)
_NAME = "a string that is sequences of [a-zA-Z0-9] separated by any of [-_.], at most 63 characters in total"
_LABEL = "a string that is sequences of [a-z0-9] separated by [-], at most 63 characters in total"
_TAG = "a string that is sequences of [a-z0-9+#] separated by [-], at most 63 characters in total"
_KIND = "a string that is a sequence of [a-zA-Z][a-z0-9A-Z], at most 63 characters in total"
_KEY = "a valid prefix and/or suffix"
_URL = "a string that is a valid url"
_NON_EMPTY = "a non empty string"

_NAME_PATTERN = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_DNS_LABEL_PATTERN = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_PREFIX_PATTERN = rf"(?:(?=[^/]{{1,253}}/){_DNS_LABEL_PATTERN}(?:\.{_DNS_LABEL_PATTERN})*/)?"

_name = re.compile(_NAME_PATTERN).fullmatch
_dns_label = re.compile(_DNS_LABEL_PATTERN).fullmatch
_key = re.compile(_PREFIX_PATTERN + _NAME_PATTERN).fullmatch
_version = re.compile(_PREFIX_PATTERN + "[a-z0-9A-Z]{1,63}").fullmatch
_kind = re.compile(r"[a-zA-Z][a-z0-9A-Z]{0,62}").fullmatch
_tag = re.compile(r"(?=.{1,63}\Z)[a-z0-9:+#]+(?:-[a-z0-9:+#]+)*").fullmatch


def is_name(value: str) -> bool:
    """Letters and digits, with `-`, `_` and `.` between them; at most 63 characters."""
    return _name(value) is not None


def is_namespace(value: str) -> bool:
    """A DNS label: lower-case letters and digits, with `-` between them; at most 63 characters."""
    return _dns_label(value) is not None


def is_kind(value: str) -> bool:
    """A letter, then letters and digits; at most 63 characters."""
    return _kind(value) is not None


def is_api_version(value: str) -> bool:
    """`version` or `prefix/version`, the prefix a DNS subdomain."""
    return _version(value) is not None


def is_key(value: str) -> bool:
    """A label's or annotation's key: `name` or `prefix/name`, the prefix a DNS subdomain."""
    return _key(value) is not None


def is_label_value(value: str) -> bool:
    """Empty, or like a name."""
    return not value or _name(value) is not None


def is_tag(value: str) -> bool:
    """Lower-case letters, digits, `:`, `+` and `#`, with single `-` between them; at most 63 characters."""
    return _tag(value) is not None


def check_field_formats(entity: dict[str, Any]) -> None:
    """Raise `InvalidEntity` (rule `field-format`) for the first field of a wrong format.

    The entity has passed the schema: every value here is a string where it should be one.
    """
    metadata = entity["metadata"]
    if not is_api_version(entity["apiVersion"]):
        raise _wrong("apiVersion", entity["apiVersion"], ("apiVersion",), _KEY)
    if not is_kind(entity["kind"]):
        raise _wrong("kind", entity["kind"], ("kind",), _KIND)
    _check_names(metadata)
    _check_keys(metadata)
    for index, tag in enumerate(metadata.get("tags", ())):
        if not is_tag(tag):
            raise _wrong(f"tags.{index}", tag, ("metadata", "tags", index), _TAG)
    for index, link in enumerate(metadata.get("links", ())):
        _check_link(link, index)


def _check_names(metadata: dict[str, Any]) -> None:
    if not is_name(metadata["name"]):
        raise _wrong("metadata.name", metadata["name"], ("metadata", "name"), _NAME)
    namespace = metadata.get("namespace")
    if namespace is not None and not is_namespace(namespace):
        raise _wrong("metadata.namespace", namespace, ("metadata", "namespace"), _LABEL)


def _check_keys(metadata: dict[str, Any]) -> None:
    for key, value in metadata.get("labels", {}).items():
        if not is_key(key):
            raise _wrong(f"labels.{key}", key, ("metadata", "labels", key), _KEY)
        if not is_label_value(value):
            raise _wrong(f"labels.{key}", value, ("metadata", "labels", key), _NAME)
    for key in metadata.get("annotations", ()):
        if not is_key(key):
            raise _wrong(f"annotations.{key}", key, ("metadata", "annotations", key), _KEY)


def _check_link(link: dict[str, Any], index: int) -> None:
    path = ("metadata", "links", index)
    if not is_url(link["url"]):
        raise _wrong(f"links.{index}.url", link["url"], (*path, "url"), _URL)
    for field in ("title", "icon"):
        if field in link and not link[field].strip():
            raise _wrong(f"links.{index}.{field}", link[field], (*path, field), _NON_EMPTY)


def _wrong(field: str, value: str, path: tuple[str | int, ...], expected: str) -> InvalidEntity:
    message = f'"{field}" is not valid; expected {expected} but found "{value}".{_MORE}'
    return InvalidEntity(Violation("field-format", path, message))
