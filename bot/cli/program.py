"""`sudi` itself: the options before a verb, and the verbs."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bot.cli.changing import hold, push, release
from bot.cli.checking import check
from bot.cli.ledger import deliveries
from bot.cli.preview import preview
from bot.cli.running import doctor, run
from bot.cli.setup import LANGUAGES, PATHS, Setup, version
from bot.cli.sources import sources


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(f"sudi {version()}")
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--config", type=PATHS, metavar="FILE", help="Settings file instead of ./sudi.toml.")
@click.option("--language", "wish", type=click.Choice(LANGUAGES), help="Language of what is printed.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
@click.pass_context
def main(context: click.Context, config: Path | None, wish: str | None) -> None:
    """Sudi brings Markdown digests to the chats that subscribed, on Telegram, Discord and the web."""
    context.obj = Setup(config=config, wish=wish)
    if os.environ.get("NO_COLOR"):  # https://no-color.org
        context.color = False


for _verb in (run, check, preview, push, hold, release, deliveries, sources, doctor):
    main.add_command(_verb)
