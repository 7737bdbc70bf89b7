"""A script is a test that can be run."""

import ast

from harness.users.script import Script


def test_a_script_imports_what_its_lines_use() -> None:
    """A refusal that is expected, and the module that expects it."""
    script = Script("What was found.")
    script.say('eve = await world.user("eve")')
    script.say("await eve.join(room)", refused="AuthorizationDenied")

    text = script.text()

    assert text.startswith(
        '"""What was found."""\n\nimport pytest\n\nfrom harness import AuthorizationDenied\n\n\nasync def'
    )
    assert "        with pytest.raises(AuthorizationDenied):\n            await eve.join(room)\n" in text
    ast.parse(text)


def test_an_empty_script_is_a_test_all_the_same() -> None:
    """It imports nothing and does nothing."""
    text = Script("Nothing.", "test_nothing").text()

    ast.parse(text)
    assert "import" not in text
    assert "async def test_nothing(target):" in text
