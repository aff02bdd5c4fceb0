"""What templates and static files hold: nothing that the content policy refuses, nothing of another host, no excess.

What components take is in tests/style/.
"""

import hashlib
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from fontTools.ttLib import TTFont

from deploy.vendor import icons_in_use

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = ROOT / "templates"
PAGES = sorted(TEMPLATES.rglob("*.html"))
VENDOR = ROOT / "static" / "vendor"

FINDING = {
    "rule": "company.category",
    "status": "fail",
    "observed": "250 salariés",
    "expected": "moins de 250 salariés",
    "message": "L’entreprise n’est pas une PME.",
    "remedy": "Rien dans cette demande.",
    "source": "édition 2024, §1.3",
}
EVALUATION: dict[str, Any] = {
    "edition": "2024",
    "on": "2026-11-20",
    "stage": "simulation",
    "volet": 1,
    "verdict": "ineligible",
    "category": None,
    "findings": [FINDING, {**FINDING, "status": "pass"}],
    "funding": {
        "rate": "0.50",
        "total": "30000.00",
        "covered_total": "30000.00",
        "eligible_total": "15000.00",
        "excess_total": "15000.00",
        "bpifrance_share": "7500.00",
        "company_share": "22500.00",
        "lines": [
            {
                "item": "gap",
                "amount": "30000.00",
                "ceiling": "15000.00",
                "eligible": "15000.00",
                "excess": "15000.00",
            },
            {"item": "trip", "amount": "10.00", "ceiling": None, "eligible": "0.00", "excess": "10.00"},
        ],
    },
    "required_documents": [{"kind": "quote", "why": "Il fonde la demande."}],
    "term": {
        "months": 18,
        "starts_on_event": "contract_signed",
        "starts_on": "2024-08-31",
        "due_on": "2026-02-28",
        "report_due_on": None,
    },
}


class WellFormed(HTMLParser):
    """Collects the elements that are closed out of order, and the attributes that the policy forbids."""

    VOID = frozenset(
        ("area", "br", "col", "hr", "img", "input", "link", "meta", "path", "rect", "source", "use")
    )

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.faults += [f"{tag} {name}" for name, _ in attrs if name == "style" or name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


def faults_of(html: str) -> list[str]:
    parser = WellFormed()
    parser.feed(html)
    return parser.faults + parser.open


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_holds_inline_style_or_script(path: Path) -> None:
    text = path.read_text()
    if "notifications/email" not in str(path) and "letters" not in path.parts:
        assert not re.search(r"\sstyle\s*=", text)
        assert "<style" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_nothing_replaces_the_page_with_its_header(path: Path) -> None:
    """What the scripts made of the header when the page was opened (the theme's button) would be lost."""
    assert 'hx-target="body"' not in path.read_text()


def test_no_part_of_a_page_takes_the_name_of_the_whole() -> None:
    """Two elements of one id: what is labelled by it is read with all that the page holds."""
    ids = re.compile(r'\sid="([\w-]+)"')
    whole = set(ids.findall((TEMPLATES / "base.html").read_text()))
    assert whole
    for path in PAGES:
        if path.name != "base.html":
            assert not whole & set(ids.findall(path.read_text())), path


@pytest.mark.parametrize("name", ["400", "403", "404", "409", "500"])
def test_an_error_page_needs_no_context(name: str) -> None:
    html = render_to_string(f"{name}.html")
    assert f"Erreur {name}" in html
    assert not faults_of(html)


def test_the_verdict_shows_the_money_against_each_ceiling() -> None:
    html = render_to_string(
        "components/verdict.html", {"evaluation": EVALUATION, "item_labels": {"gap": "Analyse d’écarts"}}
    )
    assert not faults_of(html)
    assert "Non éligible" in html
    assert "7\u202f500,00\u00a0€" in html
    assert "15\u202f000,00\u00a0€ au-delà du plafond" in html
    assert "Analyse d’écarts" in html
    assert "28\u00a0février\u00a02026" in html


@pytest.mark.parametrize(
    ("verdict", "headline"),
    [("eligible", "Éligible"), ("incomplete", "À compléter"), ("needs_review", "À examiner")],
)
def test_each_verdict_has_its_headline(verdict: str, headline: str) -> None:
    evaluation = {**EVALUATION, "verdict": verdict, "funding": None, "required_documents": []}
    html = render_to_string("components/verdict.html", {"evaluation": evaluation})
    assert headline in html
    assert not faults_of(html)


def test_what_blocks_comes_before_what_holds() -> None:
    html = render_to_string("components/findings.html", {"findings": EVALUATION["findings"]})
    assert html.index("Non conforme") < html.index("1 condition remplie")
    assert not faults_of(html)


@pytest.mark.parametrize(
    "status", ["pass", "fail", "missing", "review", "warning", "not_applicable", "not_evaluated"]
)
def test_a_status_is_said_in_words(status: str) -> None:
    html = render_to_string("components/finding.html", {"finding": {**FINDING, "status": status}})
    assert "dm-badge" in html
    assert not faults_of(html)


def test_hostile_text_stays_text() -> None:
    finding = {**FINDING, "message": "<script>x</script>", "remedy": '"><img src=x>'}
    html = render_to_string("components/finding.html", {"finding": finding})
    assert "<script" not in html
    assert "<img" not in html


def test_the_sprite_holds_the_icons_in_use_and_no_other() -> None:
    """Another icon, or one less: `python deploy/vendor.py FOLDER` makes the sprite again."""
    known = re.findall(r'<symbol id="([^"]+)"', (VENDOR / "bootstrap-icons" / "icons.svg").read_text())
    assert known == icons_in_use()


def test_vendored_files_are_those_of_the_manifest() -> None:
    lines = re.findall(r"^  ([0-9a-f]{64})  (\S+)$", (VENDOR / "MANIFEST.txt").read_text(), re.MULTILINE)
    listed = {name: digest for digest, name in lines}
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "MANIFEST.txt"
    }
    assert found == listed


def test_no_static_file_calls_another_host() -> None:
    for path in [*(ROOT / "static" / "css").glob("*.css"), *(ROOT / "static" / "js").glob("*.js")]:
        assert not re.search(r"https?://", path.read_text()), path.name
    for path in VENDOR.rglob("*.[cj]s*"):
        assert "sourceMappingURL" not in path.read_text(), path.name


# The narrow no-break space is drawn by any font of the system: the package has none.
FRENCH = "ABCÉÈÀÇŒœæéèêëàâäîïôöùûüÿç’«»–—…€°·§×½ \u00a0\u2212"


def test_the_faces_of_the_font_hold_what_the_theme_says() -> None:
    theme = (ROOT / "static" / "css" / "theme.css").read_text(encoding="utf-8")
    drawn: set[int] = set()
    for rule in re.findall(r"@font-face \{(.*?)\}", theme, re.DOTALL):
        [name] = re.findall(r'url\("\.\./vendor/inter/([^"]+)"\)', rule)
        font = TTFont(VENDOR / "inter" / name)
        [axis] = font["fvar"].axes
        assert f"font-weight: {axis.minValue:.0f} {axis.maxValue:.0f};" in rule
        ranges = re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", rule)
        asked = {code for first, last in ranges for code in range(int(first, 16), int(last or first, 16) + 1)}
        assert set(font.getBestCmap()) <= asked
        drawn |= set(font.getBestCmap())
    assert not {letter for letter in FRENCH if ord(letter) not in drawn}


# --- Forms ---------------------------------------------------------------------------------------
INCLUDED = re.compile(r"{%\s*include\s+\"([^\"]+)\"([^%]*)%}")


@cache
def _with_a_token() -> set[str]:
    """Return the templates that need the token of their page, themselves or through what they include."""
    texts = {str(page.relative_to(TEMPLATES)): page.read_text("utf-8") for page in PAGES}
    found = {name for name, text in texts.items() if "{% csrf_token %}" in text}
    size = -1
    while size != len(found):
        size = len(found)
        found |= {
            name
            for name, text in texts.items()
            if any(inner in found and not _is_closed(rest) for inner, rest in INCLUDED.findall(text))
        }
    return found


def _is_closed(rest: str) -> bool:
    return rest.split()[-1:] == ["only"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_no_form_is_cut_off_from_its_token(page: Path) -> None:
    """`only` hides the token from the template included: its form would be refused without a script."""
    cut = [
        inner
        for inner, rest in INCLUDED.findall(page.read_text("utf-8"))
        if _is_closed(rest) and inner in _with_a_token()
    ]
    assert not cut
