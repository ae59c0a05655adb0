"""The two faces: built files from memory, and the shell for every address inside a face."""

from __future__ import annotations

import gzip
import mimetypes
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.response import Redirect
from msgspec import Struct

from app.domain.errors import NotFound
from app.http import door

FACES = ("patient", "clinic")
_TYPES = {".webmanifest": "application/manifest+json", ".js": "text/javascript", ".svg": "image/svg+xml"}
_SMALL = 1400  # bytes: fits one packet, not worth compressing


class Built(Struct, frozen=True):
    """One built file."""

    body: bytes
    gzipped: bytes | None
    media_type: str
    cache: str


def load(dist: Path) -> dict[str, Built]:
    """Every built file by its address, for example `patient/assets/app-3f9a.js`. A few hundred kB."""
    return {
        path.relative_to(dist).as_posix(): _built(path)
        for face in FACES
        for path in sorted((dist / face).rglob("*"))
        if path.is_file()
    }


def _built(path: Path) -> Built:
    body = path.read_bytes()
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    hashed = path.parent.name == "assets"
    compressible = len(body) > _SMALL and not media_type.startswith("image/png")
    return Built(
        body,
        gzip.compress(body, 9) if compressible else None,
        media_type,
        "public, max-age=31536000, immutable" if hashed else "no-cache",
    )


@get("/", guards=[door.public], include_in_schema=False)
async def get_root() -> Redirect:
    """Most who come are patients."""
    return Redirect("/patient/", status_code=302)


@get(
    ["/patient", "/clinic", "/patient/{rest:path}", "/clinic/{rest:path}"],
    guards=[door.public],
    include_in_schema=False,
)
async def get_face(request: Request[Any, Any, Any]) -> Response[Any]:
    """A built file, or the face's shell for an address without a dot. The router takes a last slash away: look at what was asked."""
    asked = request.scope["raw_path"].decode("ascii", "replace").partition("?")[0]
    face, slash, name = asked.lstrip("/").partition("/")
    if not slash:
        return Redirect(f"/{face}/", status_code=302)
    if "." not in name.rpartition("/")[2]:
        name = "index.html"
    built = request.app.state.files.get(f"{face}/{name}")
    if built is None:
        raise NotFound
    headers = {"Cache-Control": built.cache, "Vary": "Accept-Encoding"}
    body = built.body
    if built.gzipped and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = built.gzipped, "gzip"
    return Response(body, media_type=built.media_type, headers=headers)


HANDLERS = [get_root, get_face]
