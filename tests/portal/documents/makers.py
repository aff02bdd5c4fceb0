"""Makes files by code: sound ones of every kind, and the parts that bad ones are made of."""

import io
import zipfile
import zlib

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from portal.documents.checks.office import MAIN_PARTS

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BODIES = {
    "docx": f"<w:document {WORD}><w:body><w:p/></w:body></w:document>",
    "xlsx": "<workbook/>",
    "pptx": "<presentation/>",
}


def names(**entries):
    """Return a PDF dictionary from Python names and values."""
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in entries.items()})


def pdf(change=None, **options):
    """Return a PDF of one page, changed by a function of its writer."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if change:
        change(writer)
    for name, value in options.items():
        getattr(writer, name)(value)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def with_root(key, value):
    """Return a change that puts an entry in the PDF's catalogue."""
    return lambda writer: writer.root_object.update({NameObject(key): value})


def action(kind, **more):
    """Return a PDF action."""
    return names(S=NameObject(f"/{kind}"), **more)


def with_indirect_script(writer):
    """Hide a script behind references, its type included."""
    kind = writer._add_object(NameObject("/JavaScript"))
    hidden = writer._add_object(names(S=kind))
    writer.root_object[NameObject("/Names")] = writer._add_object(names(Kids=ArrayObject([hidden])))


def with_stream(data, **entries):
    """Return a change that adds a raw stream as the page's content."""

    def change(writer):
        stream = DecodedStreamObject()
        stream._data = data
        stream.update(names(**entries))
        writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)

    return change


def flate(data):
    """Return a change whose page content inflates to these bytes."""
    return with_stream(zlib.compress(data, 9), Filter=NameObject("/FlateDecode"))


def attached(name, content):
    """Return a change that attaches a file."""
    return lambda writer: writer.add_attachment(name, content)


def launch():
    """Return an action that starts a program."""
    return action("Launch", F=TextStringObject("calc.exe"))


def office(kind="docx", *, parts=None, drop=(), content_type=None):
    """Return an Office file with extra or replaced parts."""
    main, declared = MAIN_PARTS[kind]
    overrides = f'<Override PartName="/{main}" ContentType="{content_type or declared}"/>'
    members = {
        "[Content_Types].xml": (
            '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
        ),
        "_rels/.rels": relations(("officeDocument", main, "")),
        main: BODIES[kind],
    } | (parts or {})
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            if name not in drop:
                archive.writestr(name, content)
    return output.getvalue()


def relations(*links):
    """Return a relations part of (type, target, mode) links."""
    entries = "".join(
        f'<Relationship Id="r{number}" Type="{RELATION}/{kind}" Target="{target}"'
        + (f' TargetMode="{mode}"' if mode else "")
        + "/>"
        for number, (kind, target, mode) in enumerate(links)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{entries}</Relationships>'


def word(body):
    """Return a Word document with this body."""
    return office(parts={"word/document.xml": f"<w:document {WORD}><w:body>{body}</w:body></w:document>"})


def picture(kind="PNG", size=(20, 10)):
    """Return a picture."""
    output = io.BytesIO()
    Image.new("RGB", size, (10, 80, 140)).save(output, kind)
    return output.getvalue()


def huge_png():
    """Return a small PNG that claims a hundred thousand pixels a side."""
    header = (100_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")


SOUND = {
    "pdf": pdf(),
    "docx": office("docx"),
    "xlsx": office("xlsx"),
    "pptx": office("pptx"),
    "png": picture("PNG"),
    "jpg": picture("JPEG"),
}


def written(*lines, pages=None, signed=False):
    """Return a PDF whose pages say these lines; `signed`: with a filled signature field, as signing tools leave."""
    writer = PdfWriter()
    for said in pages or [lines]:
        page = writer.add_blank_page(595, 842)
        font = names(
            Type=NameObject("/Font"), Subtype=NameObject("/Type1"), BaseFont=NameObject("/Helvetica")
        )
        font[NameObject("/Encoding")] = NameObject("/WinAnsiEncoding")
        page[NameObject("/Resources")] = names(Font=names(F1=writer._add_object(font)))
        content = DecodedStreamObject()
        text = ") Tj T* (".join(line.replace("(", r"\(").replace(")", r"\)") for line in said)
        content.set_data(f"BT /F1 12 Tf 14 TL 50 780 Td ({text}) Tj ET".encode("cp1252"))
        page[NameObject("/Contents")] = writer._add_object(content)
    if signed:
        _sign(writer, filled=signed != "field")
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def _sign(writer, *, filled):
    """Add a signature field to the first page; unfilled, it only waits for a signature."""
    value = names(
        Type=NameObject("/Sig"),
        Filter=NameObject("/Adobe.PPKLite"),
        SubFilter=NameObject("/adbe.pkcs7.detached"),
        ByteRange=ArrayObject([NumberObject(n) for n in (0, 100, 200, 300)]),
        Contents=TextStringObject("00" * 64),
    )
    field = names(
        FT=NameObject("/Sig"),
        Type=NameObject("/Annot"),
        Subtype=NameObject("/Widget"),
        T=TextStringObject("Signature1"),
        Rect=ArrayObject([NumberObject(n) for n in (0, 0, 0, 0)]),
    )
    if filled:
        field[NameObject("/V")] = writer._add_object(value)
    kept = writer._add_object(field)
    writer.pages[0][NameObject("/Annots")] = ArrayObject([kept])
    writer.root_object[NameObject("/AcroForm")] = names(Fields=ArrayObject([kept]), SigFlags=NumberObject(3))
