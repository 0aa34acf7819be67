"""Each platform on which the whole bot is shown in its bad days, and its town."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tests.acceptance import discord, telegram
from tests.acceptance.town import AnyTown

TOWNS: Final[Mapping[str, type[AnyTown[Any]]]] = {str(town.platform): town for town in (telegram.Town, discord.Town)}
