"""The evidence file of a signature: who signed what, when and how, as data that anyone can check."""

from __future__ import annotations

from typing import Any

from applications.models import Amendment, Contract, Dossier
from portal.audit.models import Event

Json = dict[str, Any]
HOW = (
    "L’empreinte est le SHA-256 de « scelle », écrit en JSON UTF-8, clés triées, séparateurs « , » et « : » "
    "suivis d’une espace."
)


def contract_evidence(contract: Contract) -> Json:
    """Return the evidence of the contract's last signature: what was sealed, by whom and how it was signed."""
    return {
        "document": "Contrat Diagnostic Dispositif Médical",
        "dossier": contract.dossier.number,
        "empreinte": contract.sha256,
        "calcul": HOW,
        "scelle": contract.terms,
        "bpifrance": {
            "nom": contract.bpifrance_signatory_name,
            "qualite": contract.bpifrance_signatory_capacity,
            "date": contract.signed_by_bpifrance_on.isoformat(),
        },
        "entreprise": _signature(contract.evidence, contract.signed_by_company_at),
        "journal": _event(contract.dossier, "sign"),
    }


def amendment_evidence(amendment: Amendment) -> Json:
    """Return the evidence of the company's signature of an amendment."""
    return {
        "document": f"Avenant n° {amendment.rank}",
        "dossier": amendment.dossier.number,
        "empreinte": amendment.sha256,
        "calcul": HOW,
        "scelle": sealed_of(amendment),
        "bpifrance": _person(amendment.officer_signed_by, amendment.officer_signed_at),
        "entreprise": _signature(amendment.evidence, amendment.company_signed_at),
        "expert": _person(amendment.expert_signed_by, amendment.expert_signed_at),
        "journal": _event(amendment.dossier, "amend", amendment=amendment.pk, signer="company"),
    }


def sealed_of(amendment: Amendment) -> Json:
    """Return what the seal of an amendment covers."""
    if amendment.new_due_on is not None:
        return {"motive": amendment.motive, "new_due_on": amendment.new_due_on.isoformat()}
    lines = amendment.quote.lines_hash if amendment.quote is not None else None
    return {"motive": amendment.motive, "lines": lines, "mission": amendment.mission_id}


def _signature(evidence: Json, at: Any) -> Json:
    return {
        "nom": evidence.get("name", ""),
        "qualite": evidence.get("capacity", ""),
        "pouvoir": evidence.get("power", ""),
        "adresse_electronique": evidence.get("email", ""),
        "instant": evidence.get("signed_at") or (at.isoformat(timespec="seconds") if at else ""),
        "adresse_reseau": evidence.get("ip", ""),
        "navigateur": evidence.get("user_agent", ""),
        "procede": evidence.get("method", ""),
        "code_envoye_pour": evidence.get("code_for", ""),
        "objet_du_code": evidence.get("code_subject", ""),
        "empreinte_signee": evidence.get("sha256", ""),
    }


def _person(user: Any, at: Any) -> Json:
    return {
        "nom": user.full_name if user is not None else "",
        "instant": at.isoformat(timespec="seconds") if at else "",
    }


def _event(dossier: Dossier, name: str, **data: Any) -> Json:
    """Return where the signature stands in the dossier's chained journal."""
    events = Event.objects.filter(chain=dossier.chain, name=name).order_by("-sequence")
    for event in events:
        if all(event.data.get(key) == value for key, value in data.items()):
            return {"chaine": event.chain, "rang": event.sequence, "empreinte": event.hash}
    return {}
