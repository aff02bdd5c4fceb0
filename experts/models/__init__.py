"""Everything the portal remembers of expert firms, their accreditations, their accounts and the PASSI register."""

from experts.models.accounts import AccountChange, AccountChangeQuerySet
from experts.models.accreditations import (
    Accreditation,
    AccreditationDecision,
    AccreditationQuerySet,
    FirmPaper,
)
from experts.models.firms import Consultant, ExpertFirm, ExpertFirmQuerySet, VatRegime, siren_in_vat
from experts.models.passi import (
    AuditScope,
    PassiCertificate,
    PassiCertificateQuerySet,
    PassiImport,
    PassiListing,
    PassiListingQuerySet,
)

__all__ = [
    "AccountChange",
    "AccountChangeQuerySet",
    "Accreditation",
    "AccreditationDecision",
    "AccreditationQuerySet",
    "AuditScope",
    "Consultant",
    "ExpertFirm",
    "ExpertFirmQuerySet",
    "FirmPaper",
    "PassiCertificate",
    "PassiCertificateQuerySet",
    "PassiImport",
    "PassiListing",
    "PassiListingQuerySet",
    "VatRegime",
    "siren_in_vat",
]
