"""Reads the words of a PDF, or draws a file's pages as pictures: the jobs of a process of its own (`alone.py`).

`read` answers one JSON object {pages, signatures, words: [text of each of the first pages]}; the two others the
number of pages (four bytes), then for each page drawn the length of its PNG (four bytes) and the PNG.
"""

import io
import json
import struct
import time
from typing import Any

import pypdfium2
import pypdfium2.raw
from PIL import Image, ImageOps

PAGES_READ = 3
WORDS_READ = 20_000
PAGES_DRAWN = 20
WIDTH, HEIGHT = 1100, 1600
COLOURS = 256


def read(content: bytes, _stop: float) -> bytes:
    """Return what a PDF says: its pages, how many signatures were laid on it, its first words."""
    pdf = pypdfium2.PdfDocument(content)
    words = []
    for number in range(min(len(pdf), PAGES_READ)):
        page = pdf[number].get_textpage()
        words.append(
            page.get_text_range(0, min(page.count_chars(), WORDS_READ)) if page.count_chars() else ""
        )
    return json.dumps({"pages": len(pdf), "signatures": _signatures(pdf), "words": words}).encode()


def _signatures(pdf: Any) -> int:
    """Count the signature fields that are filled: an empty one only waits for a signature."""
    found = 0
    for number in range(max(0, pypdfium2.raw.FPDF_GetSignatureCount(pdf))):
        signature = pypdfium2.raw.FPDF_GetSignatureObject(pdf, number)
        found += pypdfium2.raw.FPDFSignatureObj_GetByteRange(signature, None, 0) > 0
    return found


def draw_pdf(content: bytes, stop: float) -> bytes:
    """Return the first pages of a PDF, as many as the time allows; nothing in it is run."""
    pdf = pypdfium2.PdfDocument(content)
    pdf.init_forms()
    drawn = []
    for number in range(min(len(pdf), PAGES_DRAWN)):
        if time.monotonic() > stop:
            break
        page = pdf[number]
        width, height = page.get_size()
        scale = min(WIDTH / max(width, 1), HEIGHT / max(height, 1))
        drawn.append(_png(page.render(scale=scale).to_pil()))
    return _framed(len(pdf), drawn)


def draw_picture(content: bytes, _stop: float) -> bytes:
    """Return a photograph the right way up, without what the camera wrote in it."""
    with Image.open(io.BytesIO(content), formats=["PNG", "JPEG"]) as picture:
        picture.draft("RGB", (WIDTH, HEIGHT))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((WIDTH, HEIGHT))
        return _framed(1, [_png(upright)])


def _png(picture: Image.Image) -> bytes:
    """Return a PNG of at most 256 colours: a third of the weight, and a page reads as well."""
    if picture.has_transparency_data:
        solid = picture.convert("RGBA")
        paper = Image.new("RGBA", solid.size, "white")
        picture = Image.alpha_composite(paper, solid)
    output = io.BytesIO()
    picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.FASTOCTREE).save(output, "PNG")
    return output.getvalue()


def _framed(pages: int, drawn: list[bytes]) -> bytes:
    return struct.pack(">I", pages) + b"".join(struct.pack(">I", len(one)) + one for one in drawn)


JOBS = {"read": read, "pdf": draw_pdf, "picture": draw_picture}
