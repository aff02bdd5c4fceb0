"""The words of the guide, read once from the files beside it, each sentence filled with the figures of the day."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from applications.guide.sections import citation

DIRECTORY = Path(__file__).parent / "words"
Figures = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A rule in plain words: what it asks, why, and what proves it."""

    plain: str
    why: str
    evidence: str


@dataclass(frozen=True, slots=True)
class VoletWords:
    """A volet in plain words; `example` is {story, device, answers of the simulator}."""

    number: int
    summary: str
    useful_when: str
    sections: tuple[str, ...]
    conditions: tuple[str, ...]
    watch: str
    items: Mapping[str, str]
    example: Mapping[str, Any]

    @property
    def source(self) -> str:
        """Where this comes from in the rulebook."""
        return citation(*self.sections)


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answer; `source` is "" where no section of the rulebook speaks of it."""

    slug: str
    ask: str
    answer: tuple[str, ...]
    source: str
    own: bool
    link: str
    at: str


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the scheme and what it means."""

    slug: str
    word: str
    meaning: str


@cache
def read(name: str) -> dict[str, Any]:
    """The content of one of the files beside this module; not to be changed."""
    with (DIRECTORY / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def _rules() -> dict[str, dict[str, str]]:
    return {
        each["name"]: {key: text for key, text in each.items() if key != "name"}
        for each in read("rules")["rules"]
    }


def rule_words(name: str, figures: Figures) -> RuleWords | None:
    """The words about a rule, None where nobody wrote any yet."""
    said = _rules().get(name)
    return (
        None if said is None else RuleWords(**{key: text.format_map(figures) for key, text in said.items()})
    )


@cache
def volets() -> dict[int, VoletWords]:
    """The words about each volet, by number."""
    found = {}
    for each in read("volets")["volets"]:
        listed = {"sections": tuple(each["sections"]), "conditions": tuple(each["conditions"])}
        found[each["number"]] = VoletWords(**each | listed)
    return found


@cache
def glossary() -> tuple[Term, ...]:
    """The words of the scheme, in the order of the alphabet."""
    return tuple(Term(**each) for each in read("glossary")["terms"])


def questions(figures: Figures) -> list[tuple[str, list[Question]]]:
    """The questions by group, in their order."""
    return [
        (group["title"], [_question(each, figures) for each in group["questions"]])
        for group in read("questions")["groups"]
    ]


def _question(said: dict[str, Any], figures: Figures) -> Question:
    return Question(
        slug=said["slug"],
        ask=said["ask"].format_map(figures),
        answer=tuple(text.format_map(figures) for text in said["answer"]),
        source=citation(*said["sections"]) if "sections" in said else "",
        own=said.get("own", False),
        link=said.get("link", ""),
        at=said.get("at", ""),
    )


def plain(text: str) -> str:
    """A text for comparison: no case, no accent, no special apostrophe."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def search(groups: list[tuple[str, list[Question]]], asked: str) -> list[tuple[str, list[Question]]]:
    """The questions that hold every word asked, group by group; all of them when nothing is asked."""
    words = plain(asked).split()
    kept = [(title, [each for each in found if _holds(each, words)]) for title, found in groups]
    return [(title, found) for title, found in kept if found]


def _holds(question: Question, words: list[str]) -> bool:
    text = plain(" ".join((question.ask, *question.answer)))
    return all(word in text for word in words)
