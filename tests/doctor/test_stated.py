"""What somebody states is read strictly, and never shown."""

from pathlib import Path

import pytest

from harness.doctor.stated import stated
from harness.errors import UsageError


def test_it_reads_what_laravel_and_echo_write(tmp_path: Path) -> None:
    """Quotes, comments, `export` and empty values of an `.env`, and Echo's own names of options."""
    environment = tmp_path / ".env"
    environment.write_text(
        "# comment\nAPP_KEY=base64:abcdefgh\nREVERB_APP_SECRET='s e c # ret'\nexport QUEUE_CONNECTION=redis # queue\n"
        'REVERB_HOST="chat.example.com"\nEMPTY=\nno assignment\n'
    )
    client = tmp_path / "echo.json"
    client.write_text('{"broadcaster": "reverb", "wsPort": 8080, "enabledTransports": ["ws"], "namespace": false}')

    told = stated(client=client, environment=environment, token="1|token")

    assert told.environment == {
        "APP_KEY": "base64:abcdefgh",
        "REVERB_APP_SECRET": "s e c # ret",
        "QUEUE_CONNECTION": "redis",
        "REVERB_HOST": "chat.example.com",
        "EMPTY": "",
    }
    assert told.client is not None
    assert (told.client.wsPort, told.client.namespace) == (8080, False)
    assert set(told.values) == {"1|token", "base64:abcdefgh", "s e c # ret"}
    assert "s e c" not in repr(told)


DEEP = '{"auth": {"headers": {"a": ' + "[" * 100_000 + "]" * 100_000 + "}}}"


@pytest.mark.parametrize("text", ["{}x", "[]", '{"wsHots": "a"}', '{"wsPort": "8080"}', DEEP])
def test_options_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    """The sentence names the file, what is wrong, and the options that are known."""
    client = tmp_path / "echo.json"
    client.write_text(text)

    with pytest.raises(UsageError, match=r"echo\.json holds no options of a client: .*known are page, broadcaster"):
        stated(client=client)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """One that is missing, and one that is no text."""
    (binary := tmp_path / "binary").write_bytes(b"\xff\xfe\x00")

    for path in (tmp_path / "missing", binary):
        with pytest.raises(UsageError, match=f"{path.name} cannot be read"):
            stated(log=path)
