"""Descriptors: from the text of a file to JSON values, or to a problem with line and column.

Reads YAML 1.2's core schema as Backstage's parser (npm `yaml` 2) does: a second equal key is an error, `<<` is a
plain key, an unknown tag is passed over, timestamps stay strings, numbers are doubles, empty documents are skipped.
A text is prepared (`stream`), libyaml turns it into events, and these are built into values (`builder`) under limits
(`problem`) that are checked before anything large exists. Everything returned can be written as JSON.
"""

from cuelight.model.yaml.builder import Root
from cuelight.model.yaml.documents import Document, parse_documents, parse_values
from cuelight.model.yaml.places import Places, locate
from cuelight.model.yaml.problem import DEFAULT_LIMITS, Limits, Position, Problem
from cuelight.model.yaml.writing import yaml_text

__all__ = [
    "DEFAULT_LIMITS",
    "Document",
    "Limits",
    "Places",
    "Position",
    "Problem",
    "Root",
    "locate",
    "parse_documents",
    "parse_values",
    "yaml_text",
]
