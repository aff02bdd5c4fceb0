"""The page that shows the visual language."""

import re
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from applications.workflow.states import State, company_label, tone
from diagdm.style.colours import PAIRS, THEME, tokens
from diagdm.style.contracts import contract_of, names
from diagdm.style.forms import filled, mistaken
from diagdm.style.samples import DAY, LISTS, SMALL, Sample, samples
from portal.accounts.access import public

Json = dict[str, Any]

FOUNDATIONS = (
    ("couleurs", "Couleurs"),
    ("texte", "Texte"),
    ("espacement", "Espacement"),
    ("boutons", "Boutons et liens"),
    ("ecriture", "Montants et dates"),
    ("etats", "États"),
    ("champs", "Champs"),
    ("tableau", "Tableau"),
)
_SPACE = re.compile(r"--dm-(space-\d): ([\d.]+)rem;")


@public
@require_safe
def style_guide(request: HttpRequest) -> HttpResponse:
    """Show colours, type, spacing and each component in each of its states; only in the demonstration."""
    if not settings.DEMO:
        raise Http404
    context = {
        "foundations": FOUNDATIONS,
        "sections": sections(),
        "pairs": _pairs(),
        "spaces": _spaces(),
        "states": [{"code": state, "label": company_label(state), "tone": tone(state)} for state in State],
        "blank": filled("blank"),
        "mistaken": mistaken("fields"),
        "day": DAY,
    }
    return render(request, "style/guide.html", context)


def sections() -> list[Json]:
    """Return what is shown of each component: its contract and its samples rendered."""
    shown = samples()
    return [
        {
            "name": name,
            "contract": contract_of(name),
            "list": LISTS.get(name),
            "small": name in SMALL,
            "samples": [{"title": one.title, "html": rendered(name, one)} for one in shown.get(name, [])],
        }
        for name in names()
    ]


def rendered(name: str, sample: Sample) -> str:
    """Return a component's markup for one sample; it sees nothing else of the page."""
    return render_to_string(f"components/{name}.html", sample.takes)


def _pairs() -> list[Json]:
    """Return each pair of colours with its values and contrasts in both schemes."""
    known = tokens()
    return [
        {
            "front": pair.front,
            "back": pair.back,
            "least": f"{pair.least:.1f}".replace(".", ","),
            "schemes": [
                {
                    "name": {"light": "clair", "dark": "sombre"}[scheme],
                    "front": known[scheme][pair.front],
                    "back": known[scheme][pair.back],
                    "ratio": f"{pair.ratio(scheme):.1f}".replace(".", ","),
                }
                for scheme in ("light", "dark")
            ],
        }
        for pair in PAIRS
    ]


def _spaces() -> list[Json]:
    """Return the steps of the spacing scale, in pixels at the usual size of text."""
    found = _SPACE.findall(THEME.read_text(encoding="utf-8"))
    return [
        {"name": name, "rem": rem.replace(".", ","), "pixels": round(float(rem) * 16)} for name, rem in found
    ]
