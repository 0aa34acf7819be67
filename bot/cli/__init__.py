"""`sudi`: the program's verbs on the command line, a module for each group of them.

Everything heavy is imported where it is used: the help must not wait for platforms' libraries. The sentences that
people read are looked up in the catalogues; what click itself says is English.
"""

from bot.cli.ending import start
from bot.cli.program import main

__all__ = ["main", "start"]
