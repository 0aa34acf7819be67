"""Which files of a source are posts."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.looking import folder
from bot.looking.selection import EVERYTHING, Selection, glob


def taken(selection: Selection, *paths: str) -> list[str]:
    """Those of the paths that are posts."""
    return [path for path in paths if selection.takes(path, path.rpartition("/")[2])]


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("*.md", ["a.md", "x/y/a.md", "A.MD"], ["a.txt", "a.md/b"]),
        ("/*.md", ["a.md"], ["x/a.md"]),
        ("./a.md", ["a.md"], ["x/a.md"]),
        ("a?.md", ["ab.md", "x/a文.md"], ["a.md", "abc.md", "a/.md"]),
        ("weekly/*.md", ["weekly/a.md"], ["weekly/x/a.md", "x/weekly/a.md"]),
        ("weekly/**/*.md", ["weekly/a.md", "weekly/x/y/a.md"], ["daily/a.md"]),
        ("**/weekly/*", ["weekly/a.md", "x/y/weekly/a.md"], ["weekly/x/a.md"]),
        ("weekly/**", ["weekly/a.md", "weekly/x/a.md"], ["weekly", "weeklyx/a.md"]),
        ("drafts/", ["drafts/a.md", "x/drafts/y/a.md"], ["drafts.md"]),
        ("x/drafts/", ["x/drafts/a.md"], ["drafts/a.md", "y/x/drafts/a.md"]),
        ("[0-9]*.md", ["1a.md"], ["a1.md"]),
        ("[!_]*.md", ["a.md"], ["_a.md"]),
        ("a+(b)|c.md", ["a+(b)|c.md"], ["aab.md", "c.md"]),
        ("[^a].md", ["^.md", "a.md"], ["b.md"]),
        ("日报/**", ["日报/一.md"], ["周报/一.md"]),
        ("**", ["a", "x/y/a"], []),
    ],
)
def test_patterns(pattern: str, fits: list[str], fits_not: list[str]) -> None:
    """A pattern fits a name anywhere, or a path from the top if it has a slash; `**` goes through folders."""
    found = glob(pattern)
    assert [path for path in fits if not found.fits.fullmatch(path)] == []
    assert [path for path in fits_not if found.fits.fullmatch(path)] == []


@pytest.mark.parametrize("pattern", ["", "  ", "/", "a//b", "../a", "a/../b", "[z-a].md"])
def test_what_is_no_pattern(pattern: str) -> None:
    """A pattern that is empty, leads out of the source or makes no sense is refused."""
    with pytest.raises(ValueError, match=r".*"):
        glob(pattern)


def test_every_markdown_file_is_a_post_but_junk() -> None:
    """Without patterns every Markdown file is a post, except hidden ones, READMEs, backups and section pages."""
    assert taken(EVERYTHING, "a.md", "x/B.MARKDOWN", "#1 新闻.md") == ["a.md", "x/B.MARKDOWN", "#1 新闻.md"]
    junk = ("a.txt", "README.md", "x/readme.zh.md", ".a.md", "_index.md", "a.bak.md", "LICENSE.md", "~$a.md", "a.mdx")
    assert taken(EVERYTHING, *junk) == []


def test_include_and_exclude() -> None:
    """A post fits an include pattern and no exclude pattern; a pattern that names no ending fits Markdown only."""
    chosen = Selection(("weekly/**", "notes/*.txt"), ("*.private.md", "**/old/*"))
    paths = ("weekly/a.md", "weekly/a.png", "notes/n.txt", "notes/n.md", "weekly/x.private.md", "weekly/old/a.md")
    assert taken(chosen, *paths) == ["weekly/a.md", "notes/n.txt"]
    assert chosen.endings == ("md", "markdown", "txt")


def test_a_pattern_that_names_a_file_overrules_what_is_junk() -> None:
    """A README is a post where a pattern without wildcards names it, and only there."""
    chosen = Selection(("README.md", "*.md"))
    assert taken(chosen, "README.md", "a.md", "CHANGELOG.md") == ["README.md", "a.md"]


def test_folders_that_are_excluded_are_not_entered(tmp_path: Path) -> None:
    """Excluded folders, hidden ones and those of tools are not walked through; a drafts folder where drafts count."""
    for path in (
        "a.md",
        "drafts/b.md",
        "_drafts/c.md",
        ".git/d.md",
        "node_modules/e.md",
        "x/drafts/f.md",
        "y/old/g.md",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("text")
    assert sorted(folder.walk(tmp_path)) == ["a.md", "drafts/b.md", "x/drafts/f.md", "y/old/g.md"]
    chosen = Selection(exclude=("drafts", "y/"), drafts=True)
    assert sorted(folder.walk(tmp_path, chosen)) == ["_drafts/c.md", "a.md"]
    assert not chosen.enters("drafts", "drafts")


def test_a_link_that_leads_out_cannot_be_read_though_it_did_not_before(tmp_path: Path) -> None:
    """A file that becomes a link out of the folder after it was found is not read."""
    source, private = tmp_path / "posts", tmp_path / "private.md"
    source.mkdir()
    private.write_text("private")
    (source / "a.md").write_text("A")
    assert list(folder.walk(source)) == ["a.md"]
    (source / "a.md").unlink()
    (source / "a.md").symlink_to(private)
    assert folder.read(source, "a.md") is None
