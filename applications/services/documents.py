"""Who may read which file of the portal: the policy that `portal.documents` asks."""

from __future__ import annotations

from django.db.models import Q

from applications.models import (
    Amendment,
    Assistance,
    Dossier,
    DossierDocument,
    Letter,
    LetterDraft,
    Message,
    MessageAttachment,
    MinutesVersion,
    Mission,
    Offer,
    Quote,
    Signatory,
)
from applications.models.company import BPIFRANCE_READERS
from applications.services import exports, transmissions
from applications.services.arrivals import uploads
from applications.services.payments import papers
from applications.services.sensitivity import is_watched
from applications.services.standing import may_fill
from experts.services import files as expert_files
from portal import clock
from portal.accounts.models import Membership, User
from portal.documents.models import Document
from portal.documents.policy import ReadRight

Kind = DossierDocument.Kind
NO = ReadRight(allowed=False)
# An offer's PDF and its firm's terms: for whoever may read the offer.
OFFER_KINDS = frozenset({"offer", "offer_terms"})
# What an expert reads of the dossier of his mission, besides what his own firm filed: never the financials.
LETTERS_FOR_EXPERT = frozenset({Letter.Kind.LAPSE_NOTICE})


def may_read(user: User, document: Document) -> ReadRight:
    """Return whether `user` may read `document`; readings of volet 5 reports are logged in the dossier's chain."""
    if not user.is_active:
        return NO
    made = _made(user, document)
    if made is not None:
        return made
    piece = (
        DossierDocument.objects.select_related("dossier__company", "mission__firm")
        .filter(document=document)
        .first()
    )
    if piece is not None:
        return _piece(user, piece)
    letter = Letter.objects.select_related("dossier__company").filter(document=document).first()
    if letter is not None:
        return may_read_letter(user, letter)
    if document.kind == Kind.MINUTES:
        # Not a piece of the dossier until both sides approved the minutes that bear it.
        seen = MinutesVersion.objects.visible_to(user).filter(document=document)
        return ReadRight(allowed=seen.exists())
    joined = MessageAttachment.objects.select_related(
        "message__dossier__company", "message__mission__firm"
    ).filter(document=document)
    if (attachment := joined.first()) is not None:
        return _attachment(user, attachment.message)
    if user.staff_role:
        of_ours = _is_delegation_to_check(document) or _is_draft_of_letter(document)
        return ReadRight(allowed=user.staff_role in BPIFRANCE_READERS and of_ours)
    return ReadRight(allowed=document.organisation_id in _organisations(user))


def _made(user: User, document: Document) -> ReadRight | None:
    """Return the right to exports, papers, parcels and imported files, each by its own rule; None for the rest."""
    if document.kind == exports.DOCUMENT_KIND:
        return exports.right_to(user, document, now=clock.now())
    if document.kind == uploads.DOCUMENT_KIND:
        return uploads.right_to(user, document)
    if document.kind in papers.KINDS:
        return papers.right_to(user, document)
    if document.kind in expert_files.KINDS:
        return expert_files.right_to(user, document)
    if document.kind in OFFER_KINDS:
        seen = Offer.objects.visible_to(user).filter(Q(document=document) | Q(terms=document))
        return ReadRight(allowed=seen.exists())
    if document.kind in {transmissions.DOCUMENT_KIND, transmissions.PROOF_KIND}:
        return transmissions.right_to(user, document)
    return None


def _attachment(user: User, message: Message) -> ReadRight:
    """A file joined to a message: for the readers of its thread, never for the other one's."""
    if user.staff_role:
        return ReadRight(allowed=_opens(user, message.dossier_id))
    whose = message.mission.firm if message.mission is not None else message.dossier.company
    return ReadRight(allowed=whose.organisation_id in _organisations(user))


def _opens(user: User, dossier_id: int) -> bool:
    """True for who opens the dossier's page: whoever can't, the desk for an archived one, reads no file of it."""
    return Dossier.objects.visible_to(user).filter(pk=dossier_id).exists()


def _is_delegation_to_check(document: Document) -> bool:
    """True for the delegation of a signatory whose company filed a request; other loose files are its own."""
    return Signatory.objects.filter(
        delegation=document, company__dossiers__submitted_at__isnull=False
    ).exists()


def _is_draft_of_letter(document: Document) -> bool:
    """True for the preview of a letter that is being written."""
    return LetterDraft.objects.filter(preview=document).exists()


def _organisations(user: User) -> set[int]:
    return set(Membership.objects.filter(user=user, is_active=True).values_list("organisation_id", flat=True))


def _piece(user: User, piece: DossierDocument) -> ReadRight:
    dossier = piece.dossier
    chain = dossier.chain if is_watched(dossier, piece.kind) else None
    if user.staff_role:
        return ReadRight(allowed=_opens(user, dossier.pk) or _enters(user, piece), logged_chain=chain)
    organisations = _organisations(user)
    if dossier.company.organisation_id in organisations:
        return ReadRight(allowed=piece.kind != Kind.BPIFRANCE_INVOICE, logged_chain=chain)
    if piece.mission is not None:
        return ReadRight(allowed=piece.mission.firm.organisation_id in organisations, logged_chain=chain)
    if piece.kind == Kind.QUOTE:
        return ReadRight(allowed=_is_own_quote(piece, organisations))
    return NO


def _enters(user: User, piece: DossierDocument) -> bool:
    """True for the pieces of a draft that the person enters, and for the letter from which he did."""
    if piece.kind == Kind.RECEIVED_LETTER:
        return Assistance.objects.visible_to(user).filter(dossier=piece.dossier_id).exists()
    return may_fill(user, piece.dossier)


def _is_own_quote(piece: DossierDocument, organisations: set[int]) -> bool:
    """True for the firm whose quote the file is: who came before or after it never sees a rival's prices.

    The file shows the prices of the firm of the first version; a later expert's version has no such file.
    """
    if piece.replaced_at is not None:
        return False
    filed = (
        Quote.objects.filter(dossier=piece.dossier_id, document=piece.document_id).order_by("number").last()
    )
    firm = filed.firm if filed is not None else None
    return (
        firm is not None
        and firm.organisation_id in organisations
        and _is_expert(piece.dossier_id, organisations, firm=firm.pk)
    )


def may_read_letter(user: User, letter: Letter) -> ReadRight:
    """Return whether a person may read a letter, on its page or as a file."""
    dossier = letter.dossier
    if user.staff_role:
        return ReadRight(allowed=_opens(user, dossier.pk))
    organisations = _organisations(user)
    if letter.kind == Letter.Kind.CORRECTIONS:
        # Of the closure the company reads neither Bpifrance's invoice nor what is said of it.
        firm = Mission.objects.filter(pk=letter.context.get("mission"), firm__organisation__in=organisations)
        return ReadRight(allowed=firm.exists())
    if dossier.company.organisation_id in organisations:
        # The company reads its contract once it was sent to it.
        draft = letter.kind == Letter.Kind.CONTRACT and dossier.contract_sent_on is None
        return ReadRight(allowed=not draft)
    if letter.kind == Letter.Kind.AMENDMENT:
        return ReadRight(allowed=_is_own_amendment(letter, organisations))
    for_expert = letter.kind in LETTERS_FOR_EXPERT
    return ReadRight(allowed=for_expert and _is_expert(dossier.pk, organisations))


def _is_own_amendment(letter: Letter, organisations: set[int]) -> bool:
    """True for the firm whose lines the amendment carries, never for the one it replaces."""
    amendment = (
        Amendment.objects.select_related("quote__firm")
        .filter(dossier=letter.dossier_id, pk=letter.context.get("amendment"))
        .first()
    )
    if amendment is not None and amendment.new_due_on is not None:
        # A new term carries no price: it concerns whoever is at work.
        return _is_expert(letter.dossier_id, organisations, is_current=True)
    firm = amendment.quote.firm if amendment is not None and amendment.quote is not None else None
    return firm is not None and firm.organisation_id in organisations


def _is_expert(dossier_id: int, organisations: set[int], **which: int | bool) -> bool:
    return Mission.objects.filter(
        dossier=dossier_id, dossier__submitted_at__isnull=False, firm__organisation__in=organisations, **which
    ).exists()
