"""The ethics charter an expert accepts: its version and its seven principles (edition 2024, §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experts.models import ExpertFirm

CHARTER_VERSION = "2024-10"
"""To be accepted again, with its date, when the text below changes."""

PRINCIPLES: tuple[tuple[str, str], ...] = (
    (
        "Compétences",
        "Réunir les compétences que la mission demande, conseiller le client d’un bout à l’autre, "
        "facturer un prix réaliste.",
    ),
    (
        "Confidentialité",
        "S’engager par écrit à la confidentialité et ne rien divulguer de ce que le client confie.",
    ),
    (
        "Éthique professionnelle",
        "Servir les intérêts du client avec loyauté et transparence, respecter ses confrères et la propriété "
        "intellectuelle, n’accepter aucun avantage hors du contrat.",
    ),
    (
        "Conflits d’intérêts",
        "Vérifier avant de commencer qu’aucun intérêt ne lie l’expert au client, et l’avertir dès "
        "qu’un doute apparaît.",
    ),
    (
        "Relation client et gestion de projet",
        "Signaler sans délai retards et incidents, rendre compte par écrit de chaque réunion et "
        "mesurer la satisfaction à la fin de chaque phase.",
    ),
    (
        "Méthodologie",
        "Proposer un devis détaillé, le suivre, et faire valider chaque phase par le client.",
    ),
    (
        "Conformité",
        "Être à jour de ses obligations sociales et fiscales, respecter le droit du travail, être assuré.",
    ),
)
"""Name and meaning of each principle, in the rulebook's order."""


def charter_is_current(firm: ExpertFirm) -> bool:
    """Say whether the firm accepted the charter in its present version; reads the firm's own row alone."""
    return firm.charter_version == CHARTER_VERSION
