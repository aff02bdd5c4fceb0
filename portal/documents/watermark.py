"""Says on a page who reads it and when: over the pictures of pages as they are sent, and over reading copies."""

import io
import struct
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from portal.clock import PARIS
from portal.documents import limited
from portal.documents.drawing import COLOURS

COPYING = Path(__file__).with_name("copying.py")
# What the PDF engine asks for is there; elsewhere Pillow's own letters stand in.
FONT = "DejaVuSans.ttf"
INK = (110, 110, 110)
# How much of the ink covers the page: seen on white as on black, read through.
OPACITY = 80
SLANT = 30
# A page of the copy is stamped with a picture of this many pixels a side, drawn over the whole page.
SHEET = (840, 1188)
COPY_SECONDS, COPY_GRACE = 8.0, 4.0


def words(reader: str, *, at: datetime) -> str:
    """Return what a page says of its reader: the name and the minute, in Paris."""
    day = at.astimezone(PARIS)
    return f"Lu par {reader[:80]}, le {day:%d/%m/%Y} à {day:%H} h {day:%M}"


def stamped(page: bytes, said: str) -> bytes:
    """Return the picture of a page with the words across it, as a PNG."""
    with Image.open(io.BytesIO(page), formats=["PNG"]) as picture:
        sheet = picture.convert("RGB")
    sheet.paste(INK, mask=_mask(said, sheet.size))
    output = io.BytesIO()
    sheet.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        output, "PNG", compress_level=3
    )
    return output.getvalue()


def reading_copy(content: bytes, extension: str, said: str) -> bytes:
    """Return a PDF of a file, with the words across each page; the file itself is not altered.

    Made in a process of its own. Raises UnreadableError after 12 seconds at most, KeyError for another kind.
    """
    output = io.BytesIO()
    _mask(said, SHEET).save(output, "PNG")
    stamp = output.getvalue()
    framed = struct.pack(">I", len(stamp)) + stamp + content
    return limited.run(COPYING, limited.DRAWN_AS[extension], framed, seconds=COPY_SECONDS, grace=COPY_GRACE)


@lru_cache(maxsize=8)
def _mask(said: str, size: tuple[int, int]) -> Image.Image:
    """Return how much ink each pixel gets: the words on slanted lines, all over; the pages of a file share it."""
    font = _font(max(12, size[0] // 42))
    _left, _top, right, bottom = font.getbbox(said)
    gap = int(bottom) * 4
    line = Image.new("L", (int(right) + gap, int(bottom) + gap))
    ImageDraw.Draw(line).text((gap // 2, gap // 2), said, fill=OPACITY, font=font)
    slanted = line.rotate(SLANT, expand=True, resample=Image.Resampling.BICUBIC)
    mask = Image.new("L", size)
    for rank, top in enumerate(range(-slanted.height // 2, size[1], max(1, slanted.height // 2))):
        for left in range(-(rank % 2) * slanted.width // 2, size[0], slanted.width):
            mask.paste(OPACITY, (left, top), mask=_full(slanted))
    return mask


def _full(line: Image.Image) -> Image.Image:
    """Return where a line has letters, from none (0) to whole (255)."""
    return line.point([min(255, value * 255 // OPACITY) for value in range(256)])


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(FONT, size)
    except OSError:
        return ImageFont.load_default(size)
