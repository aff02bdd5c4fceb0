"""The use cases of the expert pool; everything another room may call."""

from experts.services.accreditations import (
    DECISIONS,
    decide_accreditation,
    decisions_open,
    may_be_asked,
    record_accreditation,
    request_accreditation,
)
from experts.services.certificates import record_passi_certificate
from experts.services.facts import expert_facts, passi_facts, passi_for
from experts.services.firms import (
    add_consultant,
    last_account_change,
    members_of,
    read_account,
    register_firm,
    register_outside_firm,
    set_consultant_active,
    update_identity,
    update_payment_details,
)
from experts.services.numbers import clean_siren, masked_iban
from experts.services.refusals import Refused

__all__ = [
    "DECISIONS",
    "Refused",
    "add_consultant",
    "clean_siren",
    "decide_accreditation",
    "decisions_open",
    "expert_facts",
    "last_account_change",
    "masked_iban",
    "may_be_asked",
    "members_of",
    "passi_facts",
    "passi_for",
    "read_account",
    "record_accreditation",
    "record_passi_certificate",
    "register_firm",
    "register_outside_firm",
    "request_accreditation",
    "set_consultant_active",
    "update_identity",
    "update_payment_details",
]
