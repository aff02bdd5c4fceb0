"""The PDF engine is ready before the first person asks, and its start holds nobody up."""

import threading

from portal import pdf


def test_the_first_pdf_is_made_at_the_start_in_the_background(monkeypatch):
    made, go_on = threading.Event(), threading.Event()

    def slow(html):
        go_on.wait(5)
        made.set()

    monkeypatch.setattr(pdf, "pdf_of", slow)
    thread = pdf.warm_up_aside()
    assert thread.daemon
    assert not made.is_set(), "the start waits for nothing"
    go_on.set()
    thread.join(5)
    assert made.is_set()


def test_the_engine_really_makes_it():
    assert pdf.pdf_of(pdf.FIRST).startswith(b"%PDF")


def test_a_portal_without_pango_starts_and_says_what_it_lacks(monkeypatch, caplog):
    def lacking(html):
        raise pdf.PangoMissingError(pdf.PANGO)

    monkeypatch.setattr(pdf, "pdf_of", lacking)
    pdf.warm_up()
    assert "libpango" in caplog.text
