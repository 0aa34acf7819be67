"""The address at which somebody lets an account into a server, with exactly the permissions that it needs."""

from __future__ import annotations

from typing import Final

from adapters.discord.rights import INVITED

_AUTHORIZE: Final = "https://discord.com/oauth2/authorize"


def invitation(application: str, rights: int = INVITED) -> str:
    """The address that offers to add an application's bot and its commands to a server.

    Source: https://docs.discord.com/developers/topics/oauth2#bot-authorization-flow
    """
    return f"{_AUTHORIZE}?client_id={application}&scope=bot+applications.commands&permissions={rights}"
