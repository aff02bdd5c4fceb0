"""What each component is shown with: every variant and state, with invented people, sums and words."""

from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any

from django.core.paginator import Paginator

from diagdm.style.forms import filled, mistaken

Json = dict[str, Any]

DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Sample:
    """One way to show a component: what it is, and what the template takes."""

    title: str
    takes: Json = field(default_factory=dict)


# Components that are an <li>: the list they go in.
LISTS = {
    "file_row": ("ul", "dm-file-list"),
    "task_row": ("ol", "dm-tasks"),
    "volet_card": ("ul", "dm-passport"),
}

# Those that stand side by side.
SMALL = frozenset({"badge", "button_row", "finding_status"})

FINDING: Json = {
    "rule": "company.category",
    "status": "fail",
    "observed": "250 salariés",
    "expected": "moins de 250 salariés",
    "message": "L’entreprise n’est pas une petite ou moyenne entreprise.",
    "remedy": "250 → 249 salariés",
    "source": "édition 2024, §1.3",
}
CHANGES: Json = {
    "title": "Taille de l’entreprise",
    "changes": [
        {"sentence": "Avec 249 salariés au plus, la condition serait remplie."},
        {"sentence": "Les volets 4 et 5 restent ouverts."},
    ],
}
STATUSES = ("pass", "fail", "missing", "review", "warning", "not_applicable", "not_evaluated")


def _finding(status: str, message: str, **more: Any) -> Json:
    return FINDING | {"status": status, "message": message, "rule": f"example.{status}"} | more


FINDINGS = [
    FINDING,
    _finding("missing", "La date de création de l’entreprise n’est pas connue.", observed=None, remedy=None),
    _finding("review", "Le produit contient une substance d’origine humaine.", decision="au cas par cas"),
    _finding("pass", "L’entreprise est établie en France."),
    _finding("not_applicable", "Le certificat PASSI ne concerne que le volet 5.", observed=None),
]

LINE = {"item": "gap", "amount": "12000", "ceiling": "15000", "eligible": "12000", "excess": "0"}
OVER = {"item": "file", "amount": "46000", "ceiling": "40000", "eligible": "40000", "excess": "6000"}
OUTSIDE = {"item": "trip", "amount": "850", "ceiling": None, "eligible": "0", "excess": "850"}
LABELS = {"gap": "Analyse d’écarts", "file": "Dossier technique", "trip": "Déplacements"}
EVALUATION: Json = {
    "edition": "2024",
    "on": "2026-11-20",
    "stage": "simulation",
    "verdict": "eligible",
    "findings": FINDINGS,
    "funding": {
        "total": "58850",
        "eligible_total": "52000",
        "bpifrance_share": "26000",
        "company_share": "32850",
        "lines": [LINE, OVER, OUTSIDE],
    },
    "required_documents": [
        {"kind": "quote", "why": "Il fonde la demande."},
        {"kind": "tax_return", "why": "Car l’entreprise a plus d’un an."},
    ],
    "term": {"months": 18, "starts_on_event": "contract_signed", "due_on": "2028-05-20"},
}
_BARE = EVALUATION | {"funding": None, "required_documents": [], "term": {}}


def _bar(line: Json) -> Json:
    given = {name: line[name] for name in ("amount", "ceiling", "eligible", "excess")}
    return given | {"label": LABELS[line["item"]]}


def _verdict(word: str) -> Json:
    return {"evaluation": _BARE | {"verdict": word}, "item_labels": LABELS, "uid": f"-{word}"}


_TONES = (("neutral", "Brouillon"), ("info", "En cours"), ("success", "Acceptée"), ("warning", "À signer"))
_REASONS = [
    {
        "message": "Le volet 5 demande un produit qui contient un logiciel.",
        "remedy": "Indiquez-le si c’est le cas.",
        "source": "édition 2024, §2.1",
    }
]
_PASSPORT = {"number": 2, "title": "Dossier de marquage CE", "items": ["Dossier technique", "Logiciel"]}
_STAGES: list[Json] = [
    {"label": "Demande déposée", "done": True, "on": date(2026, 9, 3)},
    {"label": "Décision de Bpifrance", "done": True, "on": date(2026, 9, 28), "note": "Acceptée"},
    {"label": "Contrat à signer", "current": True, "expected": date(2026, 12, 2), "note": "Par vous"},
    {"label": "Prestation terminée", "expected": date(2028, 3, 28)},
    {"label": "Expert payé par Bpifrance"},
]
_COURTS: list[Json] = [
    {"who": "company", "label": "Vous", "days": 12, "tone": "accent"},
    {"who": "bpifrance", "label": "Bpifrance", "days": 25, "tone": "info", "current": True},
    {"who": "expert", "label": "L’expert", "days": 0, "tone": "warning"},
]
_PAGES = Paginator(range(1, 1235), 50, allow_empty_first_page=True)
_PERSON = SimpleNamespace(is_authenticated=True, full_name="Camille Aubry", email="camille@cardiolog.example")
_MENU = [
    {"label": "Mes demandes", "url": "#site_header", "active": True, "badge": 2},
    {"label": "Membres", "url": "#site_header", "active": False, "badge": 0},
]


def samples() -> dict[str, list[Sample]]:
    """Return the ways to show each component, by its name."""
    return _words() | _answers() | _lists() | _forms() | _frame()


def _words() -> dict[str, list[Sample]]:
    """Return what says one thing: states, messages, figures."""
    return {
        "badge": [
            *(Sample(f"Ton {tone}", {"label": label, "tone": tone}) for tone, label in _TONES),
            Sample(
                "Ton danger, avec une icône",
                {"label": "Caduque", "tone": "danger", "icon_name": "x-circle-fill"},
            ),
        ],
        "callout": [
            Sample("Information", {"text": "Un brouillon se garde trois mois."}),
            Sample(
                "Titre",
                {"title": "C’est enregistré", "text": "Reprenez quand vous voulez.", "tone": "success"},
            ),
            Sample(
                "À savoir avant d’agir",
                {
                    "title": "Ne signez pas encore le devis",
                    "text": "Un devis signé avant le contrat n’est pas pris en charge.",
                    "tone": "warning",
                    "action_label": "Pourquoi ?",
                    "action_url": "#callout",
                },
            ),
            Sample(
                "Grave",
                {"title": "Dernier jour", "text": "La demande sera abandonnée demain.", "tone": "danger"},
            ),
            Sample("Neutre", {"text": "Rien n’est transmis.", "tone": "neutral", "icon_name": "lock"}),
        ],
        "message": [
            Sample("Fait", {"text": "Votre demande est déposée.", "tone": "success"}),
            Sample("Information", {"text": "Un courriel vous a été envoyé.", "tone": "info"}),
            Sample("Attention", {"text": "Le fichier est en cours d’analyse.", "tone": "warning"}),
            Sample("Erreur", {"text": "La page a changé entre-temps : rien n’a été écrit.", "tone": "error"}),
        ],
        "key_figures": [
            Sample(
                "Trois figures, dont une qui alerte",
                {
                    "figures": [
                        {"label": "Aide utilisée", "value": "26 000,00 €"},
                        {"label": "Aide encore possible", "value": "62 500,00 €", "note": "quatre volets"},
                        {
                            "label": "Échéance",
                            "value": "2 décembre",
                            "note": "dans 12 jours",
                            "tone": "warning",
                        },
                    ]
                },
            )
        ],
        "page_header": [
            Sample("Titre seul", {"title": "Mes demandes"}),
            Sample(
                "Complet",
                {
                    "title": "DM-2026-0042",
                    "eyebrow": "Cardiolog",
                    "lead": "Le contrat est prêt : lisez-le, puis signez-le.",
                    "badge_label": "Contrat à signer",
                    "badge_tone": "warning",
                    "action_label": "Lire et signer",
                    "action_url": "#page_header",
                },
            ),
        ],
    }


def _answers() -> dict[str, list[Sample]]:
    """Return what the engine answers, and where a request stands."""
    return {
        "amount_bar": [
            Sample("Sous le plafond", _bar(LINE)),
            Sample("Au-delà du plafond", _bar(OVER)),
            Sample("Sans plafond connu", _bar(OUTSIDE)),
        ],
        "clock": [
            Sample(
                "Trois tours de main", {"parts": _COURTS, "note": "Depuis le dépôt, le 3 septembre 2026."}
            ),
            Sample("Le premier jour", {"parts": [_COURTS[2] | {"current": True}]}),
        ],
        "finding": [
            Sample("Repliée", {"finding": FINDING}),
            Sample("Dépliée", {"finding": FINDINGS[2], "open": True}),
            Sample("Ce qui la renverserait", {"finding": FINDING | CHANGES, "open": True}),
            Sample(
                "Levée par une personne", {"finding": FINDINGS[2] | {"lifted": "2026-10-02"}, "open": True}
            ),
        ],
        "finding_status": [Sample(status, {"status": status}) for status in STATUSES],
        "findings": [
            Sample("Ce qui bloque d’abord", {"findings": FINDINGS}),
            Sample("Tout est rempli", {"findings": FINDINGS[3:4]}),
        ],
        "steps": [
            Sample(
                "Deuxième étape sur trois",
                {
                    "label": "Votre simulation",
                    "steps": [
                        {"label": "Le dispositif", "state": "done", "url": "#steps"},
                        {"label": "L’entreprise", "state": "current"},
                        {"label": "Le devis", "state": "todo"},
                    ],
                },
            )
        ],
        "timeline": [Sample("Faits, étape en cours, dates prévues", {"items": _STAGES, "label": "Suivi"})],
        "verdict": [
            Sample("Éligible", {"evaluation": EVALUATION, "item_labels": LABELS, "uid": "-eligible"}),
            Sample("Non éligible", _verdict("ineligible")),
            Sample("À examiner", _verdict("needs_review")),
            Sample("À compléter", _verdict("incomplete")),
        ],
    }


def _lists() -> dict[str, list[Sample]]:
    """Return lists, their rows and what they say when empty."""
    rows = [{"label": "SIREN", "value": "732 829 320"}, ("Effectif", "12 salariés"), ("Site", "")]
    return {
        "definition_list": [Sample("Une valeur n’est pas connue", {"rows": rows})],
        "empty": [
            Sample(
                "Avec ce qui peut être fait",
                {
                    "title": "Aucune demande pour l’instant",
                    "text": "Vérifiez en trois étapes ce à quoi vous avez droit.",
                    "action_label": "Vérifier mon éligibilité",
                    "action_url": "#empty",
                },
            ),
            Sample(
                "Sans rien à faire",
                {"title": "Rien à payer", "text": "Tout est réglé.", "icon_name": "wallet2"},
            ),
        ],
        "file_row": [
            Sample(
                "Lisible", {"name": "liasse-2025.pdf", "url": "#file_row", "size": 482133, "added_on": DAY}
            ),
            Sample(
                "Avec sa validité",
                {
                    "name": "attestation.pdf",
                    "label": "Attestation de régularité",
                    "issued_on": date(2026, 9, 14),
                    "valid_until": date(2027, 3, 14),
                    "badge_label": "Valable",
                    "badge_tone": "success",
                },
            ),
            Sample("En cours d’analyse", {"name": "devis.pdf", "size": 90211, "state": "pending"}),
            Sample(
                "Refusé",
                {"name": "devis.docm", "state": "refused", "refusal": "Ce fichier contient des macros."},
            ),
        ],
        "pagination": [Sample("Au milieu", {"page_obj": _PAGES.page(3), "params": "volet=2"})],
        "task_row": [
            Sample("Faite", _task("Entreprise", "done", "Identité, taille, capital")),
            Sample("À faire", _task("Dispositif", "due", "Le produit et son stade")),
            Sample("À corriger", _task("Devis", "mend", "Le devis est signé.") | {"more": 2}),
            Sample("Scellée", _task("Expert", "sealed", "Acceptée par Bpifrance") | {"quiet": True}),
            Sample("Plus tard", _task("Relecture", "later", "Tout relire, puis déposer")),
            Sample("À d’autres", _task("Déclarations", "theirs", "Sur l’honneur") | {"quiet": True}),
        ],
        "volet_card": [
            Sample("Ouvert", _card("available", amount="20000", action_label="Commencer", action_main=True)),
            Sample("Brouillon", _card("drafted", state_label="À déposer", action_label="Reprendre")),
            Sample(
                "En cours", _card("in_progress", state_label="Contrat à signer", state_note="Cardiopatch")
            ),
            Sample("Utilisé", _card("used", amount="18000", amount_label="Aide reçue")),
            Sample("Fermé", _card("closed", reasons=_REASONS)),
            Sample("Pas encore connu", _card("unknown", note="Décrivez d’abord un dispositif.")),
        ],
    }


def _task(label: str, status: str, note: str) -> Json:
    return {"label": label, "url": "#task_row", "status": status, "note": note}


def _card(status: str, **more: Any) -> Json:
    given = _PASSPORT | {"status": status} | more
    return given | ({"action_url": "#volet_card"} if "action_label" in more else {})


def _forms() -> dict[str, list[Sample]]:
    """Return what is typed, mended, confirmed."""
    return {
        "button_row": [
            Sample("Avec une sortie", {"submit_label": "Enregistrer", "cancel_url": "#button_row"}),
            Sample("Sans retour possible", {"submit_label": "Retirer la demande", "danger": True}),
        ],
        "confirm": [
            Sample(
                "Un acte redemandé",
                {
                    "text": "Vous ne verrez plus rien de Cardiolog, dès la prochaine page.",
                    "action_url": "#confirm",
                    "submit_label": "Quitter Cardiolog",
                    "cancel_url": "#confirm",
                    "cancel_label": "Rester",
                    "danger": True,
                },
            )
        ],
        "error_summary": [Sample("Chaque point mène à son champ", {"form": mistaken("summary")})],
        "form_page": [
            Sample(
                "À remplir",
                {"form": filled("page"), "submit_label": "Enregistrer", "cancel_url": "#form_page"},
            ),
            Sample("À corriger", {"form": mistaken("wrong"), "submit_label": "Enregistrer"}),
        ],
    }


def _frame() -> dict[str, list[Sample]]:
    """Return what stands around every page."""
    return {
        "site_footer": [Sample("Au pied de chaque page", {"is_demo": True})],
        "site_header": [
            Sample("Un visiteur", {"user": SimpleNamespace(is_authenticated=False), "navigation": _MENU[1:]}),
            Sample("Une personne", {"user": _PERSON, "navigation": _MENU, "unread_notifications": 3}),
        ],
    }
