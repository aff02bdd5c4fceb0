"""The use cases of the expert pool; everything another room may call."""

from experts.services.accreditations import (
    DECISIONS,
    decide_accreditation,
    decisions_open,
    may_be_asked,
    record_accreditation,
    request_accreditation,
)
from experts.services.bank_accounts import (
    apply_change,
    confirm_as_member,
    confirm_by_call,
    due_changes,
    last_account_change,
    needs_call_back,
    open_change,
    read_account,
    stop_change,
    update_payment_details,
)
from experts.services.certificates import record_passi_certificate
from experts.services.facts import expert_facts, passi_facts, passi_for
from experts.services.firms import (
    add_consultant,
    members_of,
    register_firm,
    register_outside_firm,
    set_consultant_active,
    update_identity,
)
from experts.services.numbers import clean_siren, masked_iban
from experts.services.refusals import Refused

__all__ = [
    "DECISIONS",
    "Refused",
    "add_consultant",
    "apply_change",
    "clean_siren",
    "confirm_as_member",
    "confirm_by_call",
    "decide_accreditation",
    "decisions_open",
    "due_changes",
    "expert_facts",
    "last_account_change",
    "masked_iban",
    "may_be_asked",
    "members_of",
    "needs_call_back",
    "open_change",
    "passi_facts",
    "passi_for",
    "read_account",
    "record_accreditation",
    "record_passi_certificate",
    "register_firm",
    "register_outside_firm",
    "request_accreditation",
    "set_consultant_active",
    "stop_change",
    "update_identity",
    "update_payment_details",
]
