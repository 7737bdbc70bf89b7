"""A first test goes where pytest looks for tests."""

from pathlib import Path

import pytest

from harness.scaffold.collected import first_test


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, "tests/test_realtime.py"),
        ({"test/test_x.py": ""}, "test/test_realtime.py"),
        ({"tests/x": "", "test/x": ""}, "tests/test_realtime.py"),
        ({"pytest.ini": "[pytest]\ntestpaths = spec other\n"}, "spec/test_realtime.py"),
        ({"pytest.ini": "[pytest]\npython_files = check_*.py\n"}, "tests/check_realtime.py"),
        ({"pytest.ini": "[pytest]\npython_files = *_test.py test_*.py\n"}, "tests/test_realtime.py"),
        ({"tox.ini": "[pytest]\ntestpaths =\n    src/tests\n"}, "src/tests/test_realtime.py"),
        ({"setup.cfg": "[tool:pytest]\ntestpaths = t\n"}, "t/test_realtime.py"),
        ({"pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["a/b"]\n'}, "a/b/test_realtime.py"),
        ({"pyproject.toml": '[tool.pytest]\ntestpaths = ["c"]\n'}, "c/test_realtime.py"),
        ({"pytest.ini": "[pytest]\n", "tox.ini": "[pytest]\ntestpaths = t\n"}, "tests/test_realtime.py"),
        ({"pytest.ini": "[pytest]\ntestpaths = ../there /tmp/x one/test_a.py\n"}, "tests/test_realtime.py"),
        ({"pyproject.toml": "tool = ["}, "tests/test_realtime.py"),
        ({"pytest.ini": "no section"}, "tests/test_realtime.py"),
        ({"pyproject.toml": '[tool]\npytest = "x"\n'}, "tests/test_realtime.py"),
    ],
)
def test_it_is_found_there(files: dict[str, str], found: str, tmp_path: Path) -> None:
    """Folder and name follow the first file that sets pytest up; what cannot be read says nothing."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    assert first_test(tmp_path) == found
