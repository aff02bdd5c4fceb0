"""The pages that explain: every figure follows the edition and the policy, every section cited exists."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from html import unescape
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from applications.guide import words
from applications.guide.examples import example
from applications.guide.figures import figures, large_euros
from applications.guide.pages import all_pages
from applications.guide.sections import SECTIONS, WRITTEN_FOR, citation
from applications.templatetags.guide import rule_anchor, rule_url
from applications.workflow.policy import Policy, policy
from portal.clock import today
from tariffs import catalogue, ratetables
from tariffs.engine.editions import Edition, Editions
from tests.house.test_templates import FINDING

ROOT = Path(__file__).resolve().parent.parent.parent
EDITION = catalogue.get_edition(WRITTEN_FOR)
OLDER = catalogue.get_edition("2023")
PAGES = [page.url for page in all_pages(EDITION)]
ABOUT = ["/mentions-legales/", "/confidentialite/", "/accessibilite/"]
NO_BREAK = "\N{NO-BREAK SPACE}"


def page_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return unescape(response.content.decode())


@pytest.fixture
def in_force(monkeypatch: pytest.MonkeyPatch) -> list[Edition]:
    """Put another edition in force: the one that a test appends to the list."""
    chosen: list[Edition] = []
    monkeypatch.setattr(catalogue, "editions", lambda: Editions(tuple(chosen)))
    return chosen


@pytest.fixture
def fresh_policy() -> Iterator[None]:
    policy.cache_clear()
    yield
    policy.cache_clear()


# --- The frame -----------------------------------------------------------------------------------
# Without `django_db`, any query fails the test.
@pytest.mark.parametrize("address", [*PAGES, *ABOUT, "/comprendre/questions/?q=devis"])
def test_a_page_needs_no_database_and_says_what_it_is(client: Client, address: str) -> None:
    response = client.get(address)
    page = response.content.decode()

    assert response.status_code == 200
    assert "sessionid" not in response.cookies
    assert response.headers["Cache-Control"] == "private, max-age=300"
    assert page.count("<h1") == 1
    assert f'<link rel="canonical" href="http://localhost:8000{address.partition("?")[0]}">' in page
    description = re.search(r'name="description" content="([^"]+)"', page)
    assert description
    assert "Demander et suivre" not in description[1]
    assert " style=" not in page
    assert "<script>" not in page


def test_titles_and_descriptions_are_all_different(client: Client) -> None:
    pages = [page_of(client, address) for address in [*PAGES, *ABOUT]]
    titles = [re.findall(r"<title>(.*?)</title>", page)[0] for page in pages]
    descriptions = [re.findall(r'name="description" content="([^"]+)"', page)[0] for page in pages]

    assert len(set(titles)) == len(set(descriptions)) == len(pages)


@pytest.mark.parametrize("address", PAGES)
def test_the_table_of_contents_names_the_headings(client: Client, address: str) -> None:
    page = page_of(client, address)
    toc = re.search(r'<nav class="dm-toc".*?</nav>', page, re.DOTALL)
    assert toc
    listed = re.findall(r'<a href="#([^"]+)">([^<]+)</a>', toc[0])

    assert listed == re.findall(r'<h2 id="([^"]+)">([^<]+)</h2>', page)


def test_previous_and_next_lead_through_every_page(client: Client) -> None:
    seen, address = [], PAGES[0]
    while address:
        seen.append(address)
        following = re.search(r'href="([^"]+)" rel="next"', page_of(client, address))
        address = following[1] if following else ""

    assert seen == PAGES
    for before, after in pairwise(PAGES):
        assert f'href="{before}" rel="prev"' in page_of(client, after)


def test_every_link_inside_the_guide_leads_somewhere(client: Client) -> None:
    addresses = [*PAGES, *ABOUT, "/"]
    pages = {address: page_of(client, address) for address in addresses}
    for address, page in pages.items():
        for target in re.findall(r'<a [^>]*href="([^"]+)"', page):
            path, anchor = urlsplit(target).path or address, urlsplit(target).fragment
            if path in pages and anchor:
                assert f'id="{anchor}"' in pages[path], f"{address}: {target}"


def test_no_id_stands_twice(client: Client) -> None:
    for address in [*PAGES, *ABOUT]:
        ids = re.findall(r' id="([^"]+)"', page_of(client, address))
        assert len(ids) == len(set(ids)), address


def test_a_volet_that_the_edition_lacks_is_not_found(client: Client) -> None:
    assert client.get("/comprendre/volets/6/").status_code == 404


# --- Figures come from the edition and the policy ------------------------------------------------
def test_the_pages_follow_the_edition_in_force(client: Client, in_force: list[Edition]) -> None:
    durations = {
        number: replace(each, software_only=21, otherwise=21) for number, each in EDITION.term.months.items()
    }
    in_force.append(
        replace(
            EDITION,
            funding=replace(EDITION.funding, rate=Decimal("0.40")),
            pme=replace(EDITION.pme, headcount_below=Decimal(320)),
            term=replace(EDITION.term, report_days=17, months=durations),
            extension_months=3,
        )
    )

    index = page_of(client, "/comprendre/")
    assert f"Le dispositif paie 40{NO_BREAK}% de ce conseil" in index
    assert "moins de 320 personnes" in index
    assert f"44\u202f000{NO_BREAK}€" in index  # volet 2: 40 % of 110 000
    assert "21 à 21 mois" in index
    volet = page_of(client, "/comprendre/volets/2/")
    assert f"21{NO_BREAK}mois" in volet
    assert "17\u00a0jours" in volet
    assert f"prolongé une fois, de 3{NO_BREAK}mois" in volet
    assert f"17{NO_BREAK}jours" in page_of(client, "/comprendre/calendrier/")
    assert "moins de 320 personnes" in page_of(client, "/comprendre/questions/")
    assert f"prise en charge à 40{NO_BREAK}%" in page_of(client, "/")


def test_a_ceiling_that_changes_shows_in_table_and_example(client: Client, in_force: list[Edition]) -> None:
    item = EDITION.items["clinical_protocol"]
    lower = replace(item, ceilings=dict.fromkeys(item.ceilings, Decimal("9000.00")))
    in_force.append(replace(EDITION, items={**EDITION.items, item.code: lower}))

    page = page_of(client, "/comprendre/volets/3/")

    assert f"9\u202f000,00{NO_BREAK}€" in page
    assert f"4\u202f500,00{NO_BREAK}€" in page
    assert "au-delà du plafond" in page


def test_the_pages_follow_the_policy(client: Client, settings: object, fresh_policy: None) -> None:
    settings.WORKFLOW_POLICY = {"completion_days": 41, "signature_days": 43, "review_months": 5}  # type: ignore[attr-defined]

    calendar = page_of(client, "/comprendre/calendrier/")
    questions = page_of(client, "/comprendre/questions/")

    assert f"41{NO_BREAK}jours" in calendar
    assert f"43{NO_BREAK}jours" in calendar
    assert f"5{NO_BREAK}mois pour demander un réexamen" in calendar
    assert f"41{NO_BREAK}jours" in questions
    assert f"5{NO_BREAK}mois" in questions


def test_an_edition_the_words_were_not_written_for_says_so(client: Client, in_force: list[Edition]) -> None:
    in_force.append(replace(EDITION, code="2031", label="Édition 2031"))

    assert "Une autre édition est en vigueur" in page_of(client, "/comprendre/volets/")


def test_an_edition_without_a_rule_shows_the_others(client: Client, in_force: list[Edition]) -> None:
    in_force.append(OLDER)

    for path in (
        "",
        "volets/",
        "volets/1/",
        "eligibilite/",
        "documents/",
        "calendrier/",
        "experts/",
        "questions/",
    ):
        page_of(client, f"/comprendre/{path}")


TYPED = re.compile(
    r"\d[\d \u00a0\u202f]*[ \u00a0\u202f](€|euros|%|jours|mois|ans|personnes|Mo|fichiers)\b|\d\s*%"
)
TAG = re.compile(r"\{%.*?%\}")
# What the company of an example pays is no figure of the scheme.
EXAMPLES = re.compile(r"^amount_|^story")


def test_no_figure_of_the_scheme_is_typed_in_the_words() -> None:
    files = [*(ROOT / "templates/guide").glob("*.html"), *words.DIRECTORY.glob("*.toml")]
    faults = [
        f"{path.name}:{number}: {found[0]}"
        for path in files
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if not EXAMPLES.search(line) and (found := TYPED.search(TAG.sub("", line)))
    ]
    assert len(files) > 10
    assert not faults


def test_every_brace_of_the_words_has_its_figure() -> None:
    known = set(figures(EDITION, Policy()))
    used = {
        brace
        for path in words.DIRECTORY.glob("*.toml")
        for line in path.read_text("utf-8").splitlines()
        if not line.startswith(("#", "ceilings"))
        for brace in re.findall(r"\{(\w+)\}", line)
    }
    assert used
    assert used <= known


def test_large_amounts_are_said_as_one_speaks() -> None:
    assert large_euros(Decimal("50000000.00")) == f"50{NO_BREAK}millions d’euros"
    assert large_euros(Decimal("1000000.00")) == f"1{NO_BREAK}million d’euros"
    assert large_euros(Decimal("43500000.00")) == f"43\u202f500\u202f000{NO_BREAK}€"


# --- Sources -------------------------------------------------------------------------------------
CITED = re.compile(r"édition.(\d{4}), ((?:(?:§|p\. )[\d.]*\d(?:, | et )?)+)")


def cited(text: str) -> set[tuple[str, str]]:
    return {
        (edition, section.replace("§", ""))
        for edition, listed in CITED.findall(text)
        for section in re.findall(r"§[\d.]*\d|p\. \d", listed)
    }


def test_each_section_that_a_page_cites_exists_in_its_rulebook(client: Client) -> None:
    found = set().union(*(cited(page_of(client, address)) for address in [*PAGES, "/"]))

    assert {("2024", "1.4"), ("2024", "p. 1"), ("2024", "2.4"), ("2023", "4.2")} <= found
    assert all(section in SECTIONS[edition] for edition, section in found)


def test_each_source_of_the_editions_is_a_known_section() -> None:
    for edition in catalogue.editions():
        sources = [edition.funding.source, edition.term.source, edition.state_aid.source]
        sources += [each.source for each in (*edition.items.values(), *edition.uncovered_items.values())]
        sources += [rule.source for rule in edition.rules]
        for source in sources:
            assert cited(source), source
            assert all(section in SECTIONS[code] for code, section in cited(source)), source


def test_a_section_that_does_not_exist_can_not_be_cited() -> None:
    assert citation("1.1", "2.1", "2.2") == f"édition{NO_BREAK}2024, §1.1, §2.1 et §2.2"
    with pytest.raises(KeyError):
        citation("2.9")


# --- Rules ---------------------------------------------------------------------------------------
def test_every_rule_of_every_edition_has_its_place(client: Client) -> None:
    page = page_of(client, "/comprendre/eligibilite/")
    names = {rule.name for edition in catalogue.editions() for rule in edition.rules}

    assert "volet.business_model" in names
    for name in names:
        assert f'<h3 id="{rule_anchor(name)}">' in page, name
    for rule in EDITION.rules:
        assert not rule.decision or rule.decision in page
        assert f"cahier des charges, {rule.source}" in page


def test_every_rule_in_force_is_told_in_plain_words() -> None:
    said = figures(EDITION, Policy())
    for rule in EDITION.rules:
        told = words.rule_words(rule.name, said)
        assert told
        assert all((told.plain, told.why, told.evidence))
    known = {rule["name"] for rule in words.read("rules")["rules"]}
    assert known == set(EDITION.by_name)


def test_a_finding_leads_to_the_explanation_of_its_rule() -> None:
    assert rule_url("company.not_in_difficulty") == "/comprendre/eligibilite/#company-not-in-difficulty"
    drawn = render_to_string("components/finding.html", {"finding": FINDING})
    assert 'href="/comprendre/eligibilite/#company-category">édition 2024, §1.3</a>' in drawn


# --- Volets and their examples -------------------------------------------------------------------
def test_the_words_of_a_volet_name_its_items_and_rules() -> None:
    assert set(words.volets()) == {volet.number for volet in EDITION.volets.values() if volet.offered}
    for number, said in words.volets().items():
        assert set(said.items) == EDITION.volet_items[number]
        assert set(said.conditions) <= set(EDITION.by_name)


@pytest.mark.parametrize("number", sorted(words.volets()))
def test_an_example_is_what_the_simulator_answers(client: Client, number: int) -> None:
    worked = example(words.volets()[number], EDITION, today())
    share = worked.evaluation["funding"]["bpifrance_share"]
    written = f"{Decimal(share):,.2f}".replace(",", "\u202f").replace(".", ",")

    assert worked.evaluation["verdict"] == "eligible"
    assert worked.evaluation["volet"] == number
    assert worked.query in page_of(client, f"/comprendre/volets/{number}/")
    assert written in page_of(client, f"/comprendre/volets/{number}/")
    assert written in page_of(client, f"{reverse('simulator')}?{worked.query}")


def test_the_table_of_a_volet_holds_every_ceiling(client: Client) -> None:
    for table in ratetables.volet_tables(EDITION):
        page = page_of(client, f"/comprendre/volets/{table.volet.number}/")
        for row in table.rows:
            for amount in row.amounts:
                assert f"{amount.ceiling:,.2f}".replace(",", "\u202f").replace(".", ",") in page


# --- Questions -----------------------------------------------------------------------------------
def test_there_are_enough_questions_each_with_its_address(client: Client) -> None:
    every = [each for _, group in words.questions(figures(EDITION, Policy())) for each in group]

    assert len(every) >= 20
    assert len({each.slug for each in every}) == len(every)
    assert all(each.source or each.own or each.link for each in every)
    page = page_of(client, "/comprendre/questions/")
    assert page.count("<details") == len(every)
    assert all(f'id="{each.slug}"' in page for each in every)


@pytest.mark.parametrize("asked", ["pénalité", "PENALITE", "déplacements", "DEPLACEMENTS expert"])
def test_a_search_ignores_case_and_accents(client: Client, asked: str) -> None:
    page = page_of(client, f"/comprendre/questions/?q={asked}")

    if "nalit" in asked.lower():
        assert "Aucune question ne contient ces mots" in page
        assert "<details" not in page
    else:
        assert "Les déplacements de l’expert sont-ils pris en charge" in page
        assert 0 < page.count("<details") < 5


@pytest.mark.parametrize(
    "asked", ["%00", "<script>alert(1)</script>", "a" * 5000, "{rate}", "%F0%9F%98%80", "%20"]
)
def test_a_search_takes_anything(client: Client, asked: str) -> None:
    response = client.get(f"/comprendre/questions/?q={asked}")

    assert response.status_code == 200
    assert b"<script>alert" not in response.content


# --- Words ---------------------------------------------------------------------------------------
def test_the_glossary_is_in_the_order_of_the_alphabet() -> None:
    terms = words.glossary()

    assert len(terms) >= 20
    assert len({each.slug for each in terms}) == len(terms)
    ordered = [words.plain(each.word) for each in terms]
    assert sorted(ordered) == sorted(set(ordered))


def test_the_words_have_french_spaces() -> None:
    plain_space = re.compile(r"[\w»)%…] [:;?!»](?!=)|« ")
    for path in [*words.DIRECTORY.glob("*.toml")]:
        lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
        assert not [line for line in lines if plain_space.search(line)], path.name


def test_the_menu_and_the_footer_lead_to_the_guide(client: Client) -> None:
    page = page_of(client, "/bareme/")

    assert re.search(r'<nav class="dm-nav".*?href="/comprendre/".*?</nav>', page, re.DOTALL)
    for name in ("guide_index", "accessibility", "legal_notice", "privacy", "service_status"):
        assert f'href="{reverse(name)}"' in page.partition("<footer")[2]
