"""Every kind of bad file, made by code, gets its refusal within three seconds; sound ones come through."""

import gzip
import io
import time
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf.generic import ArrayObject, NameObject, NumberObject, TextStringObject

from portal.documents.checks import MAX_SIZE, FileRefused, check
from portal.documents.checks.names import clean_name
from portal.documents.checks.signatures import EICAR
from tests.portal.documents.makers import (
    SOUND,
    action,
    attached,
    flate,
    huge_png,
    launch,
    names,
    office,
    pdf,
    picture,
    relations,
    with_indirect_script,
    with_root,
    with_stream,
    word,
    written,
)

SCRIPT = action("JavaScript", JS=TextStringObject("app.alert(1)"))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'


def double_member():
    """Return an Office file with two members of one name."""
    output = io.BytesIO(office())
    with zipfile.ZipFile(output, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", "<x/>")
    return output.getvalue()


def lying_size(content):
    """Return an archive whose table of contents understates one size."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo("word/document.xml").file_size
    place = content.rindex(b"word/document.xml") - 46
    return content[: place + 24] + (size - 5).to_bytes(4, "little") + content[place + 28 :]


def encrypted_pdf():
    """Return a PDF with a password."""
    return pdf(lambda writer: writer.encrypt("secret", algorithm="RC4-128"))


BAD = {
    "empty": ("a.pdf", lambda: b"", "empty"),
    "one byte too big": (
        "a.pdf",
        lambda: SOUND["pdf"] + b"\0" * (MAX_SIZE + 1 - len(SOUND["pdf"])),
        "too_big",
    ),
    "program": ("a.pdf", lambda: b"MZ" + b"\0" * 200, "wrong_type"),
    "elf program": ("a.pdf", lambda: b"\x7fELF" + b"\0" * 200, "wrong_type"),
    "shell script": ("a.pdf", lambda: b"#!/bin/sh\nrm -rf /\n", "wrong_type"),
    "program named docx": ("a.docx", lambda: b"MZ" + b"\0" * 200, "wrong_type"),
    "program named jpg": ("a.jpg", lambda: b"MZ" + b"\0" * 200, "wrong_type"),
    "macos program": ("a.pdf", lambda: b"\xcf\xfa\xed\xfe" + b"\0" * 200, "wrong_type"),
    "java program": ("a.pdf", lambda: b"\xca\xfe\xba\xbe" + b"\0" * 200, "wrong_type"),
    "windows shortcut": ("a.pdf", lambda: b"L\0\0\0\x01\x14\x02\0" + b"\0" * 200, "wrong_type"),
    "rich text named docx": ("a.docx", lambda: b"{\\rtf1\\ansi {\\object\\objemb}}", "wrong_type"),
    "web page named docx": ("a.docx", lambda: b"MIME-Version: 1.0\r\n\r\n<html></html>", "wrong_type"),
    "gif named jpg": ("a.jpg", lambda: picture("GIF"), "wrong_type"),
    "tiff named png": ("a.png", lambda: picture("TIFF"), "wrong_type"),
    "gzip named pdf": ("a.pdf", lambda: gzip.compress(SOUND["pdf"]), "wrong_type"),
    "telephone photograph": ("IMG_1.HEIC", lambda: b"\0\0\0\x18ftypheic" + b"\0" * 200, "extension"),
    "archive by its name": ("pieces.zip", lambda: SOUND["docx"], "extension"),
    "macro document by its name": ("a.docm", lambda: SOUND["docx"], "extension"),
    "program by its name": ("facture.pdf.exe", lambda: b"MZ" + b"\0" * 200, "extension"),
    "program by a traversal name": ("../../etc/cron.d/x.sh", lambda: SOUND["pdf"], "extension"),
    "name turned round": ("facture\u202efdp.exe", lambda: SOUND["pdf"], "extension"),
    "name with a line break": ("a.pdf\r\nX-Evil: 1.exe", lambda: SOUND["pdf"], "extension"),
    "no extension": ("facture", lambda: SOUND["pdf"], "extension"),
    "pdf after a program": ("a.pdf", lambda: b"MZ" + b"\0" * 64 + SOUND["pdf"], "wrong_type"),
    "picture after markup": ("a.png", lambda: b"<svg>" + SOUND["png"], "wrong_type"),
    "web page": ("a.pdf", lambda: b"<html><script>alert(1)</script></html>", "wrong_type"),
    "svg": ("a.png", lambda: b"<svg onload='alert(1)'/>", "wrong_type"),
    "svg by its name": ("a.svg", lambda: b"<svg/>", "extension"),
    "pdf named png": ("a.png", lambda: SOUND["pdf"], "wrong_type"),
    "png named pdf": ("a.pdf", lambda: SOUND["png"], "wrong_type"),
    "xlsx named docx": ("a.docx", lambda: SOUND["xlsx"], "wrong_type"),
    "any zip named docx": ("a.docx", lambda: office(drop=("[Content_Types].xml",)), "wrong_type"),
    "pdf and archive": ("a.pdf", lambda: SOUND["pdf"] + SOUND["docx"], "damaged"),
    "pdf around an archive": ("a.pdf", lambda: pdf(with_stream(SOUND["docx"])), "polyglot"),
    "pdf and web page": ("a.pdf", lambda: b"%PDF-1.7 <html><script>" + SOUND["pdf"], "damaged"),
    "png and archive": ("a.png", lambda: SOUND["png"] + SOUND["docx"], "polyglot"),
    "jpeg and archive": ("a.jpg", lambda: SOUND["jpg"] + SOUND["docx"], "polyglot"),
    "png with a tail": ("a.png", lambda: SOUND["png"] + b"tail", "damaged"),
    "pdf script": (
        "a.pdf",
        lambda: pdf(with_root("/Names", names(JavaScript=names(Names=ArrayObject([SCRIPT]))))),
        "active_content",
    ),
    "pdf script behind references": ("a.pdf", lambda: pdf(with_indirect_script), "active_content"),
    "pdf opening action": ("a.pdf", lambda: pdf(with_root("/OpenAction", SCRIPT)), "active_content"),
    "pdf opening address": (
        "a.pdf",
        lambda: pdf(with_root("/OpenAction", action("URI", URI=TextStringObject("https://x.example")))),
        "active_content",
    ),
    "pdf launch": ("a.pdf", lambda: pdf(with_root("/Extra", launch())), "active_content"),
    "pdf other actions": ("a.pdf", lambda: pdf(with_root("/AA", names(WC=launch()))), "active_content"),
    "pdf form sent away": ("a.pdf", lambda: pdf(with_root("/Extra", action("SubmitForm"))), "active_content"),
    "pdf data brought in": (
        "a.pdf",
        lambda: pdf(with_root("/Extra", action("ImportData"))),
        "active_content",
    ),
    "pdf film": ("a.pdf", lambda: pdf(with_root("/Extra", action("Rendition"))), "active_content"),
    "pdf action after a harmless one": (
        "a.pdf",
        lambda: pdf(with_root("/OpenAction", action("GoTo", D=TextStringObject("x"), Next=launch()))),
        "active_content",
    ),
    "pdf xfa": ("a.pdf", lambda: pdf(with_root("/AcroForm", names(XFA=ArrayObject()))), "active_content"),
    "pdf with a program": ("a.pdf", lambda: pdf(attached("virus.exe", b"MZ" + b"\0" * 99)), "attachment"),
    "pdf with a program named xml": (
        "a.pdf",
        lambda: pdf(attached("data.xml", b"MZ" + b"\0" * 99)),
        "attachment",
    ),
    "pdf with xml entities": ("a.pdf", lambda: pdf(attached("data.xml", ENTITY.encode())), "attachment"),
    "pdf stream bomb": ("a.pdf", lambda: pdf(flate(b"\0" * (120 * 1024 * 1024))), "too_complex"),
    "pdf bomb in a bomb": (
        "a.pdf",
        lambda: pdf(with_stream(b"x", Filter=ArrayObject([NameObject("/FlateDecode")] * 2))),
        "too_complex",
    ),
    "pdf picture too large": (
        "a.pdf",
        lambda: pdf(with_stream(b"x", Width=NumberObject(99999), Height=NumberObject(99999))),
        "too_complex",
    ),
    "pdf password": ("a.pdf", encrypted_pdf, "encrypted"),
    "pdf truncated": ("a.pdf", lambda: SOUND["pdf"][: len(SOUND["pdf"]) // 2], "damaged"),
    "pdf without its last bytes": ("a.pdf", lambda: SOUND["pdf"][:-8], "damaged"),
    "pdf header alone": ("a.pdf", lambda: b"%PDF-1.7\n", "damaged"),
    "pdf false table": ("a.pdf", lambda: b"%PDF-1.7\nstartxref\n3\n%%EOF", "damaged"),
    "macros": ("a.docx", lambda: office(parts={"word/vbaProject.bin": b"x"}), "macros"),
    "macros declared": (
        "a.docx",
        lambda: office(content_type="application/vnd.ms-word.document.macroEnabled.main+xml"),
        "macros",
    ),
    "macros in an embedded workbook": (
        "a.docx",
        lambda: office(parts={"word/embeddings/x.xlsx": office("xlsx", parts={"xl/vbaProject.bin": b"x"})}),
        "macros",
    ),
    "outside template": (
        "a.docx",
        lambda: office(
            parts={
                "word/_rels/settings.xml.rels": relations(
                    ("attachedTemplate", "https://x.example/t.dotm", "External")
                )
            }
        ),
        "external_link",
    ),
    "outside picture": (
        "a.pptx",
        lambda: office(
            "pptx",
            parts={"ppt/_rels/p.xml.rels": relations(("image", "https://x.example/i.png", "External"))},
        ),
        "external_link",
    ),
    "imported chunk": (
        "a.docx",
        lambda: office(parts={"word/_rels/document.xml.rels": relations(("aFChunk", "chunk.mht", ""))}),
        "external_link",
    ),
    "linked workbook": (
        "a.xlsx",
        lambda: office("xlsx", parts={"xl/externalLinks/externalLink1.xml": "<externalLink/>"}),
        "external_link",
    ),
    "dde field": ("a.docx", lambda: word('<w:fldSimple w:instr="DDEAUTO c:\\\\cmd.exe"/>'), "dde"),
    "dde field in pieces": (
        "a.docx",
        lambda: word("<w:instrText>DD</w:instrText><w:r/><w:instrText>EAUTO x</w:instrText>"),
        "dde",
    ),
    "dde formula": (
        "a.xlsx",
        lambda: office("xlsx", parts={"xl/worksheets/sheet1.xml": "<s><f>cmd|' /C calc'!A0</f></s>"}),
        "dde",
    ),
    "xml entities": ("a.docx", lambda: office(parts={"word/document.xml": ENTITY}), "xml_entities"),
    "xml entities in utf-16": (
        "a.docx",
        lambda: office(
            parts={"word/document.xml": ENTITY.replace('1.0"', '1.0" encoding="utf-16"').encode("utf-16")}
        ),
        "xml_entities",
    ),
    "xml entities in the types": (
        "a.docx",
        lambda: office(parts={"[Content_Types].xml": ENTITY}),
        "xml_entities",
    ),
    "malformed part": ("a.docx", lambda: office(parts={"word/document.xml": "<w:document>"}), "damaged"),
    "zip bomb": (
        "a.docx",
        lambda: office(parts={"word/media/x.dat": b"\0" * (60 * 1024 * 1024)}),
        "too_complex",
    ),
    "very many members": (
        "a.docx",
        lambda: office(parts={f"word/{number}.txt": "" for number in range(5001)}),
        "too_complex",
    ),
    "lying size": ("a.docx", lambda: lying_size(office()), "damaged"),
    "traversal": ("a.docx", lambda: office(parts={"../../etc/cron.d/x": "x"}), "tampered"),
    "absolute name": ("a.docx", lambda: office(parts={"/etc/passwd": "x"}), "tampered"),
    "two members of one name": ("a.docx", double_member, "tampered"),
    "embedded object": (
        "a.docx",
        lambda: office(parts={"word/embeddings/oleObject1.bin": b"x"}),
        "attachment",
    ),
    "embedded program": ("a.docx", lambda: office(parts={"word/media/image1.png": b"MZ\0\0"}), "attachment"),
    "old format or password": ("a.docx", lambda: OLE, "encrypted"),
    "docx truncated": ("a.docx", lambda: SOUND["docx"][:-30], "damaged"),
    "huge pixel count": ("a.png", huge_png, "too_many_pixels"),
    "too many pixels in a jpeg": ("a.jpg", lambda: picture("JPEG", (8000, 5001)), "too_many_pixels"),
    "png truncated": ("a.png", lambda: picture(size=(400, 400))[:-40], "damaged"),
    "jpeg truncated": ("a.jpg", lambda: picture("JPEG", (400, 400))[:-200], "damaged"),
    "eicar in a pdf": ("a.pdf", lambda: pdf(with_stream(EICAR)), "virus"),
    "eicar compressed in a pdf": ("a.pdf", lambda: pdf(flate(b" " * 2_000_000 + EICAR)), "virus"),
    "eicar in a docx": ("a.docx", lambda: office(parts={"word/media/x.txt": EICAR}), "virus"),
    "eicar alone": ("a.pdf", lambda: EICAR, "virus"),
}


@pytest.mark.parametrize("case", BAD)
def test_each_bad_file_is_refused_in_french_within_three_seconds(case):
    name, make, code = BAD[case]
    content = make()
    start = time.perf_counter()
    with pytest.raises(FileRefused) as refusal:
        check(io.BytesIO(content), name)
    assert refusal.value.code == code
    assert time.perf_counter() - start < 3
    assert refusal.value.message.endswith(".")
    assert "\u00a0:" in refusal.value.message or "," in refusal.value.message


CLEANED = {
    "ordinary name": ("Devis n° 3.pdf", "Devis n° 3.pdf"),
    "traversal": ("../../etc/passwd.pdf", "passwd.pdf"),
    "drive and folders": ("C:\\Users\\ada\\Devis.pdf", "Devis.pdf"),
    "line break": ("a\r\nContent-Type: x.pdf", "aContent-Type_ x.pdf"),
    "text turned round": ("a\u202egnp.pdf", "agnp.pdf"),
    "zero byte": ("a\0b.pdf", "ab.pdf"),
    "header characters": ('a"b;c%d.pdf', "a_b_c_d.pdf"),
    "no stem": (".pdf", "document.pdf"),
    "dots alone": ("...pdf", "document.pdf"),
    "nothing": ("", "document"),
    "accents in pieces": ("e\u0301te\u0301.pdf", "été.pdf"),
    "very long": ("x" * 300 + ".pdf", "x" * 109 + ".pdf"),
}

GOOD = {
    **{kind: (f"Pièce.{kind}", content) for kind, content in SOUND.items()},
    "jpeg by its other name": ("photo.JPEG", SOUND["jpg"]),
    "electronic invoice": ("facture.pdf", pdf(attached("factur-x.xml", b"<?xml version='1.0'?><Invoice/>"))),
    "first page shown": ("a.pdf", pdf(with_root("/OpenAction", action("GoTo", D=TextStringObject("debut"))))),
    "signed pdf": ("devis.pdf", written("Devis", signed=True)),
    "pdf ending with spaces": ("a.pdf", SOUND["pdf"] + b"\r\n\0 "),
    "hyperlink": (
        "a.docx",
        office(
            parts={
                "word/_rels/document.xml.rels": relations(("hyperlink", "https://has-sante.fr", "External"))
            }
        ),
    ),
    "embedded workbook": ("a.pptx", office("pptx", parts={"ppt/embeddings/data.xlsx": SOUND["xlsx"]})),
    "bar in a text": (
        "a.xlsx",
        office("xlsx", parts={"xl/worksheets/s.xml": '<s><f>A1&amp;"|"&amp;B1</f></s>'}),
    ),
    "page number field": ("a.docx", word("<w:instrText> PAGE </w:instrText>")),
}


@pytest.mark.parametrize("case", GOOD)
def test_sound_files_come_through(case):
    name, content = GOOD[case]
    file = io.BytesIO(content)
    checked = check(file, name)
    assert checked.size == len(content)
    assert file.tell() == 0
    assert checked.extension == {"JPEG": "jpg"}.get(name.rpartition(".")[2], name.rpartition(".")[2])


@pytest.mark.parametrize(
    "declared", ["", "text/html", "image/svg+xml", "application/x-msdownload", "a\r\nX-Evil: 1"]
)
def test_the_type_that_a_browser_declares_is_never_read(declared):
    sound = SimpleUploadedFile("a.pdf", SOUND["pdf"], content_type=declared)
    assert check(sound, "a.pdf").content_type == "application/pdf"
    with pytest.raises(FileRefused):
        check(SimpleUploadedFile("a.pdf", b"MZ" + b"\0" * 200, content_type="application/pdf"), "a.pdf")


def test_a_file_of_exactly_the_limit_is_read():
    room = MAX_SIZE - len(pdf(with_stream(b"\0" * 20_000_000))) + 20_000_000
    content = pdf(with_stream(b"\0" * room))
    assert len(content) == MAX_SIZE
    assert check(io.BytesIO(content), "a.pdf").size == MAX_SIZE


def test_only_the_kinds_asked_for_are_taken():
    with pytest.raises(FileRefused, match="déposez un fichier PDF"):
        check(io.BytesIO(SOUND["docx"]), "a.docx", ("pdf",))


@pytest.mark.parametrize("case", CLEANED)
def test_names_are_cleaned(case):
    name, cleaned = CLEANED[case]
    assert clean_name(name) == cleaned


def test_an_office_document_where_a_pdf_is_wanted_says_to_save_it_as_pdf():
    with pytest.raises(FileRefused, match="Enregistrez d’abord ce document au format PDF"):
        check(io.BytesIO(SOUND["docx"]), "devis.docx", ("pdf", "png", "jpg"))
    with pytest.raises(FileRefused) as refused:
        check(io.BytesIO(b"x"), "notes.txt", ("pdf", "png", "jpg"))
    assert "Enregistrez" not in str(refused.value)
