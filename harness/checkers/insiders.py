"""
Who is in a conversation for sure: whom the endpoint owes a grant.

The other side of `Rosters`, which gives everybody the benefit of the doubt so that nobody is called an outsider
wrongly. Here an addition counts from its answer on, a removal from its question, and of whomever somebody tried to
remove, without anybody knowing how that ended, nothing is sure any more; a deletion removes everybody.
"""

from dataclasses import dataclass, field

from harness.history.events import Event, HttpAnswered, HttpAsked, MembershipAnswered, MembershipAsked


@dataclass
class Insiders:
    """The people who are in every conversation by now, as the history is read on with `take`."""

    _since: dict[str, dict[str, int]] = field(default_factory=dict)
    """By channel and person: the number of the event since which they are in it."""
    _leaving: dict[str, str] = field(default_factory=dict)
    """Who is being removed, or may have been, by act."""
    _asked: dict[str, int] = field(default_factory=dict)
    """The number of every question, by act."""
    _channels: dict[str, str] = field(default_factory=dict)
    """The channel of each conversation."""
    _deleting: dict[str, str] = field(default_factory=dict)
    """Which channel's conversation is being deleted, or may have been, by act."""

    def take(self, event: Event) -> None:
        """Read one event."""
        match event:
            case HttpAsked(purpose="authorize"):
                self._asked[event.act] = event.n
            case MembershipAsked(change="removed"):
                self._leaving[event.act] = event.person
                for people in self._since.values():
                    people.pop(event.person, None)
            case MembershipAsked(change="deleted"):
                channel = self._channels.get(event.conversation, "")
                self._deleting[event.act] = channel
                self._since.pop(channel, None)
            case MembershipAnswered(outcome="ok" | "refused"):
                self._leaving.pop(event.act, None)
                self._deleting.pop(event.act, None)
                self._channels[event.conversation] = event.channel
                if event.channel in self._deleting.values():
                    return
                before, leaving = self._since.get(event.channel, {}), set(self._leaving.values())
                self._since[event.channel] = {
                    name: before.get(name, event.n) for name in event.participants if name not in leaving
                }
            case _:
                pass

    def holds(self, answer: HttpAnswered) -> bool:
        """Tell whether whoever asked for an authorization was in the conversation from the question to the answer."""
        since = self._since.get(answer.channel, {}).get(answer.who)
        return since is not None and since < self._asked.get(answer.act, 0)
