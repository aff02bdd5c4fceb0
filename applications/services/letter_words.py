"""The sections of a letter that its author may rewrite: how they are composed, and what replaces their placeholders."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from applications.models import Letter
from applications.workflow.refusals import Obstacle, Refused
from portal.display import NO_BREAK, euros, french_date

Json = dict[str, Any]
Kind = Letter.Kind
MOST_CHARACTERS = 6000
_BRACES = re.compile(r"\{([^{}\n]*)\}")

# The acts whose letter may be rewritten before it leaves.
KIND_OF_ACT: dict[str, str] = {
    "approve": Kind.APPROVAL,
    "reject": Kind.REJECTION,
    "request_completion": Kind.COMPLETION,
    "sign_for_bpifrance": Kind.CONTRACT,
    "give_notice": Kind.LAPSE_NOTICE,
    "request_corrections": Kind.CORRECTIONS,
}
ACTS_OF_KIND: dict[str, str] = {kind: act for act, kind in KIND_OF_ACT.items()}

# What may stand between braces in a section, and what it becomes.
PLACEHOLDERS: dict[str, str] = {
    "numero": "le numéro du dossier",
    "entreprise": "le nom de l’entreprise",
    "dispositif": "le nom du dispositif",
    "volet": "le numéro et le nom du volet",
    "expert": "le nom de l’expert",
    "date": "la date du courrier",
    "date_limite": "la date limite de réponse",
    "terme": "le terme de la prestation",
    "quote_part": "la quote-part de Bpifrance",
}


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a letter. `words` hold placeholders; when `literal`, they are somebody's and hold none."""

    key: str
    label: str
    words: str
    literal: bool = False
    optional: bool = False
    rule: str = ""


# --- Placeholders ----------------------------------------------------------------------------------
def values_of(context: Json) -> dict[str, str]:
    """Return what replaces each placeholder in a letter; one without a value there is not in it."""
    facts = context.get("terms") or context
    deadline = context.get("due_on") if "items" in context else context.get("lapse_on")
    share = (facts.get("money") or {}).get("bpifrance_share")
    found = {
        "numero": facts.get("number"),
        "entreprise": (facts.get("company") or {}).get("name"),
        "dispositif": facts.get("device"),
        "volet": f"{facts.get('volet')}, {facts.get('volet_label')}",
        "expert": facts.get("expert"),
        "date": french_date(facts["on"]) if facts.get("on") else "",
        "date_limite": french_date(deadline) if deadline else "",
        "terme": french_date(context.get("due_on")) if context.get("lapse_on") else "",
        "quote_part": euros(share) if share else "",
    }
    return {name: str(value) for name, value in found.items() if value}


def unknown_names(text: str, values: Mapping[str, str]) -> list[str]:
    """Return what stands between braces and has no value."""
    return [name for name in dict.fromkeys(_BRACES.findall(text)) if name not in values]


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text with each placeholder replaced, once: a value is never read as a placeholder."""
    return _BRACES.sub(lambda found: values.get(found[1], found[0]), text)


# --- Sections by kind ------------------------------------------------------------------------------
def _approval(context: Json) -> list[Section]:
    opening = (
        "Nous avons le plaisir de vous informer que votre demande est acceptée. L’expert retenu est {expert}."
    )
    start = "la présente acceptation" if _starts_at_approval(context) else "la dernière signature du contrat"
    months = context.get("months")
    steps = [
        "- Le contrat vous sera adressé sur le portail : votre signataire le signe en ligne.",
        "- Ne signez pas le devis et ne faites pas commencer la prestation avant d’avoir signé ce contrat.",
        f"- La prestation doit s’achever dans les {months} mois qui suivent {start}." if months else "",
        "- Vous réglez votre quote-part à l’expert ; Bpifrance lui règle directement la sienne en fin de mission.",
    ]
    return [
        Section("opening", "Ouverture", opening),
        Section("next", "La suite", "\n".join(filter(None, steps))),
        Section("closing", "Mot de la fin", "", optional=True),
    ]


def _starts_at_approval(context: Json) -> bool:
    return context.get("starts_on_event") == "validated"


def _rejection(context: Json) -> list[Section]:
    opening = "Après étude, nous ne pouvons pas donner suite à votre demande pour les raisons suivantes."
    again = (
        "Vous pouvez demander une fois, dans les deux mois, que votre demande soit réexaminée par d’autres "
        "personnes, depuis la page de votre dossier. Vous pouvez aussi déposer une nouvelle demande."
    )
    closing = (
        again if context["review_possible"] else "Cette décision fait suite au réexamen de votre demande."
    )
    remedies = [
        Section(
            f"remedy:{finding['rule']}",
            f"Ce qui changerait la réponse : {finding['message']}",
            finding["remedy"] or "",
            literal=True,
            optional=True,
            rule=finding["rule"],
        )
        for finding in context["findings"]
    ]
    return [
        Section("opening", "Ouverture", opening),
        *remedies,
        Section("motive", "Motif de la décision", context["motive"], literal=True),
        Section("closing", "Vos recours", closing),
    ]


def _completion(_context: Json) -> list[Section]:
    return [
        Section(
            "opening",
            "Ouverture",
            "Pour poursuivre l’étude de votre demande, nous avons besoin des éléments suivants avant le "
            "{date_limite}. Ce qui n’est pas cité est considéré comme acquis.",
        ),
        Section(
            "closing",
            "Comment répondre",
            "Répondez sur le portail, à la page de votre dossier. Sans réponse à cette date, la demande sera "
            "abandonnée ; vous pourrez alors en déposer une nouvelle.",
        ),
    ]


def _contract(_context: Json) -> list[Section]:
    return [Section("special", "Conditions particulières", "", optional=True)]


def _lapse_notice(_context: Json) -> list[Section]:
    return [
        Section(
            "opening",
            "Constat",
            "La prestation confiée à {expert} devait s’achever au plus tard le {terme}. Aucune fin de "
            "prestation n’a été déclarée.",
        ),
        Section(
            "closing",
            "Ce qui est attendu",
            "Si elle s’est achevée avant cette date, votre expert doit le déclarer sur le portail avant le "
            "{date_limite}. À défaut, le dossier deviendra caduc et rien ne sera pris en charge.",
        ),
    ]


def _corrections(_context: Json) -> list[Section]:
    return [
        Section(
            "opening",
            "Ouverture",
            "Nous avons étudié la clôture de votre mission pour {entreprise}. Les éléments suivants sont à "
            "corriger avant le {date_limite}.",
        ),
        Section(
            "closing",
            "Comment répondre",
            "Corrigez ces éléments sur la page de votre mission, puis renvoyez la clôture. Le paiement ne peut "
            "pas être validé avant.",
        ),
    ]


_SECTIONS: dict[str, Callable[[Json], list[Section]]] = {
    Kind.APPROVAL: _approval,
    Kind.REJECTION: _rejection,
    Kind.COMPLETION: _completion,
    Kind.CONTRACT: _contract,
    Kind.SIGNED_CONTRACT: lambda _context: [],
    Kind.LAPSE_NOTICE: _lapse_notice,
    Kind.CORRECTIONS: _corrections,
}


def sections_of(kind: str, context: Json) -> list[Section]:
    """Return the sections of a letter, as composed; none for a kind that nobody rewrites."""
    compose = _SECTIONS.get(kind)
    return compose(context) if compose else []


def composed_text(section: Section, values: Mapping[str, str]) -> str:
    """Return a section as the portal composed it, with its placeholders replaced."""
    return section.words if section.literal else filled(section.words, values)


# --- What an author rewrote ------------------------------------------------------------------------
def obstacles_of(kind: str, context: Json, texts: Mapping[str, str]) -> list[Obstacle]:
    """Return what is wrong with rewritten sections, each on the field `text-…` of its section."""
    values = values_of(context)
    found = []
    for section in sections_of(kind, context):
        text = texts.get(section.key)
        if text is None:
            continue
        message = _wrong_with(section, text, values)
        if message:
            found.append(
                Obstacle(
                    "letter_section", f"«{NO_BREAK}{section.label}{NO_BREAK}» : {message}", field=section.key
                )
            )
    return found


def _wrong_with(section: Section, text: str, values: Mapping[str, str]) -> str:
    if not text.strip() and not section.optional:
        return "cette partie ne peut pas être vide."
    if len(text) > MOST_CHARACTERS:
        return f"au plus {MOST_CHARACTERS} caractères."
    unknown = unknown_names(text, values)
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in sorted(values))
        return f"{{{unknown[0]}}} n’est remplacé par rien ici ; vous pouvez écrire {known}."
    return ""


def with_words(kind: str, context: Json, texts: Mapping[str, str]) -> tuple[Json, list[Json]]:
    """Return a letter's content with its sections as they leave, and what was rewritten of them.

    Raises Refused where a rewritten section is empty, too long or names an unknown placeholder.
    """
    obstacles = obstacles_of(kind, context, texts)
    if obstacles:
        raise Refused(obstacles)
    sections = sections_of(kind, context)
    if not sections:
        return context, []
    values, sent, edits = values_of(context), {}, []
    for section in sections:
        composed = composed_text(section, values)
        text = filled(texts[section.key], values).strip() if section.key in texts else composed
        sent[section.key] = text
        if text != composed.strip():
            edits.append({"label": section.label, "composed": composed, "sent": text})
    return _told(context, sent), edits


def _told(context: Json, sent: Json) -> Json:
    """Put the sections where pages read them: a motive and remedies as rewritten are the letter's own."""
    told = {**context, "sections": sent}
    if "motive" in sent:
        told["motive"] = sent["motive"]
    if "findings" in context:
        told["findings"] = [
            {**finding, "remedy": sent.get(f"remedy:{finding['rule']}", finding.get("remedy"))}
            for finding in context["findings"]
        ]
    return told


def changed_only(kind: str, context: Json, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the sections that differ from the composed ones, as written or once replaced."""
    values, changed = values_of(context), {}
    for section in sections_of(kind, context):
        text = texts.get(section.key)
        if text is None:
            continue
        text = text.replace("\r\n", "\n").strip()
        if text not in {section.words.strip(), composed_text(section, values).strip()}:
            changed[section.key] = text
    return changed
