"""Layers are a test, not a drawing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PURE = {"markdown_it", "yaml", "frontmatter", "regex", "yarl", "digest"}
"""What `digest` may import beside the standard library: parsers, none of which touches a file or a socket."""

TOUCHES_THE_WORLD = {
    "asyncio",
    "http",
    "io",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "select",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
}


def test_imports_go_only_downwards(root: Path) -> None:
    """`bot` → `adapters`, `storage` → `digest`; platforms never see each other; `digest` sees nothing foreign."""
    linter = (
        "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
    )
    told = subprocess.run([sys.executable, "-c", linter], cwd=root, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_every_platform_is_in_the_independence_contract(root: Path, project: dict[str, Any]) -> None:
    """Every folder of `adapters/` is listed among the platforms that do not know each other."""
    contracts = project["tool"]["importlinter"]["contracts"]
    [listed] = [contract["modules"] for contract in contracts if contract["type"] == "independence"]
    folders = {entry.name for entry in (root / "adapters").iterdir() if entry.is_dir() and entry.name != "__pycache__"}
    assert set(listed) == {f"adapters.{folder}" for folder in folders}


def _modules(package: Path) -> list[Path]:
    return sorted(package.rglob("*.py"))


@pytest.mark.parametrize("module", _modules(Path(__file__).parents[2] / "digest"), ids=lambda module: module.stem)
def test_a_digest_is_pure(module: Path) -> None:
    """`digest` has no I/O, no clock and no await."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    imported = {name for node in ast.walk(tree) for name in _imported(node)}
    foreign = {name.split(".")[0] for name in imported} - PURE - sys.stdlib_module_names
    assert not foreign
    assert not imported & TOUCHES_THE_WORLD
    assert not any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(tree))
    assert not any(isinstance(node, ast.Call) and ast.unparse(node.func) == "open" for node in ast.walk(tree))


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []
