"""What is known about a project before files are written for it: read from its own files, or answered."""

from urllib.parse import urlsplit

import msgspec


class Remark(msgspec.Struct, frozen=True):
    """Something that was noticed on the way, and that a person should know before any test runs."""

    sentence: str


class Channel(msgspec.Struct, frozen=True):
    """
    A channel rule that was found: the whole `pattern` in our placeholders, and how the `source` spells it.

    `unknown` is a placeholder that nothing says the meaning of; such a rule is written as a comment.
    """

    pattern: str
    source: str = ""
    unknown: str = ""

    @property
    def audience(self) -> str:
        """Guess who may join, from what the pattern is decided by."""
        if "{conversation}" in self.pattern:
            return "participants"
        if "{user}" in self.pattern:
            return "self"
        return "company" if "{company}" in self.pattern else "signed-in"

    @property
    def name(self) -> str:
        """Name the rule after what it is about."""
        about = {"participants": "conversation", "self": "user", "company": "company"}
        kind = self.pattern.partition("-")[0]
        return about.get(self.audience, "everybody") + ("-presence" if kind == "presence" else "")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """
    A project as it was found; empty where nothing says so.

    `app_id`, `app_key` and `app_secret` are references to variables (`${REVERB_APP_KEY}`), never values; `env_file`
    is where the variables stand.
    """

    name: str = ""
    backend_url: str = ""
    broadcaster_url: str = ""
    api_url: str = ""
    dialect: str = "reverb"
    app_id: str = ""
    app_key: str = ""
    app_secret: str = ""
    login: str = ""
    authorize: str = ""
    event: str = ""
    publishes: str = ""
    channels: tuple[Channel, ...] = ()
    env_file: str = ""
    remarks: tuple[Remark, ...] = ()

    @property
    def is_local(self) -> bool:
        """Tell whether the backend runs on the machine that asks."""
        return urlsplit(self.backend_url).hostname in ("localhost", "127.0.0.1", "::1")

    @property
    def is_reachable(self) -> bool:
        """Tell whether enough is known to declare the project as a target."""
        return bool(self.backend_url and self.broadcaster_url and self.app_key)
