"""Puts words in place of what stands beside a code: the same words on a page, in a chat and on a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.causes import Say, in_words
from adapters.naming import numbered
from adapters.platform import Platform

_LOCAL = "local"
"""The account of a platform that has but one."""


def details_in_words(details: Mapping[str, object], say: Say) -> dict[str, object]:
    """The details of a code as its sentence takes them; raises KeyError for a slip of tomorrow, that has no words.

    A draft that was kept before it was noted how it says so was written as most are.
    """
    told = {"advice": say(f"slips.{details.get('slip', 'value')}"), **details}
    told["written"] = details.get("written") or "draft: true"
    if details.get("encoding") == "binary":
        told["encoding"] = say("words.binary")
    if "lane" in details:
        told["lane"] = lane_in_words(str(details["lane"]), say, called=str(details.get("called", "")))
    if "chat_name" in details:
        told["chat"] = numbered(str(details["chat_name"]), str(details.get("chat", "")))
    if "why" in details:
        told["why"] = in_words(str(details["why"]), say)
    return told


def lane_in_words(lane: str, say: Say, *, called: str = "") -> str:
    """A lane as people know it: its platform, and what its account is called, or else its number."""
    platform, _, account = lane.partition(":")
    if platform not in set(Platform):
        return lane
    name = say(f"words.platform_{platform}")
    return name if account == _LOCAL else f"{name} {called or account}"
