"""`python -m bot`, and the program `sudi`."""

from __future__ import annotations

import gc

from bot.cli import start


def main() -> None:
    """Run the command line; never returns.

    At the end everything is closed and told. Python would look once more through all that is left in memory, which
    takes a third of a second after `run`, and seconds on a machine that is busy.
    """
    try:
        start()
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
