"""The lists that can be exported, as data: the rows of each for a person and an address, and its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf

from applications.exports import effects
from applications.exports.columns import Column, Kind
from applications.exports.ready import Ready
from applications.models import NEVER, Deadline, Hold, Invoice, Payment, Transmission
from applications.services import aid_register as register
from applications.services import due_dates, envelopes, transmissions, worklist
from applications.services.figures import marks
from applications.workflow.states import State
from portal.accounts.models import StaffRole, User
from tariffs import catalogue

Query = Mapping[str, str]
PAYERS = frozenset({StaffRole.CONTROLLER.value, StaffRole.MANAGER.value, StaffRole.AUDITOR.value})
YES_NO = {True: "Oui", False: "Non"}
VERDICTS = {
    "eligible": "Éligible",
    "needs_review": "À examiner",
    "incomplete": "À compléter",
    "ineligible": "Non éligible",
}
KINDS = {"dm": "DM", "dmdiv": "DMDIV", "digital_solution": "Solution numérique"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One list: its page, its rows for whoever may read it, the French words of its filters, its columns.

    `rows` takes the person, the filters of the address and the civil date, and starts from what the
    person may see.
    """

    key: str
    label: str
    page: str
    rows: Callable[[User, Query, date], QuerySet[Any] | Ready]
    columns: Callable[[], tuple[Column, ...]]
    filters: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)

    def open_to(self, user: User) -> tuple[Column, ...]:
        """Return the columns that this person's role may have."""
        return tuple(column for column in self.columns() if user.staff_role in column.roles)

    def chosen(self, user: User, keys: Iterable[str]) -> tuple[Column, ...]:
        """Return the columns chosen, in the sheet's order; one that the role may not have is not among them."""
        wanted = set(keys)
        return tuple(column for column in self.open_to(user) if column.key in wanted)

    def told(self, query: Query) -> list[str]:
        """Return the filters in French, such as « Volet : 4 »."""
        return [
            f"{label}\u00a0: {words.get(query[name], query[name])}"
            for name, (label, words) in self.filters.items()
            if query.get(name)
        ]


# --- Dossiers ------------------------------------------------------------------------------------
def wanted_of(user: User, query: Query, today: date) -> worklist.Wanted:
    """Return what an address asks of the dossiers' list; a filter that is not of its list asks nothing."""

    def known(name: str, words: Iterable[str]) -> str:
        return query.get(name, "") if query.get(name) in set(words) else ""

    charge = query.get("charge", "")
    return worklist.Wanted(
        tab=known("vue", worklist.tabs_of(user)) or "all",
        words=query.get("q", ""),
        state=known("etat", State.values),
        volet=known("volet", "12345"),
        officer=charge if charge.isdecimal() and len(charge) < 18 else "",
        device=query.get("classe", "").replace("\x00", ""),
        verdict=known("verdict", VERDICTS),
        sort=known("tri", worklist.SORTS),
        region=query.get("region", "").replace("\x00", ""),
        edition=known("edition", catalogue.editions().by_code),
        amount=known("montant", worklist.AMOUNTS),
        age=known("age", map(str, worklist.AGES)),
        today=today,
        marks=marks.known(query),
    )


def _dossiers(user: User, query: Query, today: date) -> QuerySet[Any]:
    wanted = wanted_of(user, query, today)
    found, _ = worklist.searched(worklist.filtered(user, wanted), wanted)
    covered = worklist.covered_by(user, today) if wanted.tab == "mine" else ()
    return (
        found.filter(worklist.tab_condition(wanted.tab, user, today, covered))
        .annotate(sheet_due=NullIf("next_due_on", Value(NEVER)))
        .order_by(*worklist.SORTS[wanted.sort].order)
    )


def _dossier_columns() -> tuple[Column, ...]:
    def at(key: str, label: str, path: str, kind: Kind = Kind.TEXT, **more: Any) -> Column:
        return Column(key, label, f"dossier__{path}", kind, **more)

    return (
        at("numero", "Numéro", "number"),
        at("entreprise", "Entreprise", "company__name"),
        at("identifiant", "Identifiant de l’entreprise", "company__identifier"),
        Column("region", "Région", "region"),
        at("volet", "Volet", "volet", Kind.WHOLE),
        at("edition", "Édition", "edition"),
        at("dispositif", "Dispositif", "device__name"),
        at("type", "Type de dispositif", "device_kind", labels=KINDS),
        at("classe", "Classe", "device_class"),
        at("etat", "État", "state", labels=dict(State.choices)),
        at("depuis", "Dans cet état depuis", "state_since", Kind.MOMENT),
        Column("verdict", "Verdict", "verdict", labels=VERDICTS),
        at("charge", "Chargé d’affaires", "officer__full_name"),
        at("expert", "Expert choisi", "firm__name"),
        at("total", "Total du devis HT", "total", Kind.MONEY),
        at("eligible", "Montant éligible HT", "eligible_total", Kind.MONEY),
        at("part_bpifrance", "Quote-part Bpifrance HT", "bpifrance_share", Kind.MONEY),
        at("part_entreprise", "Quote-part entreprise HT", "company_share", Kind.MONEY),
        at("depose", "Déposé le", "submitted_at", Kind.MOMENT),
        Column("echeance", "Prochaine échéance", "sheet_due", Kind.DATE),
        Column("nature", "Nature de l’échéance", "next_kind", labels=dict(Deadline.Kind.choices)),
        at("accepte", "Accepté le", "validated_on", Kind.DATE),
        at("signe", "Contrat signé le", "signed_on", Kind.DATE),
        at("terme", "Terme", "due_on", Kind.DATE),
        at("termine", "Terminé le", "ended_on", Kind.DATE),
        at("rejete", "Rejeté le", "rejected_on", Kind.DATE, usual=False),
        at("debut", "Prestation commencée le", "work_started_on", Kind.DATE, usual=False),
        at("fin", "Prestation terminée le", "work_ended_on", Kind.DATE, usual=False),
        at("rapport", "Rapport dû le", "report_due_on", Kind.DATE, usual=False),
    )


# --- Terms ---------------------------------------------------------------------------------------
def _deadlines(user: User, query: Query, today: date) -> QuerySet[Any]:
    officers = due_dates.officers_of(query.get("charge", ""), user, today)
    asked = due_dates.Asked(user, today, officers, due_dates.kind_of(query.get("nature", "")))
    return due_dates.terms_of(asked, *due_dates.window_of(query, today))


def _deadline_columns() -> tuple[Column, ...]:
    return (
        Column("date", "Date", "due_on", Kind.DATE),
        Column("nature", "Échéance", "kind", labels=dict(Deadline.Kind.choices)),
        Column("numero", "Numéro", "dossier__number"),
        Column("entreprise", "Entreprise", "dossier__company__name"),
        Column("volet", "Volet", "dossier__volet", Kind.WHOLE),
        Column("etat", "État", "dossier__state", labels=dict(State.choices)),
        Column("cabinet", "Expert", "mission__firm__name"),
        Column("charge", "Chargé d’affaires", "dossier__officer__full_name"),
        Column("etape", "Prochaine étape le", "next_on", Kind.DATE),
    )


# --- Payments ------------------------------------------------------------------------------------
def _payments(user: User, query: Query, today: date) -> QuerySet[Any]:  # noqa: ARG001 every sheet has this shape
    tab = query.get("vue", "")
    found = worklist.payments(
        worklist.payable_missions(user, query.get("q", "").replace("\x00", "")[:100]),
        tab if tab in worklist.PAYMENT_TABS else "approve",
    )
    invoice = Invoice.objects.filter(
        mission=OuterRef("pk"), addressee=Invoice.Addressee.BPIFRANCE, replaced_at__isnull=True
    )
    paid = Payment.objects.filter(mission=OuterRef("pk"), reversed_on__isnull=True)
    held = Hold.objects.filter(mission=OuterRef("pk"), lifted_at__isnull=True)
    return found.annotate(
        sheet_ht=Coalesce(F("final_share"), Subquery(invoice.values("ht")[:1])),
        sheet_ttc=Subquery(invoice.values("ttc")[:1]),
        sheet_held=Exists(held),
        sheet_paid_on=Subquery(paid.values("paid_on")[:1]),
        sheet_reference=Subquery(paid.values("reference")[:1]),
        sheet_account=Subquery(paid.values("account")[:1]),
    )


def _payment_columns() -> tuple[Column, ...]:
    return (
        Column("numero", "Numéro", "dossier__number"),
        Column("entreprise", "Entreprise", "dossier__company__name"),
        Column("volet", "Volet", "dossier__volet", Kind.WHOLE),
        Column("cabinet", "Expert", "firm__name"),
        Column("identifiant", "SIREN de l’expert", "firm__siren"),
        Column("ht", "Montant HT", "sheet_ht", Kind.MONEY),
        Column("ttc", "Montant TTC", "sheet_ttc", Kind.MONEY),
        Column("cloture", "Clôture envoyée le", "closure_submitted_on", Kind.DATE),
        Column("valide", "Paiement validé le", "payment_approved_on", Kind.DATE),
        Column("suspendu", "Suspendu", "sheet_held", labels=YES_NO),
        Column("paye", "Payé le", "sheet_paid_on", Kind.DATE),
        Column("reference", "Référence du virement", "sheet_reference"),
        Column("compte", "Compte crédité (masqué)", "sheet_account", usual=False, roles=PAYERS),
        Column("charge", "Chargé d’affaires", "dossier__officer__full_name"),
    )


# --- Transmissions -------------------------------------------------------------------------------
def _transmissions(user: User, query: Query, today: date) -> QuerySet[Any]:  # noqa: ARG001 every sheet has this shape
    found = transmissions.concerned(user, query.get("vue", ""), query.get("destinataire", ""))
    for code in transmissions.recipients():
        sent = Transmission.objects.filter(dossier=OuterRef("pk"), recipient=code).values("sent_on")
        found = found.annotate(**{f"sheet_{code}": Subquery(sent[:1])})
    return found


def _transmission_columns() -> tuple[Column, ...]:
    return (
        Column("numero", "Numéro", "number"),
        Column("entreprise", "Entreprise", "company__name"),
        Column("volet", "Volet", "volet", Kind.WHOLE),
        Column("edition", "Édition", "edition"),
        Column("etat", "État", "state", labels=dict(State.choices)),
        Column("depuis", "Payé depuis", "state_since", Kind.MOMENT),
        *(
            Column(code, f"Transmis le\u00a0: {label}", f"sheet_{code}", Kind.DATE)
            for code, label in transmissions.recipients().items()
        ),
        Column("charge", "Chargé d’affaires", "officer__full_name"),
    )


# --- Envelopes and aid ---------------------------------------------------------------------------
def _envelopes(user: User, query: Query, today: date) -> QuerySet[Any]:  # noqa: ARG001 every sheet has this shape
    return envelopes.with_committed().annotate(sheet_left=F("amount") - F("held"))


def _envelope_columns() -> tuple[Column, ...]:
    return (
        Column("code", "Code", "code"),
        Column("libelle", "Libellé", "label"),
        Column("ouverte", "Ouverte", "is_open", labels=YES_NO),
        Column("montant", "Montant HT", "amount", Kind.MONEY),
        Column("engage", "Engagé HT", "held", Kind.MONEY),
        Column("reste", "Reste HT", "sheet_left", Kind.MONEY),
    )


def _asked_of_register(query: Query) -> dict[str, str]:
    year = query.get("annee", "")
    return {
        "words": " ".join(query.get("q", "").replace("\x00", "")[:100].split()),
        "edition": query["edition"] if query.get("edition") in catalogue.editions().by_code else "",
        "volet": query["volet"] if query.get("volet") in set("12345") else "",
        "year": year if year.isdecimal() and len(year) == 4 else "",
    }


def _aids(user: User, query: Query, today: date) -> QuerySet[Any]:  # noqa: ARG001 every sheet has this shape
    return register.aids(user, **_asked_of_register(query))


def _past_aids(user: User, query: Query, today: date) -> QuerySet[Any]:  # noqa: ARG001 every sheet has this shape
    return register.past_aids(user, **_asked_of_register(query))


class _Regimes(Mapping[str, str]):
    """The regime of each edition by code, read when it is asked for: editions are published meanwhile."""

    def __getitem__(self, code: str) -> str:
        """Return the regime of an edition; KeyError where there is none of that code."""
        return _regimes()[code]

    def __iter__(self) -> Iterator[str]:
        """Give the codes of the editions."""
        return iter(_regimes())

    def __len__(self) -> int:
        """Return how many editions there are."""
        return len(_regimes())


def _regimes() -> dict[str, str]:
    return {code: one.state_aid.regime for code, one in catalogue.editions().by_code.items()}


def _aid_columns() -> tuple[Column, ...]:
    at = "mission__dossier__"
    return (
        Column("entreprise", "Entreprise", at + "company__name"),
        Column("identifiant", "Identifiant de l’entreprise", at + "company__identifier"),
        Column("numero", "Numéro", at + "number"),
        Column("volet", "Volet", at + "volet", Kind.WHOLE),
        Column("regime", "Régime d’aide", at + "edition", labels=_regimes()),
        Column("accorde", "Accordée le", at + "validated_on", Kind.DATE),
        Column("montant", "Montant de l’aide HT", "ht", Kind.MONEY),
        Column("paye", "Payée le", "paid_on", Kind.DATE),
        Column("reference", "Référence du virement", "reference", usual=False),
    )


def _past_aid_columns() -> tuple[Column, ...]:
    return (
        Column("entreprise", "Entreprise", "company__name"),
        Column("identifiant", "Identifiant de l’entreprise", "company__identifier"),
        Column("reference", "Référence", "reference"),
        Column("volet", "Volet", "volet", Kind.WHOLE),
        Column("regime", "Régime d’aide", "edition", labels=_regimes()),
        Column("accorde", "Accordée le", "used_on", Kind.DATE),
        Column("montant", "Montant de l’aide HT", "amount", Kind.MONEY),
        Column("paye", "Payée le", "paid_on", Kind.DATE),
        Column("expert", "Expert", "expert_name", usual=False),
    )


Words = tuple[str, Mapping[str, str]]
OFFICER: Words = ("Chargé d’affaires", {})
SEARCH: Words = ("Recherche", {})
SHEETS: dict[str, Sheet] = {
    sheet.key: sheet
    for sheet in (
        Sheet(
            "dossiers",
            "Dossiers",
            "dossier_list",
            _dossiers,
            _dossier_columns,
            {
                "vue": ("Onglet", worklist.TABS),
                "q": SEARCH,
                "etat": ("État", dict(State.choices)),
                "volet": ("Volet", {}),
                "classe": ("Classe", {}),
                "charge": OFFICER,
                "verdict": ("Verdict", VERDICTS),
                "region": ("Région", {}),
                "edition": ("Édition", {}),
                "montant": ("Quote-part", {key: label for key, (label, *_) in worklist.AMOUNTS.items()}),
                "age": ("Jours dans cet état, au moins", {}),
            },
        ),
        Sheet(
            "echeances",
            "Échéances",
            "deadline_list",
            _deadlines,
            _deadline_columns,
            {
                "periode": ("Période", due_dates.PERIODS),
                "mois": ("Mois", {}),
                "jour": ("Jour", {}),
                "nature": ("Échéance", due_dates.KINDS),
                "charge": ("Chargé d’affaires", {due_dates.EVERYONE: "Tous"}),
            },
        ),
        Sheet(
            "paiements",
            "Paiements",
            "payment_list",
            _payments,
            _payment_columns,
            {"vue": ("Onglet", worklist.PAYMENT_TABS), "q": SEARCH},
        ),
        Sheet(
            "transmissions",
            "Transmissions",
            "transmission_list",
            _transmissions,
            _transmission_columns,
            {"vue": ("Onglet", transmissions.TABS), "destinataire": ("Destinataire", {})},
        ),
        Sheet("enveloppes", "Enveloppes", "envelope_list", _envelopes, _envelope_columns),
        Sheet(
            "effets",
            "Effets d’une édition",
            "edition_effects",
            effects.rows,
            lambda: effects.columns(VERDICTS),
            {"genre": ("Effet", effects.EFFECTS), "volet": ("Volet", {})},
        ),
        *(
            Sheet(
                key,
                label,
                "aid_register",
                rows,
                columns,
                {
                    "q": SEARCH,
                    "edition": ("Régime", _Regimes()),
                    "volet": ("Volet", {}),
                    "annee": ("Payée en", {}),
                },
            )
            for key, label, rows, columns in (
                ("aides", "Registre des aides", _aids, _aid_columns),
                ("aides-reprises", "Aides versées avant le portail", _past_aids, _past_aid_columns),
            )
        ),
    )
}
