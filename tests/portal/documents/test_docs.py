"""docs/documents.md shows every bad file with the answer that the tests prove."""

from pathlib import Path

from django.conf import settings

from tests.portal.documents.test_bad_files import BAD, CLEANED, GOOD

START, END = "<!-- corpus -->\n", "<!-- /corpus -->\n"


def shown(name):
    """Return a name with what can't be seen written out."""
    short = name if len(name) < 40 else f"{name[:8]}… ({len(name)} characters)"
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in short).replace(
        "|", "\\|"
    )


def corpus():
    """Return the tables of the document, made of the tests' own data."""
    refused = [f"| {case} | `{shown(name)}` | `{code}` |" for case, (name, _, code) in BAD.items()]
    taken = [f"| {case} | `{shown(name)}` |" for case, (name, _) in GOOD.items()]
    cleaned = [f"| {case} | `{shown(name)}` | `{shown(kept)}` |" for case, (name, kept) in CLEANED.items()]
    return "\n".join(
        [
            f"Refused ({len(BAD)}), each within three seconds:\n",
            "| file | name | answer |\n|---|---|---|",
            *refused,
            f"\nTaken ({len(GOOD)}), and given back byte for byte:\n",
            "| file | name |\n|---|---|",
            *taken,
            "\nNames, as they are kept:\n",
            "| name | as typed | as kept |\n|---|---|---|",
            *cleaned,
            "",
        ]
    )


def test_the_document_shows_the_corpus_as_it_is_tested():
    text = (Path(settings.BASE_DIR) / "docs" / "documents.md").read_text()
    assert text.partition(START)[2].partition(END)[0] == corpus()
