"""An integration that exists only here, and a way to load text."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from cuelight.options import Duration, InvalidConfiguration, Secret, Section
from cuelight.scm import Integration, Module, Sections
from cuelight.settings import Settings, load


class HostSection(Section, frozen=True):
    host: str
    token: Secret | None = None


class ScheduleSection(Section, frozen=True):
    frequency: Duration = Duration(3 * 3600)


class ProviderSection(Section, frozen=True):
    passed_over = frozenset({"pageSizes"})

    organization: str
    schedule: ScheduleSection = ScheduleSection()


class EventsSection(Section, frozen=True):
    webhook_secret: Secret | None = None


def _build(sections: Sections, fetch: object, clock: object) -> Integration:
    raise NotImplementedError


MODULE = Module(
    name="codeHost",
    host_kind="codehost",
    host_section=HostSection,
    provider_section=ProviderSection,
    events_section=EventsSection,
    flat_keys=frozenset({"organization"}),
    build=_build,
)

Loader = Callable[..., Settings]


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loader:
    """Loads texts as the files a.yaml, b.yaml, … of an empty working directory."""
    monkeypatch.chdir(tmp_path)

    def loaded(*texts: str, environ: Mapping[str, str] | None = None, **options: object) -> Settings:
        files = [Path(f"{chr(ord('a') + number)}.yaml") for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, encoding="utf-8")
        return load([MODULE], files=files, environ=environ or {}, options=options)

    return loaded


@pytest.fixture
def findings(loaded: Loader) -> Callable[..., Sequence[str]]:
    """What is wrong with texts, as lines."""

    def findings(*texts: str, environ: Mapping[str, str] | None = None) -> Sequence[str]:
        with pytest.raises(InvalidConfiguration) as caught:
            loaded(*texts, environ=environ)
        return [str(finding) for finding in caught.value.findings]

    return findings
