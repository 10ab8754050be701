"""Names within the paths of the API. Pure."""

from urllib.parse import quote


def segment(name: str) -> str:
    """*name* as one segment of a path, whatever is in it: no slash of it parts the path, no dots of it lead upwards."""
    encoded = quote(name, safe="")
    return encoded.replace(".", "%2E") if encoded in {".", ".."} else encoded
