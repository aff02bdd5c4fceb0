"""Where the content of a dossier lies: rows that go with it, and columns emptied in the rows that stay."""

from __future__ import annotations

from typing import Any

from applications import models as m

# Model and path to its dossier. In this order: what points at another row goes before it.
GONE: tuple[tuple[type[Any], str], ...] = (
    (m.MessageAttachment, "message__dossier"),
    (m.Message, "dossier"),
    (m.Note, "dossier"),
    (m.Opinion, "dossier"),
    (m.LetterDraft, "dossier"),
    (m.Letter, "dossier"),
    (m.DraftStep, "dossier"),
    (m.DraftPresence, "dossier"),
    (m.CompletionItem, "request__dossier"),
    (m.CompletionRequest, "dossier"),
    (m.Snapshot, "dossier"),
    (m.PendingApproval, "dossier"),
    (m.Derogation, "dossier"),
    (m.Assistance, "dossier"),
    (m.Sight, "dossier"),
    (m.Export, "dossier"),
    (m.BulkAssignmentItem, "dossier"),
    (m.RehearsalLine, "dossier"),
    (m.Deadline, "dossier"),
    (m.MinutesVersion, "minutes__mission__dossier"),
    (m.Minutes, "mission__dossier"),
    (m.PhaseDone, "mission__dossier"),
    (m.MissionReport, "mission__dossier"),
    (m.Hold, "mission__dossier"),
    (m.ClosureReading, "mission__dossier"),
    (m.InvoiceDraft, "mission__dossier"),
    (m.Invoice, "mission__dossier"),
    (m.DeliveredLine, "mission__dossier"),
    (m.ServiceCertificate, "mission__dossier"),
    (m.ServiceContract, "mission__dossier"),
    (m.PaymentOrder, "mission__dossier"),
    (m.Amendment, "dossier"),
    (m.Contract, "dossier"),
    (m.OfferLine, "offer__invitation__request__dossier"),
    (m.Offer, "invitation__request__dossier"),
    (m.Suggestion, "request__dossier"),
    (m.QuoteInvitation, "request__dossier"),
    (m.QuoteRequest, "dossier"),
    (m.QuoteLine, "quote__dossier"),
    (m.Quote, "dossier"),
    (m.DossierDocument, "dossier"),
)

# What stays: ids, codes, dates and amounts, for sums, figures and the register of aids. Model, path to its dossier,
# and the columns emptied.
EMPTIED: tuple[tuple[type[Any], str, dict[str, Any]], ...] = (
    (
        m.Mission,
        "dossier",
        {
            "replacement_motive": "",
            "conflict_statement": "",
            "corrections": [],
            "restitution_evidence": "",
            "approved_account": "",
        },
    ),
    (m.Satisfaction, "mission__dossier", {"comment": ""}),
    (m.FindingDecision, "dossier", {"motive": ""}),
    (m.Payment, "mission__dossier", {"account": "", "reversal_motive": ""}),
    (m.Commitment, "dossier", {}),
    (m.Transmission, "dossier", {}),
    (m.ParcelItem, "dossier", {}),
    # Written anew by services.listing, which knows what an erased dossier shows.
    (m.Listing, "dossier", {}),
)

# Of the dossier itself.
OF_DOSSIER: dict[str, Any] = {
    "company_facts": {},
    "device_facts": {},
    "declarations": {},
    "commitments": {},
    "entered": None,
    "device": None,
}

# What goes with a request for quotes that is in no dossier: model and path to the request.
OF_REQUEST: tuple[tuple[type[Any], str], ...] = (
    (m.OfferLine, "offer__invitation__request"),
    (m.Offer, "invitation__request"),
    (m.Suggestion, "request"),
    (m.QuoteInvitation, "request"),
    (m.QuoteRequest, "pk"),
)

# Rows that hold several dossiers and go with the last of them, their files included.
SHARED: tuple[type[Any], ...] = (m.PaymentBatch, m.Parcel, m.ParcelReminder, m.BulkAssignment)
