"""Makes a PDF to be read from a file, a stamp over each of its pages: the jobs of a process of its own (`alone.py`).

The jobs take the length of the stamp (four bytes), the stamp (a PNG in grey: how much ink where), then the file; they
answer the PDF. What could run in the file was refused when it came in.
"""

import io
import struct
import time
from typing import Any

import pypdfium2
from PIL import Image, ImageOps

INK = (110, 110, 110)
A4 = (595, 842)


def copy_pdf(framed: bytes, stop: float) -> bytes:
    """Return a copy of a PDF, its text still text; raises TimeoutError where it can't be whole in time."""
    stamp, content = _parts(framed)
    pdf = pypdfium2.PdfDocument(content)
    form = _sheet(stamp).page_as_xobject(0, pdf)
    for number in range(len(pdf)):
        if time.monotonic() > stop:
            raise TimeoutError(f"{number} pages of {len(pdf)}")
        page = pdf[number]
        _laid(page, form)
        page.close()
    return _saved(pdf)


def copy_picture(framed: bytes, _stop: float) -> bytes:
    """Return a PDF of one page that shows a photograph, without what the camera wrote in it."""
    stamp, content = _parts(framed)
    with Image.open(io.BytesIO(content), formats=["PNG", "JPEG"]) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((2000, 2000))
    scale = min(A4[0] / upright.width, A4[1] / upright.height)
    size = upright.width * scale, upright.height * scale
    pdf = pypdfium2.PdfDocument.new()
    page = pdf.new_page(*size)
    _drawn(page, upright, size)
    page.gen_content()
    _laid(page, _sheet(stamp).page_as_xobject(0, pdf))
    return _saved(pdf)


def _parts(framed: bytes) -> tuple[Image.Image, bytes]:
    (length,) = struct.unpack_from(">I", framed)
    with Image.open(io.BytesIO(framed[4 : 4 + length]), formats=["PNG"]) as mask:
        stamp = Image.new("RGBA", mask.size, (*INK, 0))
        stamp.putalpha(mask.convert("L"))
    return stamp, framed[4 + length :]


def _sheet(stamp: Image.Image) -> Any:
    """Return a PDF whose only page, one point a side, is the stamp."""
    pdf = pypdfium2.PdfDocument.new()
    page = pdf.new_page(1, 1)
    _drawn(page, stamp, (1, 1))
    page.gen_content()
    return pdf


def _drawn(page: Any, picture: Image.Image, size: tuple[float, float]) -> None:
    image = pypdfium2.PdfImage.new(page.pdf)
    image.set_bitmap(pypdfium2.PdfBitmap.from_pil(picture))
    image.set_matrix(pypdfium2.PdfMatrix().scale(*size))
    page.insert_obj(image)


def _laid(page: Any, form: Any) -> None:
    """Draw the stamp over what a page shows, wherever its corner is."""
    left, bottom, right, top = page.get_cropbox()
    stamp = form.as_pageobject()
    stamp.set_matrix(pypdfium2.PdfMatrix().scale(right - left, top - bottom).translate(left, bottom))
    page.insert_obj(stamp)
    page.gen_content()


def _saved(pdf: Any) -> bytes:
    output = io.BytesIO()
    pdf.save(output)
    return output.getvalue()


JOBS = {"pdf": copy_pdf, "picture": copy_picture}
