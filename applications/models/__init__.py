"""Everything the portal remembers of companies, devices, dossiers and missions."""

from applications.models.assignment import (
    Absence,
    AssignmentRule,
    AssignmentSwitch,
    BulkAssignment,
    BulkAssignmentItem,
)
from applications.models.assistance import Assistance
from applications.models.batch import PaymentBatch, PaymentOrder, ServiceCertificate
from applications.models.calendar import CalendarFeed
from applications.models.closure import DeliveredLine, Invoice
from applications.models.closure_reading import ClosureReading, InvoiceDraft
from applications.models.company import Company, DossierImport, Signatory, UsedVolet
from applications.models.contract import Amendment, Contract, ServiceContract
from applications.models.deadline import Deadline
from applications.models.desk import Opinion
from applications.models.device import Device
from applications.models.dossier import Dossier, DossierDocument, NumberSeries
from applications.models.draft import DraftPresence, DraftStep
from applications.models.export import Export
from applications.models.figures import EVERY, Tally
from applications.models.letters import LetterDraft, Reason, ReasonVersion
from applications.models.mission import Hold, Mission, MissionReport, Satisfaction
from applications.models.mission_room import Minutes, MinutesVersion, PhaseDone
from applications.models.offer import Offer, OfferLine, OfferModel, OfferQuerySet
from applications.models.parcel import Parcel, ParcelItem, ParcelReminder
from applications.models.payment import Commitment, Envelope, Payment
from applications.models.quote import Quote, QuoteLine
from applications.models.quote_requests import QuoteInvitation, QuoteRequest, RequestSight, Suggestion
from applications.models.rehearsal import Rehearsal, RehearsalLine
from applications.models.review import (
    CompletionItem,
    CompletionRequest,
    Derogation,
    FindingDecision,
    Letter,
    PendingApproval,
    Snapshot,
    Transmission,
)
from applications.models.talk import Message, MessageAttachment, Note
from applications.models.worklist import NEVER, Listing, SavedView, Sight, Turn, Visit

__all__ = [
    "EVERY",
    "NEVER",
    "Absence",
    "Amendment",
    "AssignmentRule",
    "AssignmentSwitch",
    "Assistance",
    "BulkAssignment",
    "BulkAssignmentItem",
    "CalendarFeed",
    "ClosureReading",
    "Commitment",
    "Company",
    "CompletionItem",
    "CompletionRequest",
    "Contract",
    "Deadline",
    "DeliveredLine",
    "Derogation",
    "Device",
    "Dossier",
    "DossierDocument",
    "DossierImport",
    "DraftPresence",
    "DraftStep",
    "Envelope",
    "Export",
    "FindingDecision",
    "Hold",
    "Invoice",
    "InvoiceDraft",
    "Letter",
    "LetterDraft",
    "Listing",
    "Message",
    "MessageAttachment",
    "Minutes",
    "MinutesVersion",
    "Mission",
    "MissionReport",
    "Note",
    "NumberSeries",
    "Offer",
    "OfferLine",
    "OfferModel",
    "OfferQuerySet",
    "Opinion",
    "Parcel",
    "ParcelItem",
    "ParcelReminder",
    "Payment",
    "PaymentBatch",
    "PaymentOrder",
    "PendingApproval",
    "PhaseDone",
    "Quote",
    "QuoteInvitation",
    "QuoteLine",
    "QuoteRequest",
    "Reason",
    "ReasonVersion",
    "Rehearsal",
    "RehearsalLine",
    "RequestSight",
    "Satisfaction",
    "SavedView",
    "ServiceCertificate",
    "ServiceContract",
    "Sight",
    "Signatory",
    "Snapshot",
    "Suggestion",
    "Tally",
    "Transmission",
    "Turn",
    "UsedVolet",
    "Visit",
]
