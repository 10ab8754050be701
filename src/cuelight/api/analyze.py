"""Backstage's `analyze-location`: the descriptor that a repository without one might begin with.

As in a Backstage without an analyzer for the code host: the answer comes from the address alone, and nobody is asked.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from cuelight.api.context import Context
from cuelight.asgi import Access, Call, Query, post
from cuelight.errors import InputError
from cuelight.model.weburl import is_url

_WELL_KNOWN: Final[Mapping[str, str]] = {host: host for host in ("github.com", "gitlab.com", "dev.azure.com")}
_PREFIXES: Final[Mapping[str, str]] = {
    "github": "github.com",
    "gitlab": "gitlab.com",
    "azureDevOps": "dev.azure.com",
}
"""What Backstage calls the slug of a repository, by kind of code host; it has no word for Bitbucket's."""


class LocationToAnalyze(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the repository is."""

    type: str
    target: str


class AnalyzeBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A repository's address. The name of the file is for analyzers that look into it; Backstage spells it both ways."""

    location: LocationToAnalyze
    catalog_filename: str | msgspec.UnsetType = msgspec.UNSET
    catalog_file_name: str | msgspec.UnsetType = msgspec.UNSET


class Generated(msgspec.Struct, frozen=True):
    """An entity to begin with, and what is to be filled in: nothing is guessed so far."""

    entity: Mapping[str, Any]
    fields: Sequence[Any] = ()


class Analysis(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The descriptors that are there already, and those to begin with."""

    existing_entity_files: Sequence[Any] = ()
    generate_entities: Sequence[Generated]


@post("/analyze-location", Query, AnalyzeBody, access=Access.READ)
async def analyze_location(context: Context, call: Call[Query, AnalyzeBody]) -> Analysis:
    """Suggest a descriptor for the repository at an address."""
    target = call.body.location.target
    if not is_url(target):
        raise InputError("The given location.target is not a URL")
    parts = urlsplit(target)
    host = parts.netloc.rpartition("@")[2].lower()
    prefix = _PREFIXES.get(context.registry.kind(host) or "") or _WELL_KNOWN.get(host)
    return Analysis(generate_entities=[Generated(_component(parts, prefix))])


ENDPOINTS = (analyze_location,)


def _component(parts: SplitResult, prefix: str | None) -> Mapping[str, Any]:
    owner, name = _repository(parts, nested=prefix == "gitlab.com")
    metadata: dict[str, Any] = {"name": name}
    if prefix is not None:
        metadata["annotations"] = {f"{prefix}/project-slug": f"{owner}/{name}"}
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": metadata,
        "spec": {"type": "other", "lifecycle": "unknown"},
    }


def _repository(parts: SplitResult, *, nested: bool) -> tuple[str, str]:
    """The owner and the name of the repository at an address; an owner may be *nested*, as GitLab's groups are."""
    path = unquote(parts.path).partition("/-/")[0]
    segments = [segment for segment in path.split("/") if segment]
    if "_git" in segments:  # Azure DevOps: organisation, project, _git, repository
        at = segments.index("_git")
        return "/".join(segments[at - 1 : at]), "/".join(segments[at + 1 : at + 2])
    if not nested and "/-/" not in parts.path:
        segments = segments[:2]
    *owner, name = segments or [""]
    return "/".join(owner), name.removesuffix(".git")
