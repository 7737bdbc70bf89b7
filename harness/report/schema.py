"""The JSON schemas of `verdict.json` and `authz-map.json`, made from the very values that are written."""

import json
from pathlib import Path
from typing import Any

import msgspec

from harness.report import authorization_map
from harness.report.authorization_map import AuthorizationMap
from harness.report.document import SCHEMA, Document

FILE = Path(__file__).with_name("verdict.schema.json")
"""The published copy of the verdict's; a test keeps it equal to `text()`."""

MAP_FILE = Path(__file__).with_name("authz-map.schema.json")
"""The published copy of the map's; a test keeps it equal to `map_text()`."""


def schema() -> dict[str, Any]:
    """
    Describe `verdict.json` in JSON Schema 2020-12.

    What a later version adds is no error to a reader of this one, so that further members are allowed everywhere.
    """
    return _described(Document, SCHEMA, "The verdict of a realtime run")


def map_schema() -> dict[str, Any]:
    """Describe `authz-map.json` likewise."""
    return _described(AuthorizationMap, authorization_map.SCHEMA, "Who may join and publish what, as a run observed it")


def text() -> str:
    """Write the schema of the verdict as the file that is published."""
    return _written(schema())


def map_text() -> str:
    """Write the schema of the map as the file that is published."""
    return _written(map_schema())


def _described(kind: type[msgspec.Struct], name: str, title: str) -> dict[str, Any]:
    described = msgspec.json.schema(kind)
    whole = described["$defs"][kind.__name__]
    whole["properties"]["schema"] = {"const": name}
    whole["required"] = sorted({"schema", *whole["required"]})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": name, "title": title, **described}


def _written(described: dict[str, Any]) -> str:
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"
