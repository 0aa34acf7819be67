"""The page's own style, script and picture, under names that change with their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "static"
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file that every page may load."""

    path: str
    kind: str
    data: bytes


class Assets:
    """The files of `static/`, read once."""

    def __init__(self, assets: Mapping[str, Asset]) -> None:
        self._by_name = dict(assets)
        self._by_path = {asset.path: asset for asset in assets.values()}

    def path(self, name: str) -> str:
        """Where a file is served now."""
        return self._by_name[name].path

    def routes(self) -> list[web.RouteDef]:
        """Where they are served."""
        return [web.get("/static/{name}", self.serve), web.get("/favicon.ico", self.icon)]

    async def serve(self, request: web.Request) -> web.Response:
        """A file under the name of its content: it may be kept for ever."""
        asset = self._by_path.get(request.path)
        if asset is None:
            raise web.HTTPNotFound
        return _response(asset, FOREVER)

    async def icon(self, request: web.Request) -> web.Response:
        """The picture for whoever asks for it by its old name."""
        del request
        return _response(self._by_name["icon.svg"], "public, max-age=86400")


def _response(asset: Asset, caching: str) -> web.Response:
    headers = {"Content-Type": f"{asset.kind}; charset=utf-8", "Cache-Control": caching}
    return web.Response(body=asset.data, headers=headers)


def read_assets(folder: Path = FOLDER) -> Assets:
    """Read the files of a folder."""
    return Assets({file.name: _read(file) for file in sorted(folder.iterdir()) if file.suffix in KINDS})


def _read(file: Path) -> Asset:
    data = file.read_bytes()
    name = hashlib.sha256(data).hexdigest()[:12]
    return Asset(path=f"/static/{file.stem}.{name}{file.suffix}", kind=KINDS[file.suffix], data=data)
