"""Just enough of a PDF reader: the words that its pages draw, as far as they are plain letters."""

from __future__ import annotations

import base64
import re
import zlib


def drawn(page: bytes) -> str:
    """Everything that the page streams show. Our fonts keep plain letters at their own codes; others are left out."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", page, re.S):
        try:
            content = zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
        except (ValueError, zlib.error):
            continue  # a font
        found += re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", content)
    return "\n".join(re.sub(rb"\\\d{3}", b"", text).decode("ascii", "ignore") for text in found)


def pages(document: bytes) -> int:
    """How many there are."""
    return len(re.findall(rb"/Type /Page\b(?!s)", document))
