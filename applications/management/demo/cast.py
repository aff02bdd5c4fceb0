"""Who plays in the demo world: Bpifrance's people, the expert firms and the companies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from stdnum.fr.siren import to_tva as siren_to_tva

from applications.management.demo import pool
from applications.models import Company
from applications.services.filing_company import keep_device, register_company
from applications.services.signatories import add_signatory
from experts.models import ExpertFirm
from experts.services import record_passi_certificate, register_firm, update_payment_details
from portal import clock
from portal.accounts.models import StaffRole, User
from portal.accounts.services import create_account, grant_delegation

Json = dict[str, Any]
ALL_SCOPES = (
    "architecture_audit",
    "configuration_audit",
    "code_audit",
    "penetration_test",
    "organisational_audit",
)


@dataclass(slots=True)
class Cast:
    """Everybody, by a short name."""

    staff: dict[str, User] = field(default_factory=dict)
    firms: dict[str, ExpertFirm] = field(default_factory=dict)
    experts: dict[str, User] = field(default_factory=dict)
    companies: dict[str, Company] = field(default_factory=dict)
    owners: dict[str, User] = field(default_factory=dict)


STAFF = (
    ("olivia", "Olivia Renard", StaffRole.OFFICER),
    ("karim", "Karim Benali", StaffRole.OFFICER),
    ("martine", "Martine Lefort", StaffRole.MANAGER),
    ("paul", "Paul Ancel", StaffRole.MANAGER),
    ("claire", "Claire Vasseur", StaffRole.CONTROLLER),
    ("hugo", "Hugo Delmas", StaffRole.AUDITOR),
    ("ines", "Inès Costa", StaffRole.ADMINISTRATOR),
)

# name: (raison sociale, SIREN, person, city, postcode, region, volets, PASSI days before and after today)
FIRMS: dict[str, tuple[str, str, str, str, str, str, tuple[int, ...], tuple[int, int] | None]] = {
    "qualimed": (
        "Qualimed Conseil",
        "552100554",
        "Sophie Marchand",
        "Lyon",
        "69002",
        "Auvergne-Rhône-Alpes",
        (1, 2, 3),
        None,
    ),
    "regulis": (
        "Regulis Santé",
        "443061841",
        "Antoine Keller",
        "Strasbourg",
        "67000",
        "Grand Est",
        (1, 2, 3, 4),
        None,
    ),
    "cyberius": (
        "Cyberius Audit",
        "732829320",
        "Nadia Ferrand",
        "Rennes",
        "35000",
        "Bretagne",
        (4, 5),
        (300, 420),
    ),
    "pentalis": (
        "Pentalis Sécurité",
        "542065479",
        "Marc Oyono",
        "Paris",
        "75011",
        "Île-de-France",
        (4, 5),
        (200, 25),
    ),
    "fortanse": (
        "Fortanse",
        "552081317",
        "Julie Perrin",
        "Nantes",
        "44000",
        "Pays de la Loire",
        (5,),
        (1200, -60),
    ),
    "pharos": (
        "Pharos Réglementaire",
        "409896073",
        "Élodie Vasse",
        "Lille",
        "59000",
        "Hauts-de-France",
        (),
        None,
    ),
}

PME = {"headcount": "48", "turnover": "6200000.00", "balance_sheet": "5400000.00"}
STARTUP = {"headcount": "9", "turnover": "380000.00", "balance_sheet": "900000.00"}
DM = {
    "kind": "dm",
    "digital_functions": True,
    "hardware": True,
    "targets": ["lpp"],
    "ce_marking": "in_progress",
}
DMDIV = {
    "kind": "dmdiv",
    "digital_functions": False,
    "hardware": True,
    "targets": [],
    "ce_marking": "in_progress",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One company: identity, age in days, size, device; `facts` changes what is said of the company."""

    name: str
    siren: str
    person: str
    city: str
    postcode: str
    region: str
    days_old: int
    size: Json
    device_name: str
    device: Json
    facts: Json = field(default_factory=dict)
    scheme: str = "siren"


IDF, ARA, OCC = "Île-de-France", "Auvergne-Rhône-Alpes", "Occitanie"
COMPANIES: dict[str, Part] = {
    "cardiolog": Part(
        "Cardiolog",
        "784671695",
        "Camille Aubry",
        "Lyon",
        "69003",
        ARA,
        560,
        STARTUP,
        "CardioPatch",
        {**DM, "risk_class": "IIa"},
    ),
    "motilib": Part(
        "Motilib",
        "775665615",
        "Yanis Roche",
        "Lille",
        "59000",
        "Hauts-de-France",
        900,
        STARTUP,
        "Motilib Suivi",
        {**DM, "risk_class": "I", "targets": ["latm"]},
    ),
    "ostea": Part(
        "Ostéa Implants",
        "380129866",
        "Hélène Garnier",
        "Toulouse",
        "31000",
        OCC,
        2400,
        PME,
        "Ostéa Cervical",
        {**DM, "risk_class": "IIb", "digital_functions": False, "targets": []},
    ),
    "valvea": Part(
        "Valvéa",
        "310130323",
        "Thomas Nguyen",
        "Bordeaux",
        "33000",
        "Nouvelle-Aquitaine",
        1500,
        PME,
        "Valvéa Percutanée",
        {**DM, "risk_class": "III", "digital_functions": False, "targets": []},
    ),
    "biotrace": Part(
        "BioTrace",
        "428166102",
        "Léa Fontaine",
        "Évry",
        "91000",
        IDF,
        700,
        STARTUP,
        "BioTrace Ferritine",
        {**DMDIV, "risk_class": "B"},
    ),
    "genolis": Part(
        "Génolis",
        "333275774",
        "Marion Petit",
        "Montpellier",
        "34000",
        OCC,
        1900,
        PME,
        "Génolis Panel",
        {**DMDIV, "risk_class": "C"},
    ),
    "seralia": Part(
        "Séralia",
        "399315613",
        "Victor Blanc",
        "Marseille",
        "13002",
        "Provence-Alpes-Côte d’Azur",
        2600,
        PME,
        "Séralia Confirm",
        {**DMDIV, "risk_class": "D"},
    ),
    "serenite": Part(
        "Sérénité Mobile",
        "421257452",
        "Awa Diallo",
        "Nantes",
        "44200",
        "Pays de la Loire",
        410,
        STARTUP,
        "Sérénité",
        {
            "kind": "digital_solution",
            "digital_functions": True,
            "hardware": False,
            "targets": ["mon_espace_sante"],
            "ce_marking": "none",
            "audience": "users",
            "purpose": "wellbeing",
        },
    ),
    "respira": Part(
        "Respira",
        "552049447",
        "Louis Marty",
        "Grenoble",
        "38000",
        ARA,
        1700,
        PME,
        "Respira Home",
        {**DM, "risk_class": "IIa"},
        {"equity": "-120000.00", "subscribed_capital": "400000.00", "in_difficulty": True},
    ),
    "neurovia": Part(
        "Neurovia",
        "440131688",
        "Chloé Bernard",
        "Paris",
        "75013",
        IDF,
        1100,
        STARTUP,
        "Neurovia Stim",
        {**DM, "risk_class": "III"},
        {
            "shareholders": [
                {
                    "name": "Groupe Medilux",
                    "share": "45",
                    "headcount": "900",
                    "turnover": "210000000.00",
                    "balance_sheet": "180000000.00",
                }
            ]
        },
    ),
    "dermaly": Part(
        "Dermaly",
        "487444697",
        "Hugo Meyer",
        "Strasbourg",
        "67000",
        "Grand Est",
        620,
        STARTUP,
        "Dermaly Vision",
        {**DM, "risk_class": "IIa"},
        {
            "shareholders": [
                {
                    "name": "Fonds Horizon Santé",
                    "share": "40",
                    "exempt_investor": True,
                    "headcount": "35",
                    "turnover": "9000000.00",
                    "balance_sheet": "60000000.00",
                }
            ]
        },
    ),
    "lagoon": Part(
        "Lagoon Médical",
        "1234567",
        "Moana Tehei",
        "Nouméa",
        "98800",
        "Nouvelle-Calédonie",
        800,
        STARTUP,
        "Lagoon Glyco",
        {**DM, "risk_class": "IIb"},
        {"registered_in": "NC"},
        scheme="ridet",
    ),
}


def address_of(person: str, domain: str) -> str:
    """Return the demo address of a person."""
    plain = str.maketrans("éèêëàâîïôöùûç’ ", "eeeeaaiioouuc..")
    return f"{person.lower().translate(plain)}@{domain}.exemple"


def engage(now: Any) -> Cast:
    """Create everybody; the same world every time."""
    cast = Cast()
    today = clock.civil_date(now)
    for short, full_name, role in STAFF:
        email = address_of(full_name, "bpifrance-demo")
        cast.staff[short] = create_account(email=email, full_name=full_name, staff_role=role, is_demo=True)
    for manager in ("martine", "paul"):
        grant_delegation(
            user=cast.staff[manager],
            capacity="Responsable du Diagnostic DM, par délégation",
            valid_from=today - timedelta(days=1200),
            valid_until=None,
            actor=cast.staff["ines"],
            now=now,
        )
    for short in FIRMS:
        _firm(cast, short, now)
    people = {"officer": cast.staff["olivia"], "manager": cast.staff["martine"]}
    pool.unsettle(cast.firms["pharos"], cast.experts["pharos"], **people, now=now)
    pool.publish_list(officer=cast.staff["karim"], now=now)
    for short, part in COMPANIES.items():
        _company(cast, short, part, now)
    return cast


def _firm(cast: Cast, short: str, now: Any) -> None:
    name, siren, person, city, postcode, region, volets, passi = FIRMS[short]
    today = clock.civil_date(now)
    owner = create_account(email=address_of(person, short), full_name=person, is_demo=True)
    firm = register_firm(
        name=name,
        siren=siren,
        actor=owner,
        now=now,
        details={
            "address": "1 place de la République",
            "city": city,
            "postcode": postcode,
            "region": region,
            "contact_email": owner.email,
        },
    )
    update_payment_details(
        firm=firm,
        actor=owner,
        now=now,
        iban="FR7630006000011234567890189",
        bic="AGRIFRPP",
        vat_regime="standard",
        vat_number="FR" + siren_to_tva(siren),
    )
    pool.man(firm, owner, volets or (1, 2, 3), now=now)
    pool.accredit(
        firm,
        owner,
        volets,
        officer=cast.staff["olivia"],
        manager=cast.staff["martine"],
        at=now - timedelta(days=1150),
        until=today + timedelta(days=500),
    )
    if volets:
        pool.insure(firm, owner, now=now)
    if passi is not None:
        before, after = passi
        record_passi_certificate(
            firm=firm,
            valid_from=today - timedelta(days=before),
            valid_until=today + timedelta(days=after),
            scopes=ALL_SCOPES,
            officer=cast.staff["karim"],
            now=now,
            reference=f"PASSI-{siren[:4]}",
        )
    cast.firms[short], cast.experts[short] = firm, owner


def _company(cast: Cast, short: str, part: Part, now: Any) -> None:
    owner = create_account(email=address_of(part.person, short), full_name=part.person, is_demo=True)
    company = register_company(
        scheme=part.scheme,
        identifier=part.siren,
        owner=owner,
        now=now,
        name=part.name,
        address="12 rue des Lilas",
        postcode=part.postcode,
        city=part.city,
        region=part.region,
    )
    add_signatory(
        company,
        actor=owner,
        person=owner,
        capacity="Présidence",
        kind="legal_representative",
        now=clock.now(),
    )
    keep_device(
        company,
        actor=owner,
        name=part.device_name,
        description="Dispositif développé par l’entreprise.",
        facts=part.device,
    )
    cast.companies[short], cast.owners[short] = company, owner


def facts_of(part: Part, today: Any) -> Json:
    """Return what a company says of itself."""
    return {
        "legal_form": "5710",
        "registered_in": "FR",
        "created_on": (today - timedelta(days=part.days_old)).isoformat(),
        "equity": "450000.00",
        "subscribed_capital": "500000.00",
        "insolvency_proceedings": False,
        "in_difficulty": False,
        "tax_and_social_up_to_date": True,
        "shareholders": [],
        **part.size,
        **part.facts,
    }
