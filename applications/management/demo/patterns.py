"""What the synthetic dossiers are cut from: roads to each state, requests the engine judged, words and names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from applications.models import Deadline
from applications.services.evaluation import evaluate_case
from applications.workflow.states import (
    AFTER_APPROVAL,
    AFTER_SIGNATURE,
    AFTER_WORK,
    ENDED,
    FREED,
    MISSION_STATES,
    MissionState,
    State,
)

Json = dict[str, Any]

# In the text of three requests in ten, and of one in a hundred.
COMMON, COMMON_RATE = "télésurveillance", 0.30
RARE, RARE_RATE = "électrocardiogramme", 0.01
REGIONS = ["Auvergne-Rhône-Alpes", "Île-de-France", "Île-de-France", "Occitanie", "Bretagne", "Grand Est"]
REGIONS += ["Nouvelle-Aquitaine", "Hauts-de-France", "Pays de la Loire", "Provence-Alpes-Côte d’Azur"]
FIRST_NAMES = [
    "Alice",
    "Bruno",
    "Chloé",
    "Damien",
    "Élise",
    "Farid",
    "Gaëlle",
    "Hugo",
    "Inès",
    "Jules",
    "Karine",
]
FIRST_NAMES += ["Loïc", "Maya", "Noé", "Océane", "Paul"]
LAST_NAMES = [
    "Arnaud",
    "Besson",
    "Caron",
    "Delmas",
    "Etienne",
    "Fabre",
    "Garnier",
    "Huet",
    "Imbert",
    "Jacquet",
]
LAST_NAMES += ["Klein", "Lambert", "Masson", "Noël", "Olivier", "Perrin"]
FIRM_WORDS = ["Qualité", "Norma", "Regula", "Cyber", "Clinea", "Conforma", "Vigie", "Axiome"]
ROOTS = [
    "Neuro",
    "Ortho",
    "Onco",
    "Pneumo",
    "Derma",
    "Gluco",
    "Vasa",
    "Opti",
    "Audio",
    "Néphro",
    "Hémo",
    "Myo",
]
ENDINGS = ["lab", "tech", "med", "care", "sys", "line", "view", "logic"]
DEVICES = ["One", "Pro", "Patch", "Scan", "Flow", "Sense", "Guide", "Home"]
# fmt: off
WORDS = [
    "capteur", "pansement", "logiciel", "implant", "prothèse", "moniteur", "sonde", "algorithme",
    "plateforme", "aide", "diagnostic", "suivi", "domicile", "hôpital", "patient", "rééducation",
    "insuline", "respiration", "tension", "sommeil", "cicatrisation", "imagerie", "chirurgie", "guidage",
    "robot", "stimulation", "mesure", "alerte", "connecté", "portable", "jetable", "stérile",
    "pédiatrique", "gériatrique", "dialyse", "perfusion", "audition", "vision", "vertige", "épaule",
    "genou", "rachis", "hanche", "poignet", "dentaire",
]
# fmt: on
SCOPES = [
    "architecture_audit",
    "configuration_audit",
    "code_audit",
    "penetration_test",
    "organisational_audit",
]
DEVICE = {
    "kind": "dm",
    "risk_class": "IIa",
    "digital_functions": True,
    "hardware": True,
    "targets": ["lpp"],
    "ce_marking": "in_progress",
}
CLASSES = (("dm", "I"), ("dm", "IIa"), ("dm", "IIb"), ("dm", "III"), ("dmdiv", "B"), ("dmdiv", "C"))


@dataclass(frozen=True, slots=True)
class Step:
    """One act of a road, so many days after the filing, and the state it leads to."""

    act: str
    offset: int
    state: str
    by_company: bool = False


FILED = Step("submit", 0, State.SUBMITTED, by_company=True)
TAKEN = Step("take", 2, State.UNDER_REVIEW)
ASKED = Step("request_completion", 5, State.INCOMPLETE)
MAIN = (
    FILED,
    TAKEN,
    Step("approve", 12, State.APPROVED),
    Step("send_contract", 15, State.CONTRACT_SENT),
    Step("sign", 20, State.IN_PROGRESS, by_company=True),
    Step("declare_work_done", 80, State.WORK_DONE, by_company=True),
    Step("submit_closure", 90, State.CLOSURE_SUBMITTED, by_company=True),
    Step("approve_payment", 100, State.PAYMENT_APPROVED),
    Step("mark_paid", 105, State.PAID),
    Step("close", 110, State.CLOSED),
)
# One request in five is first sent back to the company.
MENDED = (
    FILED,
    TAKEN,
    ASKED,
    Step("resubmit", 9, State.UNDER_REVIEW, by_company=True),
    *MAIN[2:],
)
# What runs in a state: the kind of term, and its length in days.
TERMS = {
    State.INCOMPLETE: (Deadline.Kind.COMPLETION, 22),
    State.CONTRACT_SENT: (Deadline.Kind.SIGNATURE, 22),
    State.IN_PROGRESS: (Deadline.Kind.TERM, 400),
    State.WORK_DONE: (Deadline.Kind.REPORT, 22),
    State.CLOSURE_SUBMITTED: (Deadline.Kind.RESTITUTION, 10),
    State.CLOSURE_INCOMPLETE: (Deadline.Kind.CORRECTIONS, 45),
}


@dataclass(frozen=True, slots=True)
class Path:
    """The road of a dossier to its state."""

    steps: tuple[Step, ...]

    @property
    def state(self) -> str:
        """The state it ends in."""
        return self.steps[-1].state

    @property
    def length(self) -> int:
        """Days from the filing to the last act."""
        return self.steps[-1].offset

    @property
    def is_live(self) -> bool:
        """True while something is expected."""
        return self.state not in ENDED

    @property
    def is_unassigned(self) -> bool:
        """True where nobody took charge."""
        return TAKEN not in self.steps

    @property
    def term(self) -> str:
        """The kind of the term that runs, or nothing."""
        return TERMS[State(self.state)][0] if self.state in TERMS else ""

    @property
    def term_days(self) -> int:
        """How long it runs."""
        return TERMS[State(self.state)][1]

    @property
    def mission_state(self) -> str:
        """The state of the expert's mission."""
        if self.state in FREED:
            return MissionState.ENDED
        if self.state == State.CLOSED:
            return MissionState.PAID
        known = MISSION_STATES | {State.IN_PROGRESS}
        return MissionState(self.state) if self.state in known else MissionState.ENGAGED

    @property
    def dates(self) -> list[tuple[str, int]]:
        """The dates that the dossier's state implies, in days after the filing."""
        found: list[tuple[str, int]] = []
        if self.state in AFTER_APPROVAL:
            found.append(("validated_on", 12))
        if self.state in AFTER_SIGNATURE:
            found += [("contract_sent_on", 15), ("signed_on", 20), ("due_on", 420)]
        if self.state in AFTER_WORK:
            found += self.dates_of_mission[:3]
        if self.state == State.REJECTED:
            found.append(("rejected_on", self.length))
        return found

    @property
    def dates_of_mission(self) -> list[tuple[str, int]]:
        """The dates of the mission, in days after the filing."""
        if self.state not in AFTER_WORK:
            return []
        work = [("work_started_on", 25), ("work_ended_on", 80), ("report_due_on", 110)]
        return work if self.state == State.WORK_DONE else [*work, ("closure_submitted_on", 90)]


def _main(acts: int) -> Path:
    return Path(MAIN[:acts])


def _mended(acts: int) -> Path:
    return Path(MENDED[: acts + 2])


def _side(acts: int, *last: Step) -> Path:
    return Path((*MAIN[:acts], *last))


# In a hundred dossiers of a scheme in its third year.
SPREAD: list[tuple[Path, float]] = [
    (_main(1), 2.0),
    (_main(2), 3.5),
    (_side(2, ASKED), 1.5),
    (_main(3), 0.7),
    (_main(4), 0.8),
    (_main(5), 5.5),
    (_mended(5), 1.5),
    (_main(6), 1.2),
    (_main(7), 1.0),
    (_side(7, Step("request_corrections", 95, State.CLOSURE_INCOMPLETE)), 0.5),
    (_main(8), 0.5),
    (_main(9), 2.0),
    (_main(10), 40.3),
    (_mended(10), 10.0),
    (_side(2, Step("reject", 14, State.REJECTED)), 14.0),
    (_side(1, Step("withdraw", 3, State.WITHDRAWN, by_company=True)), 4.0),
    (_side(2, ASKED, Step("abandon", 36, State.ABANDONED)), 4.0),
    (_side(5, Step("cancel", 60, State.CANCELLED)), 3.0),
    (_side(4, Step("unsigned", 46, State.LAPSED)), 4.0),
]
PATHS = [path for path, _ in SPREAD]
WEIGHTS = [weight for _, weight in SPREAD]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A request as the engine judged it once, for many dossiers."""

    volet: int
    lines: list[Json]
    case: Json
    evaluation: Json
    money: Json


ITEMS: dict[int, list[tuple[str, int]]] = {
    1: [("qms_support", 22_000), ("qms_training", 4_000)],
    2: [("ce_technical_file", 60_000), ("travel", 1_200)],
    3: [("clinical_protocol", 13_000)],
    4: [("interoperability_strategy", 11_000), ("cybersecurity_strategy", 15_000)],
    5: [("configuration_audit", 8_000), ("code_audit", 12_000)],
}


def patterns(today: date) -> dict[int, list[Pattern]]:
    """Return, by volet, a few requests that differ by class, amounts and verdict."""
    return {volet: [_pattern(volet, variant, today) for variant in range(8)] for volet in ITEMS}


def _pattern(volet: int, variant: int, today: date) -> Pattern:
    lines = [
        {
            "item": item,
            "amount": str(Decimal(amount) * (70 + 8 * variant) / 100),
            **({"complexity": "medium"} if volet == 5 else {}),
        }
        for item, amount in ITEMS[volet]
    ]
    case = _case(volet, variant, lines, today)
    evaluation = evaluate_case(case)
    funding = evaluation["funding"] or {}
    names = ("total", "eligible_total", "bpifrance_share", "company_share")
    money = {name: Decimal(funding.get(name, 0)) for name in names}
    return Pattern(volet, lines, case, evaluation, money)


def _case(volet: int, variant: int, lines: list[Json], today: date) -> Json:
    kind, risk_class = CLASSES[variant % len(CLASSES)]
    return {
        "on": today.isoformat(),
        "edition": "2024",
        "stage": "submission",
        "volet": volet,
        "company": {**_company(today), "in_difficulty": variant == 7},
        "device": {**DEVICE, "kind": kind, "risk_class": risk_class},
        "declarations": {
            "training_not_cumulated": True,
            "business_model_defined": True,
            "medical_committee": True,
        },
        "expert": {
            "accredited_volets": [1, 2, 3, 4, 5],
            "passi": {
                "valid_from": (today - timedelta(days=400)).isoformat(),
                "valid_until": (today + timedelta(days=400)).isoformat(),
                "scopes": SCOPES,
            },
        },
        "quote": {"signed": False, "issued_on": today.isoformat(), "lines": lines},
        "documents": [
            {"kind": "quote"},
            {
                "kind": "regularity_certificate",
                "issued_on": (today - timedelta(days=20)).isoformat(),
                "covers": ["tax", "social"],
            },
            {"kind": "tax_return"},
        ],
    }


def _company(today: date) -> Json:
    """Return the facts of a sound start-up."""
    return {
        "legal_form": "5710",
        "registered_in": "FR",
        "created_on": (today - timedelta(days=700)).isoformat(),
        "headcount": "14",
        "turnover": "900000.00",
        "balance_sheet": "1300000.00",
        "equity": "400000.00",
        "subscribed_capital": "500000.00",
        "insolvency_proceedings": False,
        "tax_and_social_up_to_date": True,
        "volets_used": [],
        "shareholders": [],
    }
