"""What a file is for `$text`, `$json` and `$yaml`. Pure."""

from typing import Any

from cuelight.model import parse_json, parse_values
from cuelight.processors.placeholders.files import Misread, Page


def text_value(page: Page) -> str:
    """The text of *page*; what is no UTF-8 becomes U+FFFD."""
    return page.content.decode("utf-8", "replace")


def json_value(page: Page) -> Any:
    """The JSON value that *page* holds."""
    try:
        return parse_json(page.content)
    except ValueError as error:
        raise Misread(f"failed to parse JSON data at {page.value}, SyntaxError: {error}") from None


def yaml_value(page: Page) -> Any:
    """The value of the one document of *page*."""
    roots = parse_values(page.content)
    if len(roots) != 1:
        raise Misread(f"expected to find exactly one document of data at {page.value}, found {len(roots)}")
    if problem := roots[0].problem:
        at = f"at line {problem.line}, column {problem.column}"
        raise Misread(f"found an error in the data at {page.value}, YAMLParseError: {problem.message} {at}")
    return roots[0].value
