"""Whether a text is an absolute URL, as the WHATWG's URL standard has it and `new URL(text)` in JavaScript decides."""

import ipaddress
import re
from urllib.parse import unquote

_CONTROL_OR_SPACE = "".join(map(chr, range(0x21)))
_PASSED_OVER = re.compile(r"[\t\n\r]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(.*)", re.DOTALL)
_SPECIAL = frozenset({"http", "https", "ws", "wss", "ftp"})
_AUTHORITY = re.compile(r"(?:.*@)?(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]*))?", re.DOTALL)
_FORBIDDEN_IN_HOST = re.compile(r"[\x00\t\n\r #/:<>?@\[\\\]^|]")
_FORBIDDEN_IN_DOMAIN = re.compile(r"[\x00-\x20\"#%/:<>?@\[\\\]^`{|}\x7f]")
_WINDOWS_DRIVE = re.compile(r"[A-Za-z][:|]")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_HIGHEST_PORT = 65_535


def is_url(text: str) -> bool:
    """Whether *text* is an absolute URL: a scheme, and where the scheme asks for one, a host."""
    # https://url.spec.whatwg.org/#concept-basic-url-parser
    match = _SCHEME.fullmatch(_PASSED_OVER.sub("", text.strip(_CONTROL_OR_SPACE)))
    if match is None:
        return False
    scheme, rest = match[1].lower(), match[2]
    if scheme in _SPECIAL:
        return _is_authority(re.split(r"[/\\?#]", rest.lstrip("/\\"), maxsplit=1)[0])
    if scheme == "file":
        return _is_file(rest.replace("\\", "/"))
    return not rest.startswith("//") or _is_opaque(re.split(r"[/?#]", rest[2:], maxsplit=1)[0])


def _is_authority(text: str) -> bool:
    """`user:password@host:port`, of a scheme whose hosts are domains or addresses."""
    match = _AUTHORITY.fullmatch(text)
    return match is not None and bool(match[1]) and _is_port(match[2]) and _is_host(match[1])


def _is_opaque(text: str) -> bool:
    """The same of any other scheme, where a host may be empty and is taken as it is written."""
    match = _AUTHORITY.fullmatch(text)
    if match is None or not _is_port(match[2]):
        return False
    if not match[1]:
        return match[0] == ""  # neither a port nor a user without a host
    return _is_bracketed(match[1]) or not _FORBIDDEN_IN_HOST.search(match[1])


def _is_file(rest: str) -> bool:
    if not rest.startswith("//"):
        return True
    host = re.split(r"[/?#]", rest[2:], maxsplit=1)[0]
    return not host or _WINDOWS_DRIVE.fullmatch(host) is not None or _is_host(host)


def _is_host(text: str) -> bool:
    if text.startswith("["):
        return _is_bracketed(text)
    domain = unquote(text)
    if not domain or _FORBIDDEN_IN_DOMAIN.search(domain):
        return False
    domain = domain.removesuffix(".")
    last = domain.rpartition(".")[2]
    return not (last.isdecimal() or _NUMBER.fullmatch(last)) or _is_ipv4(domain)


def _is_bracketed(text: str) -> bool:
    """An IPv6 address in brackets, without a zone."""
    if not (text.startswith("[") and text.endswith("]")) or "%" in text:
        return False
    try:
        ipaddress.IPv6Address(text[1:-1])
    except ValueError:
        return False
    return True


def _is_ipv4(domain: str) -> bool:
    """Up to four numbers (decimal, octal, hexadecimal), the last of which fills what is left of the 32 bits."""
    parts = domain.split(".")
    if len(parts) > 4 or not all(map(_NUMBER.fullmatch, parts)):
        return False
    try:
        numbers = [_address_number(part) for part in parts]
    except ValueError:
        return False
    return all(number < 256 for number in numbers[:-1]) and numbers[-1] < 256 ** (5 - len(numbers))


def _address_number(part: str) -> int:
    if part[:2] in {"0x", "0X"}:
        return int(part[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") and len(part) > 1 else int(part)


def _is_port(digits: str | None) -> bool:
    return not digits or int(digits) <= _HIGHEST_PORT
