"""The pages that explain the scheme to a newcomer: no account, no query, figures of the edition in force."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from applications.guide import calendar as stages
from applications.guide import words
from applications.guide.examples import example
from applications.guide.figures import figures, listed
from applications.guide.pages import CHAPTERS, INDEX, Page, all_pages, place_of, volet_page
from applications.guide.sections import SECTIONS, WRITTEN_FOR
from applications.guide.tables import class_rows
from applications.services.filing_pieces import ALLOWED
from applications.workflow.policy import policy
from portal.accounts.access import public
from portal.clock import today
from portal.documents.checks import LABELS
from tariffs import catalogue, ratetables
from tariffs.engine.editions import Edition, Rule

View = Callable[..., HttpResponseBase]
NO_VOLET = "Aucun volet ne porte ce numéro dans l’édition en vigueur\N{NO-BREAK SPACE}: choisissez-en un dans la liste."
LONGEST_SEARCH = 100
# The rules by whom or what they judge, in the order of a request.
RULE_GROUPS = (
    ("company", "Votre entreprise"),
    ("device", "Votre produit"),
    ("volet", "Le volet demandé"),
    ("expert", "Votre expert"),
    ("quote", "Le devis"),
    ("documents", "Les pièces"),
)
# For five minutes in the reader's own browser: the menu depends on who reads, and the figures on the day.
brief = cache_control(private=True, max_age=300)


def page(view: View) -> View:
    """Make a page of the guide: for everybody, read only, kept a few minutes by the browser."""
    return public(require_safe(brief(view)))


def in_force() -> Edition:
    """The edition in force today."""
    return catalogue.edition_at(today()) or catalogue.editions().all[-1]


def show(request: HttpRequest, here: Page, template: str, edition: Edition, **more: Any) -> HttpResponse:
    """Draw a page of the guide with its place among the others."""
    pages = all_pages(edition)
    context = {
        "page": here,
        "chapters": CHAPTERS,
        "canonical": f"{settings.PORTAL_URL}{here.url}",
        "edition": edition,
        "is_current": edition.code == WRITTEN_FOR,
        "written_for": WRITTEN_FOR,
        "figures": figures(edition, policy()),
        **place_of(here, pages),
        **more,
    }
    return render(request, template, context)


def chapter(name: str) -> Page:
    """The chapter that bears an address's name."""
    return next(each for each in CHAPTERS if each.name == name)


@page
def index(request: HttpRequest) -> HttpResponse:
    """The whole scheme on one page, with a way through the guide."""
    edition = in_force()
    tables = ratetables.volet_tables(edition)
    toc = [
        ("principe", "Le principe"),
        ("chiffres", "Les chiffres"),
        ("qui", "Qui y a droit"),
        ("parcours", "Comment cela se passe"),
        ("pieges", "Les trois pièges"),
        ("suite", "Par où continuer"),
    ]
    return show(request, INDEX, "guide/index.html", edition, toc=toc, tables=tables)


@page
def volets(request: HttpRequest) -> HttpResponse:
    """The volets side by side."""
    edition = in_force()
    cards = [(table, words.volets().get(table.volet.number)) for table in ratetables.volet_tables(edition)]
    toc = [
        ("choisir", "Choisir son volet"),
        ("combiner", "En combiner plusieurs"),
        ("non-couvert", "Ce qui n’est jamais payé"),
    ]
    return show(
        request, chapter("guide_volets"), "guide/volets.html", edition, toc=toc, cards=cards,
        uncovered=edition.uncovered_items.values(),
    )  # fmt: skip


@page
def volet(request: HttpRequest, number: int) -> HttpResponse:
    """One volet whole; 404 where the edition does not offer it."""
    edition = in_force()
    table = next((each for each in ratetables.volet_tables(edition) if each.volet.number == number), None)
    said = words.volets().get(number)
    if table is None or said is None:
        raise Http404(NO_VOLET)
    worked = example(said, edition, today())
    toc = [
        ("travaux", "Ce qui est payé"),
        ("plafonds", "Les plafonds"),
        ("conditions", "Qui peut le demander"),
        ("pieces", "Les pièces"),
        ("delai", "Le délai"),
        ("non-couvert", "Ce qui n’est pas payé"),
        ("exemple", "Un exemple chiffré"),
    ]
    return show(
        request, volet_page(edition, number), "guide/volet.html", edition, toc=toc, table=table, said=said,
        rows=class_rows(edition, number), items=[(row.item, said.items.get(row.item.code, "")) for row in table.rows],
        conditions=[edition.by_name[name] for name in said.conditions if name in edition.by_name],
        months=ratetables.months(table.duration) if table.duration else "",
        uncovered=edition.uncovered_items.values(), worked=worked,
        simulation=f"{reverse('simulator')}?{worked.query}",
    )  # fmt: skip


def _rules_of(edition: Edition) -> list[tuple[str, str, list[tuple[Rule, words.RuleWords | None]]]]:
    """The rules of an edition by group, each with its plain words."""
    said = figures(edition, policy())
    groups = []
    for prefix, title in RULE_GROUPS:
        rules = [rule for rule in edition.rules if rule.name.startswith(f"{prefix}.")]
        if rules:
            groups.append((prefix, title, [(rule, words.rule_words(rule.name, said)) for rule in rules]))
    return groups


def _former_rules(edition: Edition) -> list[tuple[Edition, list[Rule]]]:
    """The rules that only older editions have, newest edition first; their dossiers still run."""
    known, found = set(edition.by_name), []
    older = [each for each in catalogue.editions() if each.in_force_from < edition.in_force_from]
    for each in reversed(older):
        rules = [rule for rule in each.rules if rule.name not in known]
        known |= {rule.name for rule in rules}
        if rules:
            found.append((each, rules))
    return found


@page
def eligibility(request: HttpRequest) -> HttpResponse:
    """Every rule in plain words, with what proves it."""
    edition = in_force()
    groups, former = _rules_of(edition), _former_rules(edition)
    toc = [(f"regles-{prefix}", title) for prefix, title, _ in groups]
    if former:
        toc.append(("anciennes", "Les éditions passées"))
    return show(
        request,
        chapter("guide_eligibility"),
        "guide/eligibility.html",
        edition,
        toc=toc,
        groups=groups,
        former=former,
    )


@page
def documents(request: HttpRequest) -> HttpResponse:
    """The pieces of a request and those of its closure."""
    edition = in_force()
    toc = [
        ("lesquelles", "Les pièces de la demande"),
        ("fraicheur", "La date de l’attestation"),
        ("formats", "Formats et tailles"),
        ("absente", "Une pièce manque"),
        ("cloture", "Les pièces de la fin"),
    ]
    formats = {
        kind: listed([LABELS[extension] for extension in ALLOWED[kind]], "ou")
        for kind in ("quote", "regularity_certificate", "tax_return")
    }
    return show(
        request, chapter("guide_documents"), "guide/documents.html", edition, toc=toc, formats=formats, today=today(),
        oldest=stages.oldest_certificate(edition, today()), rules=edition.by_name,
    )  # fmt: skip


@page
def calendar(request: HttpRequest) -> HttpResponse:
    """From the simulation to the payment, stage by stage."""
    edition = in_force()
    toc = [
        ("etapes", "Les étapes"),
        ("durees", "La durée des travaux"),
        ("choix", "Les délais choisis par ce portail"),
    ]
    return show(
        request, chapter("guide_calendar"), "guide/calendar.html", edition, toc=toc, today=today(),
        stages=stages.stages(figures(edition, policy())), last_days=stages.last_days(edition, today()),
    )  # fmt: skip


@page
def experts(request: HttpRequest) -> HttpResponse:
    """How to choose an expert, and what never to sign too early."""
    edition = in_force()
    toc = [
        ("signer", "Ce qu’il ne faut pas signer trop tôt"),
        ("agrement", "L’agrément"),
        ("passi", "PASSI, pour le volet 5"),
        ("derogation", "Un expert non agréé"),
        ("independance", "Son indépendance"),
        ("attendre", "Ce que vous pouvez attendre de lui"),
        ("changer", "Changer d’expert"),
    ]
    return show(
        request, chapter("guide_experts"), "guide/experts.html", edition, toc=toc, rules=edition.by_name
    )


@page
def questions(request: HttpRequest) -> HttpResponse:
    """The frequent questions, those that hold the words of « q » where there are some."""
    edition = in_force()
    asked = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    every = words.questions(figures(edition, policy()))
    found = words.search(every, asked) if asked else every
    toc = [(f"groupe-{title_number}", title) for title_number, (title, _) in enumerate(found, 1)]
    count = sum(len(group) for _, group in found)
    return show(
        request,
        chapter("guide_questions"),
        "guide/questions.html",
        edition,
        toc=toc,
        groups=found,
        asked=asked,
        count=count,
    )


@page
def glossary(request: HttpRequest) -> HttpResponse:
    """The words of the scheme, and the sections of the rulebook that the guide cites."""
    toc = [("mots", "Les mots"), ("sections", "Les sections du cahier des charges")]
    return show(
        request, chapter("guide_glossary"), "guide/glossary.html", in_force(), toc=toc, terms=words.glossary(),
        sections=SECTIONS[WRITTEN_FOR].items(),
    )  # fmt: skip
