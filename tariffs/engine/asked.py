"""Why a company is asked for each document, and the cash it puts forward, in words and figures for its screen."""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from tariffs.engine.editions import Edition
from tariffs.engine.evaluation import Evaluation
from tariffs.engine.facts import Case
from tariffs.engine.french import day
from tariffs.engine.values import CENT

# The ordinary rate in metropolitan France: an estimate, since the expert's own invoice decides.
VAT_RATE = Decimal("0.20")


class Asked(NamedTuple):
    """A document that is asked for, because of what is known of the company; `fresh` says how recent it must be."""

    kind: str
    because: str
    fresh: str | None

    def to_json(self) -> dict[str, str | None]:
        """The document under names of its own, for screens."""
        return {"kind": self.kind, "because": self.because, "fresh": self.fresh}


class Cash(NamedTuple):
    """What the company pays its expert, euros: its share HT, the VAT on it (an estimate), and both."""

    share: Decimal
    vat: Decimal
    total: Decimal

    def to_json(self) -> dict[str, str]:
        """The amounts as texts with two decimals."""
        return {"share": str(self.share), "vat": str(self.vat), "total": str(self.total)}


def documents_asked(case: Case, edition: Edition, evaluation: Evaluation) -> list[Asked]:
    """The documents of the evaluation, each with its reason in this case."""
    found = []
    for document in evaluation.required_documents:
        params = edition.by_name[f"documents.{document.kind}"].params
        months = params.get("fresh_months")
        fresh = None if months is None else f"de moins de {months} mois au jour du dépôt"
        found.append(Asked(document.kind, _because(case, params.get("older_than_years")), fresh))
    return found


def _because(case: Case, years: int | None) -> str:
    if years is None:
        return "car toute demande part du devis de l’expert, que vous ne signez qu’après le contrat"
    age = f"{years} an{'s' if years > 1 else ''}"
    created = case.company.created_on
    if created is None:
        return f"si l’entreprise a plus de {age} : sa date de création n’est pas indiquée"
    return f"car l’entreprise, créée le {day(created)}, a plus de {age}"


def cash_of(evaluation: Evaluation) -> Cash | None:
    """What the company puts forward for this quote; None while the funding is not known."""
    if evaluation.funding is None:
        return None
    share = evaluation.funding.company_share
    vat = (share * VAT_RATE).quantize(CENT, ROUND_HALF_UP)
    return Cash(share, vat, share + vat)
