"""A letter of two pages beside bare WeasyPrint on the same HTML with shared fonts, its seal, and the memory after many.

Run it with `python benchmarks/letters.py [letters]` (250). Both are measured in one run, turn by turn, over letters
that all differ, and the medians are compared: machines drift, ratios don't. Goals: a letter at 1.15 times bare
WeasyPrint, memory after 250 letters at 1.15 times that after the first.
"""

import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "diagdm.settings")
os.environ["DIAGDM_VAR"] = tempfile.mkdtemp(prefix="diagdm-bench-")
os.environ["DIAGDM_ENVIRONMENT"] = "demo"

import django  # noqa: E402

django.setup()

from django.template.loader import render_to_string  # noqa: E402
from weasyprint import HTML  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402

from applications.letters.render import PAPER, render_pdf  # noqa: E402
from portal import clock  # noqa: E402
from portal.seal import sealed  # noqa: E402

TEMPLATE = "letters/rejection.html"
ROUNDS = 15
FINDING = {
    "message": "Avec les données de ses partenaires, l’entreprise dépasse les seuils d’une PME.",
    "observed": "partenaires ou liées : Groupe Medilux 45 %",
    "expected": "aucune entreprise à plus de 25 % du capital, ou des données cumulées qui restent celles d’une PME",
    "remedy": "L’entreprise doit être autonome, ou rester une PME avec les données de ses partenaires.",
    "source": "édition 2024, p. 1",
}


def letter(number: int) -> dict[str, Any]:
    """Return the content of a rejection of two pages, unlike those of other numbers."""
    return {
        "title": "Lettre de rejet",
        "number": f"DM-2026-{number:06d}",
        "on": "2026-11-20",
        "written_at": "2026-11-20T10:00:00+01:00",
        "company": {
            "name": f"Entreprise {number}",
            "scheme": "SIREN",
            "identifier": "732829320",
            "address": "12 rue des Lilas",
            "postcode": "69003",
            "city": "Lyon",
        },
        "device": f"Dispositif {number}",
        "volet": 1,
        "volet_label": "Système de management de la qualité ISO 13485",
        "edition_label": "Édition 2024",
        "officer": "Camille Durand",
        "findings": [{**FINDING, "rule": f"company.rule_{rank}"} for rank in range(7)],
        "motive": "Le dossier ne répond pas aux conditions citées, après échange avec l’entreprise. " * 4,
        "sections": {
            "opening": f"Après étude de la demande {number}, nous ne pouvons pas y donner suite.",
            "closing": "Vous pouvez demander une fois, dans les deux mois, un réexamen par d’autres personnes.",
        },
    }


def seconds(work: Callable[[], object]) -> float:
    """Return how long a work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def memory() -> float:
    """Return the resident memory now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main(letters: int) -> None:
    """Print the medians, their ratio, the seal's share, and the memory."""
    fonts = FontConfiguration()

    def bare(number: int) -> bytes:
        html = render_to_string(TEMPLATE, {"frame": PAPER, **letter(number)})
        pdf: bytes = HTML(string=html).write_pdf(font_config=fonts, pdf_variant="pdf/a-3b", pdf_tags=True)
        return pdf

    first = render_pdf(TEMPLATE, letter(0))
    at_first = memory()
    bare(0)
    ours, theirs, seals = [], [], []
    for number in range(1, ROUNDS + 1):
        made: list[bytes] = []
        ours.append(seconds(lambda n=number, m=made: m.append(render_pdf(TEMPLATE, letter(n)))))
        theirs.append(seconds(lambda n=number: bare(n + 1000)))
        seals.append(seconds(lambda m=made: sealed(m[0], at=clock.now())))
    before = memory()
    for number in range(letters):
        render_pdf(TEMPLATE, letter(number + 10_000))
    after = memory()
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"letter of 2 pages, {len(first) / 1000:.0f} kB: median {statistics.median(ours) * 1000:.0f} ms")
    print(f"bare WeasyPrint, shared fonts: median {statistics.median(theirs) * 1000:.0f} ms")
    print(f"ratio {ratio:.2f} (goal 1.15); its seal: median {statistics.median(seals) * 1000:.0f} ms more")
    print(f"memory: {at_first:.0f} MB after the first, {before:.0f} MB with seals and bare ones beside,")
    print(f"{after:.0f} MB after {letters} more: {after / before:.2f} (goal 1.15)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 250)
