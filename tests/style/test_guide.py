"""The page of the visual language: in the demonstration alone, with every component in it."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from syrupy.assertion import SnapshotAssertion

from diagdm.style.contracts import contract_of, names
from diagdm.style.samples import Sample, samples
from diagdm.style.views import rendered
from tests.house.test_templates import faults_of

pytestmark = pytest.mark.django_db

SHOWN = [(name, sample) for name, listed in samples().items() for sample in listed]


@pytest.fixture
def guide(client: Client, settings: Any) -> str:
    settings.DEMO = True
    answer = client.get("/style/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_elsewhere_than_in_the_demonstration_the_page_does_not_exist(client: Client) -> None:
    assert client.get("/style/").status_code == 404


def test_every_component_is_shown(guide: str) -> None:
    assert re.findall(r'data-dm-component="(\w+)"', guide) == names()
    assert set(samples()) == set(names())
    assert all(samples().values())


def test_the_menu_leads_to_each_section(guide: str) -> None:
    menu = guide.partition('class="dm-guide-menu"')[2].partition("</nav>")[0]
    targets = re.findall(r'href="#([\w-]+)"', menu)
    assert set(names()) < set(targets)
    assert not [target for target in targets if f'<section id="{target}"' not in guide]


def test_the_page_asks_the_database_nothing(
    client: Client, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.DEMO = True
    with django_assert_num_queries(0):
        client.get("/style/")


@pytest.mark.parametrize(("name", "sample"), SHOWN, ids=lambda one: getattr(one, "title", one))
def test_a_sample_keeps_the_contract(name: str, sample: Sample) -> None:
    contract = contract_of(name)
    assert contract.required <= set(sample.takes)
    assert set(sample.takes) <= set(contract.takes) | set(contract.reads)
    for argument in contract.takes.values():
        if argument.words and argument.name in sample.takes:
            assert sample.takes[argument.name] in argument.words


@pytest.mark.parametrize("name", names())
def test_each_word_of_a_status_or_a_state_is_shown(name: str) -> None:
    """The words of a tone are shown by the badge; those of a status make a component another one."""
    for argument in contract_of(name).takes.values():
        if argument.name in {"status", "state"}:
            shown = {sample.takes.get(argument.name) for sample in samples()[name]}
            assert argument.words - {"clean"} <= shown


# The header tells when it was shown.
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.+]+")


class Outline(HTMLParser):
    """Writes one line per element or text, indented by depth: a change of markup reads as such."""

    VOID = frozenset(("br", "hr", "img", "input", "link", "meta"))

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = "".join(f" {name}" if value is None else f' {name}="{value}"' for name, value in sorted(attrs))
        self.lines.append(f"{'  ' * self.depth}{tag}{said}")
        self.depth += tag not in self.VOID

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in self.VOID

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.lines.append(f"{'  ' * self.depth}{' '.join(data.split())}")


@pytest.mark.parametrize("name", names())
def test_the_markup_of_a_component(name: str, snapshot: SnapshotAssertion) -> None:
    outlines = []
    for sample in samples()[name]:
        html = rendered(name, sample)
        assert not faults_of(html), sample.title
        outline = Outline()
        outline.feed(INSTANT.sub("(now)", html))
        outlines.append("\n".join([f"# {sample.title}", *outline.lines]))
    assert "\n\n".join(outlines) == snapshot
