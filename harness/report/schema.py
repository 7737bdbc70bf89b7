"""The JSON schema of `verdict.json`, made from the very values that are written."""

import json
from pathlib import Path
from typing import Any

import msgspec

from harness.report.document import SCHEMA, Document

FILE = Path(__file__).with_name("verdict.schema.json")
"""The published copy; a test keeps it equal to `text()`."""


def schema() -> dict[str, Any]:
    """
    Describe `verdict.json` in JSON Schema 2020-12.

    What a later version adds is no error to a reader of this one, so that further members are allowed everywhere.
    """
    described = msgspec.json.schema(Document)
    described["$defs"]["Document"]["properties"]["schema"] = {"const": SCHEMA}
    described["$defs"]["Document"]["required"] = sorted({"schema", *described["$defs"]["Document"]["required"]})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "title": "The verdict of a realtime run",
        **described,
    }


def text() -> str:
    """Write the schema as the file that is published."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
