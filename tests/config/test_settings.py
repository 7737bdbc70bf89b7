"""A setting comes from the nearest place that asks for it."""

from pathlib import Path

import pytest

from harness.config.settings import OPTIONS, Settings, load, target_declaration
from harness.errors import UsageError


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the surrounding run reaches a test."""
    for name in OPTIONS:
        monkeypatch.delenv(f"REALTIME_{name.upper()}", raising=False)


def settings(root: Path, file: str = "", ini: dict[str, str] | None = None, **options: str) -> Settings:
    """Load the settings of a project whose realtime.toml, if any, holds `file`."""
    if file:
        (root / "realtime.toml").write_text(file)
    return load(options, ini or {}, root, root)


def test_nothing_asked_is_the_embedded_smoke_run(tmp_path: Path) -> None:
    """The defaults prove the main job at the desk."""
    assert settings(tmp_path) == Settings(
        target="embedded",
        tier="smoke",
        report=tmp_path / "reports",
        seed=1,
        patience=1.0,
        require=(),
        inconclusive="warn",
        endurance=300,
        reuse=0,
        doctor=True,
        file=None,
    )


def test_the_nearest_place_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Option, then environment, then ini, then the file, then the default."""
    ini = {"seed": "3", "patience": "", "tier": ""}
    file = "seed = 4\npatience = 2\n"
    assert settings(tmp_path, file, ini).patience == 2.0
    assert settings(tmp_path, file, ini).seed == 3
    monkeypatch.setenv("REALTIME_SEED", "5")
    monkeypatch.setenv("REALTIME_PATIENCE", "")
    assert settings(tmp_path, file, ini).seed == 5
    assert settings(tmp_path, file, ini).patience == 2.0
    assert settings(tmp_path, file, ini, seed="6").seed == 6


def test_a_file_may_ask_for_every_setting(tmp_path: Path) -> None:
    """What can be an option can be written down."""
    file = """
    default_target = "staging"
    tier = "release"
    report = "out"
    require = ["presence", "secret"]
    inconclusive = "warn"
    [targets.staging]
    """
    asked = settings(tmp_path, file)
    assert (asked.target, asked.tier, asked.report) == ("staging", "release", tmp_path / "out")
    assert (asked.require, asked.inconclusive) == (("presence", "secret"), "warn")
    assert asked.file == tmp_path / "realtime.toml"


@pytest.mark.parametrize(
    ("tier", "outcome"), [("smoke", "warn"), ("pr", "warn"), ("release", "fail"), ("nightly", "fail")]
)
def test_gates_fail_on_what_desks_warn_about(tmp_path: Path, tier: str, outcome: str) -> None:
    """An undecided run stops a release and not a developer."""
    assert settings(tmp_path, tier=tier).inconclusive == outcome


def test_required_capabilities_may_be_separated_by_commas_or_spaces(tmp_path: Path) -> None:
    """Both spellings are what people type."""
    assert settings(tmp_path, require="presence, secret write").require == ("presence", "secret", "write")


def test_an_absolute_report_folder_stays_where_it_is(tmp_path: Path) -> None:
    """Only a relative one is the project's."""
    assert settings(tmp_path, report="/somewhere/else").report == Path("/somewhere/else")


def test_a_file_can_be_named(tmp_path: Path) -> None:
    """`--realtime-config` replaces the search and is relative to the root."""
    (tmp_path / "ci.toml").write_text("seed = 9\n")
    asked = settings(tmp_path, "seed = 4\n", config="ci.toml")
    assert (asked.seed, asked.file) == (9, tmp_path / "ci.toml")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"target": "stagin"}, "--realtime-target is 'stagin'; allowed are embedded, containers"),
        ({"tier": "quick"}, "--realtime-tier is 'quick'; allowed are smoke, pr, release, nightly"),
        ({"reuse": "10"}, "--realtime-reuse '10' is no duration; write it as"),
        ({"endurance": "0"}, "--realtime-endurance is '0'; seconds are allowed, more than none"),
        ({"doctor": "yes"}, "--realtime-doctor is 'yes'; allowed are on, off"),
        ({"inconclusive": "pass"}, "--realtime-inconclusive is 'pass'; allowed are fail, warn"),
        ({"seed": "-1"}, "--realtime-seed is '-1'; a whole number from 0 on is allowed"),
        ({"seed": "one"}, "--realtime-seed is 'one'"),
        ({"patience": "0"}, "--realtime-patience is '0'; a factor above zero is allowed"),
        ({"patience": "long"}, "--realtime-patience is 'long'"),
        ({"patience": "nan"}, "--realtime-patience is 'nan'"),
        ({"require": "presence,speed"}, "--realtime-require names: 'speed' is no capability; known are secret"),
        ({"report": ""}, "--realtime-report is ''; a path is allowed"),
        ({"config": "none.toml"}, "none.toml cannot be read: No such file or directory"),
    ],
)
def test_a_wrong_option_is_one_sentence(tmp_path: Path, options: dict[str, str], complaint: str) -> None:
    """Who asked, what for, what is allowed."""
    with pytest.raises(UsageError) as refused:
        settings(tmp_path, **options)
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("file", "complaint"),
    [
        ("sed = 1", "realtime.toml: sed is no key that is known here; allowed are default_target, env_file, targets"),
        ("seed = true", "realtime.toml: seed is True; a whole number"),
        ("patience = true", "realtime.toml: patience is True; a factor"),
        ('default_target = "x"', "realtime.toml: default_target is 'x'; allowed are embedded, containers"),
        ("report = 1", "realtime.toml: report is 1; a path is allowed"),
    ],
)
def test_a_wrong_line_of_the_file_is_one_sentence(tmp_path: Path, file: str, complaint: str) -> None:
    """The key is named as it stands in the file."""
    with pytest.raises(UsageError) as refused:
        settings(tmp_path, file)
    assert complaint in str(refused.value)


def test_other_places_are_named_as_people_know_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable by its name, an ini line by its key."""
    with pytest.raises(UsageError, match="realtime_tier in the ini file is 'x'"):
        settings(tmp_path, ini={"tier": "x"})
    monkeypatch.setenv("REALTIME_TIER", "y")
    with pytest.raises(UsageError, match="REALTIME_TIER is 'y'"):
        settings(tmp_path)


def test_a_named_project_file_must_have_the_table(tmp_path: Path) -> None:
    """Naming a file that declares nothing is a mistake."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(UsageError, match=r"has no \[tool.realtime\]"):
        settings(tmp_path, config="pyproject.toml")


def test_the_target_of_a_run_is_declared_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables are those of the environment at that moment."""
    monkeypatch.setenv("KEY_OF_STAGING", "abc")
    file = (
        '[targets.s]\ntopology="remote"\nbackend={url="http://x"}\nbroadcaster={url="ws://x",key="${KEY_OF_STAGING}"}'
    )
    assert target_declaration(settings(tmp_path, file, target="s")).broadcaster.key == "abc"


def test_without_a_file_the_target_is_built_in(tmp_path: Path) -> None:
    """Nothing needs to be declared for the default."""
    assert target_declaration(settings(tmp_path / "nowhere")).topology == "embedded"


def test_variables_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `env_file` holds is behind the environment, which wins."""
    declared = 'env_file = ".env"\ndefault_target = "own"\n[targets.own]\ntopology = "containers"\n'
    (tmp_path / ".env").write_text("KEY='from the file'\nOTHER=file\n")
    monkeypatch.setenv("OTHER", "environment")
    services = '[targets.own.services.hub]\nimage = "a"\nport = 1\nenvironment = { A = "${KEY}", B = "${OTHER}" }\n'
    roles = '[targets.own.backend]\nservice = "hub"\n[targets.own.broadcaster]\nservice = "hub"\nkey = "k"\n'

    target = target_declaration(settings(tmp_path, declared + roles + services))

    assert target.services["hub"].environment == {"A": "from the file", "B": "environment"}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("1", "env_file is 1; write the path of a file"),
        ('"missing"', "env_file is 'missing', which cannot be read: No such file"),
        ('"binary"', "env_file is 'binary', which cannot be read: 'utf-8'"),
    ],
)
def test_a_file_of_variables_that_cannot_be_read_is_one_sentence(tmp_path: Path, value: str, sentence: str) -> None:
    """The key is named, and no value of the file."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe")

    with pytest.raises(UsageError, match=sentence.replace("(", r"\(")):
        target_declaration(settings(tmp_path, f"env_file = {value}\n"))
