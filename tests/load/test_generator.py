"""A load on a real stack: nothing is missing where nothing is wrong, and what is wrong is counted exactly."""

import asyncio
from collections.abc import Iterator

import msgspec
import pytest

from harness.checkers.verdict import Verdict
from harness.config import TargetDeclaration, load, target_declaration
from harness.errors import EnvironmentFault
from harness.load.generator import Generator, Run, Tick
from harness.load.ground import Ground, opened
from harness.load.judging import judged
from harness.load.population import populate
from harness.load.profile import Profile
from harness.topology.embedded import EmbeddedStack, Trial


class Loaded:
    """A stack, and loads on it."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.told: list[str | Tick] = []

    def become(self, defect: str = "", *, server: str = "backend") -> None:
        """Have this defect, and no other."""
        assert isinstance(self.ground.deployment, EmbeddedStack)
        self.ground.deployment.become({server: [defect]} if defect else {})

    @property
    def target(self) -> TargetDeclaration:
        """What is loaded."""
        return self.ground.deployment.target

    def run(
        self,
        *,
        users: int = 20,
        conversations: int = 2,
        rate: float = 30,
        seconds: float = 1,
        target: TargetDeclaration | None = None,
        password: str = "",
    ) -> Run:
        """Let so many users talk; the `password` of the first of them is another one than the backend's."""
        people, outsiders = self.ground.people, self.ground.outsiders
        people = [msgspec.structs.replace(people[0], password=password or people[0].password), *people[1:]]
        population = populate(people, outsiders, users=users, conversations=conversations)
        profile = Profile(rate=rate, seconds=seconds, seed=3)
        self.told.clear()

        async def go() -> Run:
            return await Generator(target or self.target, population, profile, told=self.told.append).run()

        return asyncio.run(go())


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """Start one that may be given defects."""
    folder = tmp_path_factory.mktemp("load")
    declaration = target_declaration(load({}, {}, folder, folder))
    trial = Trial(is_switchable=True)
    with opened(declaration, users=100, conversations=2, seed=1, folder=folder, trial=trial) as ground:
        yield Loaded(ground)


@pytest.fixture
def loaded(stack: Loaded) -> Loaded:
    """Have a stack that is well."""
    stack.become()
    return stack


def verdicts(run: Run) -> dict[str, Verdict]:
    """Judge a run without a limit on latency, which a busy machine would break."""
    return {one.name: one.verdict for one in judged(run.course, run.totals, run.samples, {}, arrival=2)}


def broken(run: Run) -> set[str]:
    """Name what did not pass."""
    return {name for name, verdict in verdicts(run).items() if verdict is not Verdict.PASS}


def test_everything_that_is_owed_is_accounted_for(loaded: Loaded) -> None:
    """Thirty messages in two conversations of nine and ten, each to everybody but its sender's own socket."""
    run = loaded.run(seconds=1.1, rate=30 / 1.1)

    totals = run.totals
    assert not broken(run) - {"deadline"}
    assert (totals.messages, totals.taken, totals.lost) == (30, 30, 0)
    assert totals.owed == totals.delivered == totals.heard == len(run.samples)
    assert 30 * 8 <= totals.owed <= 30 * 9
    assert (run.course.listening, run.course.denied, run.people) == (19, 1, 19)
    assert totals.disagreements == ()
    first, tick, *_ = loaded.told
    assert first == "20 users are connected, 19 listen"
    assert isinstance(tick, Tick)
    assert (tick.second, tick.users, tick.lost) == (1, 20, 0)


def test_messages_are_meant_when_the_schedule_says(loaded: Loaded) -> None:
    """Latency counts from there, and the way to the first byte is in it and published as slip."""
    run = loaded.run(seconds=0.5)

    offsets = [round((meant - run.began) / 1e6) for meant in run.meant]
    assert offsets == [round(1000 * (number + 0.5) / 30) for number in range(15)]
    assert len(run.samples.stages["slip"]) == 15
    assert min(run.samples.stages["slip"]) > 0
    assert min(run.samples.latest) > min(run.samples.stages["slip"])
    assert run.samples.unstamped == 0


def test_listeners_who_are_never_reached_are_lost_deliveries(loaded: Loaded) -> None:
    """The broadcaster serves the first four of each message's recipients: all others are lost, and named."""
    loaded.become("DE-30", server="broadcaster")
    run = loaded.run(conversations=1, users=13, rate=20, seconds=0.5)

    assert (run.totals.taken, run.totals.owed) == (10, 110)
    assert (run.totals.delivered, run.totals.lost) == (40, 70)
    assert broken(run) == {"delivery"}
    assert len(run.missing) == 10
    assert "message 0, meant 0.025 s after the start, did not reach user " in run.missing[0]


def test_a_broadcast_that_is_done_again_is_a_duplicate_each(loaded: Loaded) -> None:
    """Every delivery comes twice, no more and no less."""
    loaded.become("DE-06")
    run = loaded.run(seconds=0.5)

    assert run.totals.duplicated == run.totals.delivered == run.totals.owed
    assert run.totals.heard == 2 * run.totals.owed
    assert broken(run) == {"duplication"}


def test_a_message_that_comes_back_is_an_echo(loaded: Loaded) -> None:
    """Each once, to the socket that sent it."""
    loaded.become("DE-12")
    run = loaded.run(seconds=0.5)

    assert run.totals.echoed == run.totals.taken == 15
    assert broken(run) == {"echo"}


def test_an_eavesdropper_who_is_let_in_hears_what_they_must_not(loaded: Loaded) -> None:
    """Two findings of security: that they are there, and each message that they heard."""
    loaded.become("AZ-01")
    run = loaded.run(conversations=1, users=10, seconds=0.5)

    assert (run.course.granted, run.course.denied) == (1, 0)
    assert run.totals.strangers == run.totals.taken == 15
    assert broken(run) == {"eavesdroppers", "isolation"}


def test_who_cannot_log_in_cannot_talk(loaded: Loaded) -> None:
    """Nothing is sent, and what the backend said is told."""
    with pytest.raises(EnvironmentFault, match="not all people of a conversation could log in: the login of user-"):
        loaded.run(password="forgotten")


def test_nobody_who_listens_is_no_load(loaded: Loaded) -> None:
    """The channel is called otherwise than the target's declaration says."""
    rules = tuple(
        msgspec.structs.replace(rule, pattern=rule.pattern.replace("chat.", "talk.")) for rule in loaded.target.channels
    )
    with pytest.raises(EnvironmentFault, match="nobody could listen: joining private-talk"):
        loaded.run(target=msgspec.structs.replace(loaded.target, channels=rules))


def test_a_load_can_be_ended_early(loaded: Loaded) -> None:
    """What was sent is judged, and the whole is not."""
    people, outsiders = loaded.ground.people, loaded.ground.outsiders
    population = populate(people, outsiders, users=10, conversations=1)

    async def go() -> Run:
        generator = Generator(loaded.target, population, Profile(rate=50, seconds=600), told=lambda _: end())
        end = generator.end
        return await generator.run()

    run = asyncio.run(go())

    assert run.course.ended_early
    assert run.totals.lost == 0
    assert verdicts(run)["duration"] is Verdict.INCONCLUSIVE
