"""PNG and JPEG: whole, of a bearable number of pixels, and with nothing behind the picture."""

import io
import struct
from typing import Literal

from PIL import Image

from portal.documents.checks.refusal import FileRefused
from portal.documents.checks.signatures import refuse_second_format, wrong_type

MAX_PIXELS = 40_000_000
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG_MAGIC = b"\xff\xd8\xff"
JPEG_END = b"\xff\xd9"


def check_png(content: bytes) -> None:
    """Refuse what is not one whole PNG picture."""
    if not content.startswith(PNG_MAGIC) or content[12:16] != b"IHDR":
        raise wrong_type("PNG")
    _refuse_huge(*struct.unpack(">II", content[16:24].ljust(8, b"\0")))
    refuse_second_format(content)
    if not content.endswith(PNG_END):
        raise _damaged()
    _decode(content, "PNG")


def check_jpeg(content: bytes) -> None:
    """Refuse what is not one whole JPEG picture."""
    if not content.startswith(JPEG_MAGIC):
        raise wrong_type("JPEG")
    refuse_second_format(content)
    if JPEG_END not in content[-65536:]:
        raise _damaged()
    _decode(content, "JPEG")


def _decode(content: bytes, kind: Literal["PNG", "JPEG"]) -> None:
    try:
        with Image.open(io.BytesIO(content), formats=[kind]) as picture:
            _refuse_huge(*picture.size)
            picture.verify()
        with Image.open(io.BytesIO(content), formats=[kind]) as picture:
            # A JPEG is decoded at an eighth of its size: enough to know that it is whole.
            picture.draft(None, (max(1, picture.width // 8), max(1, picture.height // 8)))
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _huge() from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, MemoryError) as error:
        raise _damaged() from error


def _refuse_huge(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _huge()


def _huge() -> FileRefused:
    return FileRefused(
        "Cette image a plus de 40 millions de pixels : réduisez ses dimensions, puis déposez-la de nouveau.",
        "too_many_pixels",
    )


def _damaged() -> FileRefused:
    return FileRefused(
        "Cette image est incomplète ou abîmée : ouvrez-la sur votre ordinateur, enregistrez-la de nouveau "
        "et déposez la nouvelle version.",
        "damaged",
    )
