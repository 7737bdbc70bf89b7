"""The tree keeps its shape: tests mirror the source, modules and functions stay small, tests say what they show."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "harness").rglob("*.py"))
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.py"))
TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py") if "node_modules" not in path.parts)

ELSEWHERE = {
    "harness/__init__.py": "tests/test_public_names.py",
    "harness/config/__init__.py": "tests/config/test_settings.py",  # the names of its modules, nothing of its own
    "harness/proving/examination.py": "tests/commands/test_prove.py",  # in processes of its own
    "harness/proving/prover.py": "tests/commands/test_prove.py",
    **dict.fromkeys(
        (
            f"harness/faults/defects/reference/{name}.py"
            for name in ("authentication", "authorization", "delivery", "operation")
        ),
        "tests/faults/defects/test_catalogue.py",  # entries of the one catalogue
    ),
    "harness/faults/defects/unrealised.py": "tests/proving/test_plan.py",
    "harness/faults/defects/defect.py": "tests/faults/defects/test_catalogue.py",  # the shape of an entry
    "harness/faults/defects/behaviour.py": "tests/proving/test_defects.py",  # each that there is, is seen caught
    "harness/faults/defects/access.py": "tests/proving/test_defects.py",
    "harness/faults/defects/api.py": "tests/proving/test_defects.py",
    "harness/faults/defects/content.py": "tests/proving/test_defects.py",
    "harness/faults/defects/intercepted.py": "tests/proving/test_defects.py",
    "harness/faults/defects/presence.py": "tests/proving/test_defects.py",
    "harness/faults/defects/sockets.py": "tests/proving/test_defects.py",
    "harness/faults/defects/of_interceptor.py": "tests/faults/test_interception.py",
    "harness/faults/interceptor/conversation.py": "tests/faults/interceptor/test_front.py",  # what a front has two of
    "harness/faults/interceptor/meddling.py": "tests/faults/interceptor/test_link.py",  # what passes is what it says
    **dict.fromkeys(
        (f"harness/doctor/{name}_hops.py" for name in ("backend", "client", "message", "socket")),
        "tests/doctor/test_walk.py",  # each hop is seen broken, and not reached, in the table of failure modes
    ),
    **dict.fromkeys(
        (
            f"harness/doctor/causes_of_{name}.py"
            for name in ("backend", "broadcaster", "clients", "declarations", "messages")
        ),
        "tests/doctor/test_walk.py",  # each cause is seen named first, there or in test_story.py
    ),
    **dict.fromkeys(
        (f"harness/doctor/{name}.py" for name in ("cause", "causes", "hops")),
        "tests/doctor/test_ranking.py",  # tables, and the shape of their entries
    ),
    **dict.fromkeys(
        (f"harness/doctor/{name}.py" for name in ("observations", "walker")),
        "tests/doctor/test_walk.py",  # what the hops share
    ),
    "harness/fixtures.py": "tests/plugin/test_fixtures.py",  # pytest's own: shown in projects that ask for them
    "harness/history/events/__init__.py": "tests/history/test_events.py",  # the kinds are one union
    "harness/history/events/acts.py": "tests/history/test_events.py",
    "harness/history/events/course.py": "tests/history/test_events.py",
    "harness/history/events/event.py": "tests/history/test_events.py",
    "harness/history/events/sockets.py": "tests/history/test_events.py",
    **dict.fromkeys(
        (f"harness/load/{name}.py" for name in ("arriving", "asking", "ground", "user")),
        "tests/load/test_generator.py",  # a load is what they do together
    ),
    "harness/plugin/__init__.py": "tests/plugin/test_running.py",  # hooks: each hands over to a module beside it
    "harness/protocol/dialects/__init__.py": "tests/protocol/test_dialects.py",  # one table, a column a module
    "harness/protocol/dialects/dialect.py": "tests/protocol/test_dialects.py",
    "harness/protocol/dialects/pusher.py": "tests/protocol/test_dialects.py",
    "harness/protocol/dialects/reverb.py": "tests/protocol/test_dialects.py",
    "harness/protocol/dialects/soketi.py": "tests/protocol/test_dialects.py",
    "harness/protocol/dialects/weaknesses.py": "tests/protocol/test_dialects.py",
    "harness/report/html/__init__.py": "tests/report/html/test_render.py",  # the artefact, which is called so
    "harness/servers/backend/defects/__init__.py": "tests/proving/test_defects.py",  # each is seen caught
    "harness/servers/backend/defects/answering.py": "tests/proving/test_defects.py",
    "harness/servers/backend/defects/defect.py": "tests/proving/test_defects.py",
    "harness/servers/backend/defects/identity.py": "tests/proving/test_defects.py",
    "harness/servers/backend/defects/joining.py": "tests/proving/test_defects.py",
    "harness/servers/backend/defects/operating.py": "tests/proving/test_defects.py",
    "harness/servers/backend/defects/outages.py": "tests/proving/test_defects.py",
    "harness/servers/backend/defects/publishing.py": "tests/proving/test_defects.py",
    "harness/servers/backend/defects/queueing.py": "tests/proving/test_defects.py",
    "harness/servers/backend/defects/sending.py": "tests/proving/test_defects.py",
    "harness/servers/backend/defects/storing.py": "tests/proving/test_defects.py",
    "harness/protocol/dialects/http.py": "tests/protocol/test_dialects.py",  # a table, and tested as one
    "harness/servers/broadcaster/answers.py": "tests/servers/broadcaster/test_api.py",  # values that an API works with
    "harness/servers/broadcaster/posting.py": "tests/servers/broadcaster/test_webhooks.py",  # what they are sent with
    "harness/servers/broadcaster/wrong_answers.py": "tests/proving/test_defects.py",
    "harness/servers/broadcaster/wrong_hubs.py": "tests/proving/test_defects.py",
    "harness/servers/broadcaster/wrong_protocol.py": "tests/conformance/test_faults.py",  # each is seen found
    "harness/rig/exercises/__init__.py": "tests/rig/test_exercises.py",  # every rule in one table
    **dict.fromkeys(
        (
            f"harness/rig/exercises/{name}.py"
            for name in (
                "acting",
                "authorizing",
                "closing",
                "connecting",
                "liveness",
                "outages",
                "subscribing",
                "tolerating",
            )
        ),
        "tests/rig/test_exercises.py",
    ),
    "harness/rig/exercise.py": "tests/rig/test_exercises.py",  # what exercises are made of
    "harness/rig/keeper.py": "tests/rig/test_guest.py",  # the process beside the one that is tested there
    "harness/rig/manners.py": "tests/rig/test_server.py",  # what the server asks before it answers
    "harness/rig/socket.py": "tests/rig/test_server.py",  # a server has no other connections
    "harness/rig/stage.py": "tests/rig/test_runner.py",  # what whole runs act with
    "harness/servers/broadcaster/wrong_returns.py": "tests/proving/test_defects.py",
    "harness/strategies/__init__.py": "tests/strategies/test_names.py",  # the names of its modules
    "harness/topology/__init__.py": "tests/topology/test_deployment.py",  # chooses between its modules
    "harness/topology/service.py": "tests/topology/test_container.py",  # the shape of what it runs
    "harness/__main__.py": "tests/test_cli.py",  # calls the command
    **dict.fromkeys(
        (f"harness/users/{name}.py" for name in ("trust", "tunnels", "unreached")),
        "tests/remote/test_transport.py",  # what they do shows between real servers
    ),
    **dict.fromkeys(
        ("harness/users/belongings.py", "harness/topology/casting.py", "harness/topology/seeding.py"),
        "tests/remote/test_cast.py",  # what is made on a target, and deleted again
    ),
    **dict.fromkeys(
        ("harness/users/adapter.py", "harness/users/purposes.py"),
        "tests/remote/test_adapter.py",  # against a real backend
    ),
    "harness/users/registering.py": "tests/users/test_world.py",  # new people are a world's
}
"""Modules whose test has another name, and why."""

MODULE_LINES = 400
TEST_LINES = 600
"""A test file mirrors one module, which it may exceed by half."""
FUNCTION_LINES = 40
Function = ast.FunctionDef | ast.AsyncFunctionDef


def relative(path: Path) -> str:
    """Name a file from the root of the project."""
    return path.relative_to(ROOT).as_posix()


def has_code(path: Path) -> bool:
    """Tell whether a module holds more than its docstring."""
    body = ast.parse(path.read_text("utf-8")).body
    return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in body)


def mirror(path: Path) -> str:
    """Name the test file of a module."""
    folder = path.parent.relative_to(ROOT / "harness")
    return ELSEWHERE.get(relative(path)) or (Path("tests") / folder / f"test_{path.name}").as_posix()


def functions(path: Path) -> Iterator[Function]:
    """Find every function of a module, methods and inner ones too."""
    return (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, Function))


def body_lines(function: Function) -> int:
    """Count the lines of a body; long prose is not long code."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", [path for path in SOURCES if has_code(path)], ids=relative)
def test_a_module_has_a_test_file_of_its_own(path: Path) -> None:
    """harness/x/y.py is tested by tests/x/test_y.py, or by the file that is named here with a reason."""
    assert (ROOT / mirror(path)).is_file(), mirror(path)


def test_every_exception_is_needed() -> None:
    """A module that is gone, or has no code, needs none."""
    assert [name for name in ELSEWHERE if not (ROOT / name).is_file() or not has_code(ROOT / name)] == []


@pytest.mark.parametrize("path", [*SOURCES, *SCENARIOS, *TESTS], ids=relative)
def test_a_module_is_small(path: Path) -> None:
    """A module past four hundred lines has a second reason to change."""
    limit = TEST_LINES if path in TESTS else MODULE_LINES
    assert len(path.read_text("utf-8").splitlines()) <= limit


@pytest.mark.parametrize("path", [*SOURCES, *SCENARIOS, *TESTS], ids=relative)
def test_functions_are_small(path: Path) -> None:
    """A body takes forty lines at most."""
    assert {one.name: body_lines(one) for one in functions(path) if body_lines(one) > FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", [*SCENARIOS, *TESTS], ids=relative)
def test_every_test_says_what_it_shows(path: Path) -> None:
    """A test function has a docstring of one sentence: it ends with a full stop on its first line."""
    tests = [one for one in functions(path) if one.name.startswith("test_")]

    assert [one.name for one in tests if not (ast.get_docstring(one) or "").partition("\n")[0].endswith(".")] == []


def test_no_test_of_ours_is_selected_by_the_name_that_users_select() -> None:
    """`pytest -k realtime` runs scenarios: no folder, file, class or function here has that word in its name."""
    named = [path for path in (ROOT / "tests").rglob("*") if "node_modules" not in path.parts]
    names = [part for path in named for part in path.relative_to(ROOT).parts if path.suffix in {".py", ""}]
    for path in TESTS:
        tree = ast.parse(path.read_text("utf-8"))
        names += [node.name for node in ast.walk(tree) if isinstance(node, Function | ast.ClassDef)]

    assert [name for name in names if "realtime" in name.lower() and not name.startswith("_")] == []
