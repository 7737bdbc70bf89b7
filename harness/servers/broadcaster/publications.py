"""What a call of the HTTP API asks to be published, checked field by field as Laravel's validator does it."""

from typing import Any

import msgspec

from harness.errors import HarnessError


class Publication(msgspec.Struct, frozen=True):
    """One event for some channels; `info` is the comma-separated list of what the caller wants to know of them."""

    name: str
    data: Any
    channels: tuple[str, ...]
    socket_id: str | None
    info: str | None


class InvalidPublication(HarnessError):
    """A field is missing or of a wrong type; `errors` maps each field to its sentences, as Laravel answers them."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("; ".join(sentence for sentences in errors.values() for sentence in sentences))
        self.errors = errors


def read_event(payload: dict[str, Any], *, any_data: bool = False) -> Publication:
    """Read the body of `POST /events`, its data being text unless they may be anything; raises `InvalidPublication`."""
    errors = _Errors(payload)
    errors.demand_text("name")
    errors.demand_data(is_any=any_data)
    if _is_empty(payload.get("channel")) and _is_empty(payload.get("channels")):
        errors.add("channels", "field is required when channel is not present.")
        errors.add("channel", "field is required when channels is not present.")
    channels = payload.get("channels")
    if not _is_empty(channels) and not isinstance(channels, list):
        errors.add("channels", "field must be an array.")
    for position, channel in enumerate(channels if isinstance(channels, list) else []):
        if not isinstance(channel, str):
            errors.add(f"channels.{position}", "field must be a string.")
    for field in ("channel", "socket_id", "info"):
        errors.allow_text(field)
    errors.raise_any()
    return _publication(payload, channels if channels is not None else [payload["channel"]])


def read_batch(payload: dict[str, Any], *, any_data: bool = False) -> list[Publication]:
    """Read the body of `POST /batch_events` likewise; raises `InvalidPublication`."""
    errors = _Errors(payload)
    batch = payload.get("batch")
    if _is_empty(batch):
        errors.add("batch", "field is required.")
    elif not isinstance(batch, list):
        errors.add("batch", "field must be an array.")
    errors.raise_any()
    items: list[dict[str, Any]] = [item if isinstance(item, dict) else {} for item in payload["batch"]]
    for position, item in enumerate(items):
        inner = _Errors(item, prefix=f"batch.{position}.")
        inner.demand_text("name")
        inner.demand_data(is_any=any_data)
        inner.demand_text("channel")
        for field in ("socket_id", "info"):
            inner.allow_text(field)
        errors.found |= inner.found
    errors.raise_any()
    return [_publication(item, [item["channel"]]) for item in items]


class _Errors:
    """Collects sentences about the fields of one object."""

    def __init__(self, payload: dict[str, Any], prefix: str = "") -> None:
        self.found: dict[str, list[str]] = {}
        self._payload = payload
        self._prefix = prefix

    def add(self, field: str, sentence: str) -> None:
        name = self._prefix + field
        self.found.setdefault(name, []).append(f"The {name.replace('_', ' ')} {sentence}")

    def demand_text(self, field: str) -> None:
        if _is_empty(self._payload.get(field)):
            self.add(field, "field is required.")
        else:
            self.allow_text(field)

    def demand_data(self, *, is_any: bool) -> None:
        if not is_any:
            self.demand_text("data")
        elif self._payload.get("data") in (None, "", False, 0):
            self.add("data", "field is required.")

    def allow_text(self, field: str) -> None:
        if field in self._payload and not isinstance(self._payload[field], str):
            self.add(field, "field must be a string.")

    def raise_any(self) -> None:
        if self.found:
            raise InvalidPublication(self.found)


def _publication(payload: dict[str, Any], channels: list[str]) -> Publication:
    return Publication(payload["name"], payload["data"], tuple(channels), payload.get("socket_id"), payload.get("info"))


def _is_empty(value: Any) -> bool:
    """Tell whether Laravel's rule `required` would miss it."""
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())
