"""`python -m benchmarks [NAME…]`: measures, prints a table, and writes `benchmarks/results/latest.json`."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure
from benchmarks.measures import MEASURES, measured

RESULTS = Path(__file__).with_name("results") / "latest.json"


def figures(names: Iterable[str], console: Console) -> list[Figure]:
    """Measure one after the other, each in a process of its own, so that none inherits another's memory."""
    found: list[Figure] = []
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=fresh, max_tasks_per_child=1) as processes:
        for name in names:
            with console.status(f"{name} …"):
                found += processes.submit(measured, name).result()
    return found


def table(found: Iterable[Figure]) -> Table:
    """The figures as people read them."""
    shown = Table("figure", "value", "", "beside it", "ratio", "goal", "", header_style="bold")
    for column in (1, 3, 4, 5):
        shown.columns[column].justify = "right"
    for figure in found:
        mark = {True: "[green]✓", False: "[red]✗", None: ""}[figure.ok]
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        shown.add_row(
            figure.name, _said(figure.value), figure.unit, _said(figure.reference), ratio, figure.goal or "", mark
        )
    return shown


def _said(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 three digits are enough


def main(names: list[str]) -> int:
    """Measure what is named, or everything; 1 when a goal is missed, 2 for an unknown name."""
    console = Console()
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        console.print(f"No such measurement: {', '.join(unknown)}. There are {', '.join(MEASURES)}.")
        return 2
    found = figures(names or MEASURES, console)
    console.print(table(found))
    for figure in found:
        if figure.note:
            console.print(f"[dim]{figure.name}: {figure.note}[/dim]", highlight=False)
    if not names:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps([figure.to_json() for figure in found], ensure_ascii=False, indent=2) + "\n")
    return 0 if all(figure.ok is not False for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
