"""The command `realtime`; a command's module is imported when it is asked for."""

from importlib import import_module
from typing import Any, Final

import click

from harness.commands.exits import Exit, exit_of_error
from harness.errors import HarnessError

COMMANDS: Final = ("init", "run", "doctor", "prove", "report", "compare", "load", "conformance", "rig", "up")
"""Each is a click command of its own name in the module of that name below `harness.commands`."""


class _Commands(click.Group):
    """A group that knows its commands by name and answers an error of ours without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands in the order of the help text."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import the command called `cmd_name`; `None` when there is none."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"harness.commands.{cmd_name}"), cmd_name)
        return command if isinstance(command, click.Command) else None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it raises of `HarnessError`, and an interrupt, become a sentence and an exit code."""
        try:
            return super().invoke(ctx)
        except HarnessError as error:
            click.echo(f"realtime: {error}", err=True)
            ctx.exit(exit_of_error(error))
        except KeyboardInterrupt:  # click ends with 1 then, which would read as a broken product
            click.echo("realtime: interrupted, so nothing is concluded", err=True)
            ctx.exit(Exit.INCONCLUSIVE)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="realtime-harness")
def main() -> None:
    """
    Prove that everybody who should hear a message hears it in time, and that nobody else does.

    \b
    Exit codes: 0 pass, 1 failure, 2 usage, 3 environment, 4 inconclusive, 5 security failure.
    """  # noqa: D301 - click's mark for a paragraph that is not wrapped
