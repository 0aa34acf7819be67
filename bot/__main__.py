"""`python -m bot`, and the program `sudi`."""

from __future__ import annotations

from bot.cli import start


def main() -> None:
    """Run the command line; never returns."""
    start()


if __name__ == "__main__":
    main()
