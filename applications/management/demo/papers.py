"""Small real PDFs for the demo's documents: one page of text, no library needed."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile


def _escaped(line: str) -> bytes:
    text = line.replace("’", "'").replace("\u202f", " ").replace("\u00a0", " ").replace("€", "EUR")
    raw = text.encode("cp1252", "replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def pdf(title: str, lines: list[str]) -> bytes:
    """Return a one-page PDF with a title and lines of text."""
    content = b"BT /F2 18 Tf 60 770 Td (" + _escaped(title) + b") Tj /F1 11 Tf 0 -36 Td 16 TL "
    content += b" ".join(b"(" + _escaped(line) + b") Tj T*" for line in lines) + b" ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (fr-FR) >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    out, offsets = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def paper(name: str, title: str, *lines: str) -> SimpleUploadedFile:
    """Return the PDF as an uploaded file called `name`."""
    return SimpleUploadedFile(f"{name}.pdf", pdf(title, list(lines)), content_type="application/pdf")
