"""`python -m harness` is the command `realtime`."""

from harness.cli import main

if __name__ == "__main__":
    main(prog_name="realtime")
