"""The demo world's library of sentences for letters."""

from __future__ import annotations

from datetime import datetime

from applications.services import reasons
from portal.accounts.models import User

SENTENCES = (
    (
        "company.category",
        "Groupe : déposer avec les comptes consolidés",
        "Si votre groupe a changé depuis la clôture, vous pouvez déposer une nouvelle demande avec les comptes "
        "consolidés du dernier exercice.",
    ),
    (
        "company.autonomy",
        "Répartition du capital",
        "Une table de capitalisation à jour, avec la part de chaque associé, permet de réexaminer ce point.",
    ),
    (
        "quote.within_ceilings",
        "Devis au-dessus d’un plafond",
        "Un nouveau devis de {expert}, ramené sous les plafonds du volet, peut être joint à une nouvelle demande.",
    ),
    (
        "",
        "Échange avant un nouveau dépôt",
        "Nous vous proposons d’en parler avant un nouveau dépôt : écrivez-nous depuis la page du dossier {numero}.",
    ),
    (
        "",
        "Prochaines étapes, en liste",
        "Pour la suite :\n\n- relisez les points ci-dessus avec {expert} ;\n- joignez les pièces demandées ;\n"
        "- écrivez-nous si l’un d’eux vous paraît inexact.",
    ),
)


def write_sentences(author: User, now: datetime) -> None:
    """Fill the library, in a manager's name."""
    for rule, title, text in SENTENCES:
        reasons.add(rule=rule, title=title, text=text, author=author, now=now)
