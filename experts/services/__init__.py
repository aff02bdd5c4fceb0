"""The use cases of the expert pool; everything another room may call."""

from experts.charter import charter_is_current
from experts.services.accreditations import (
    VoletStanding,
    accept_charter,
    request_accreditation,
    standing_for,
    standings,
)
from experts.services.bank_accounts import (
    apply_change,
    confirm_as_member,
    confirm_by_call,
    due_changes,
    last_account_change,
    needs_call_back,
    open_change,
    phone_changed_at,
    read_account,
    stop_change,
    update_payment_details,
)
from experts.services.certificates import record_passi_certificate
from experts.services.consultants import add_consultant, set_consultant_active, update_consultant
from experts.services.decisions import (
    DECISIONS,
    decisions_open,
    default_dates,
    follow_decision,
    propose_decision,
    record_accreditation,
    set_decision_aside,
)
from experts.services.facts import SCOPE_OF_ITEM, expert_facts, passi_facts, passi_for
from experts.services.firms import (
    members_of,
    register_firm,
    register_outside_firm,
    update_identity,
)
from experts.services.numbers import clean_siren, masked_iban
from experts.services.papers import (
    Evidence,
    file_insurance,
    gaps,
    insurance_of,
    known_cvs,
    refused_files,
    tax_certificate_of,
)
from experts.services.refusals import Refused

__all__ = [
    "DECISIONS",
    "SCOPE_OF_ITEM",
    "Evidence",
    "Refused",
    "VoletStanding",
    "accept_charter",
    "add_consultant",
    "apply_change",
    "charter_is_current",
    "clean_siren",
    "confirm_as_member",
    "confirm_by_call",
    "decisions_open",
    "default_dates",
    "due_changes",
    "expert_facts",
    "file_insurance",
    "follow_decision",
    "gaps",
    "insurance_of",
    "known_cvs",
    "last_account_change",
    "masked_iban",
    "members_of",
    "needs_call_back",
    "open_change",
    "passi_facts",
    "passi_for",
    "phone_changed_at",
    "propose_decision",
    "read_account",
    "record_accreditation",
    "record_passi_certificate",
    "refused_files",
    "register_firm",
    "register_outside_firm",
    "request_accreditation",
    "set_consultant_active",
    "set_decision_aside",
    "standing_for",
    "standings",
    "stop_change",
    "tax_certificate_of",
    "update_consultant",
    "update_identity",
    "update_payment_details",
]
