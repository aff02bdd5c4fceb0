"""Effects of the extension of a term: asked by the company, granted by an amendment, or declined."""

from __future__ import annotations

from applications.models import Amendment, Deadline, Letter
from applications.services import contents
from applications.services.deadlines import close_deadlines, open_deadline
from applications.services.effects.base import Effect
from applications.services.evidence import sealed_of
from applications.services.extension import extended_term
from applications.services.signing import sealed_hash
from applications.workflow.situation import Situation


def request_extension(situation: Situation) -> Effect:
    """Keep the company's wish; a manager answers."""
    situation.dossier.extension_requested_at = situation.now
    return Effect(motive=situation.text("motive"))


def decline_extension(situation: Situation) -> Effect:
    """Answer the company that its term stands; it may ask again before it."""
    situation.dossier.extension_requested_at = None
    return Effect(motive=situation.text("motive"))


def extend(situation: Situation) -> Effect:
    """Propose the new term by an amendment that the manager signs first; nothing moves before the last signature."""
    dossier, motive = situation.dossier, situation.text("motive")
    new_due_on = extended_term(dossier)
    assert new_due_on is not None
    amendment = Amendment(
        dossier=dossier,
        rank=dossier.amendments.count() + 1,
        new_due_on=new_due_on,
        motive=motive,
        opened_on=situation.today,
        officer_signed_by=situation.actor,
        officer_signed_at=situation.now,
    )
    amendment.sha256 = sealed_hash(sealed_of(amendment))
    amendment.save()
    return Effect(
        data={"amendment": amendment.pk, "new_due_on": str(new_due_on)},
        motive=motive,
        letters=[(Letter.Kind.AMENDMENT, contents.amendment(amendment))],
    )


def move_term(situation: Situation, amendment: Amendment, effect: Effect) -> None:
    """Move the term on the last signature: it ends later, and a notice given meanwhile falls."""
    dossier = situation.dossier
    assert amendment.new_due_on is not None
    amendment.status = Amendment.Status.SIGNED
    dossier.due_on = amendment.new_due_on
    close_deadlines(dossier, Deadline.Kind.TERM, Deadline.Kind.LAPSE, today=situation.today)
    open_deadline(dossier, kind=Deadline.Kind.TERM, due_on=dossier.due_on, today=situation.today)
    effect.data |= {"applied": True, "due_on": str(dossier.due_on)}
