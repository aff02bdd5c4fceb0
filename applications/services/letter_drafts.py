"""Letters written together before their act: composed as of today, rewritten by section, previewed by the worker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from applications.models import CompletionItem, CompletionRequest, Dossier, LetterDraft, Mission, Snapshot
from applications.services import contents
from applications.services.evaluation import decision_evaluation
from applications.services.letter_words import KIND_OF_ACT, changed_only
from applications.services.letters import forget
from applications.services.locking import lock
from applications.workflow.policy import policy
from applications.workflow.refusals import Stale
from applications.workflow.states import State
from portal.accounts.models import User
from portal.clock import civil_date
from portal.notifications.outbox import enqueue

Json = dict[str, Any]
OVERTAKEN = (
    "Un collègue vient d’enregistrer ce courrier. Votre texte est gardé à l’écran\u00a0: comparez-le au sien, "
    "puis enregistrez de nouveau."
)
# Where a notice may be prepared: the sweep sends it, the day after the term.
NOTICE_STATES = frozenset({State.APPROVED, State.CONTRACT_SENT, State.IN_PROGRESS})


def draft_of(dossier: Dossier, act: str, mission: Mission | None = None) -> LetterDraft | None:
    """Return the draft of an act's letter, None where nobody began one."""
    whose = Q(mission=mission) if act == "request_corrections" else Q(mission__isnull=True)
    return LetterDraft.objects.filter(whose, dossier=dossier, act=act).select_related("author").first()


def begin(
    dossier: Dossier,
    act: str,
    *,
    mission: Mission | None,
    inputs: Mapping[str, Any],
    author: User,
    now: datetime,
) -> LetterDraft:
    """Open the draft of an act's letter, or go on with the one there is; what the act is given is kept anew."""
    with transaction.atomic():
        locked = lock(dossier.pk)
        draft = draft_of(locked, act, mission)
        if draft is None:
            on_mission = mission if act == "request_corrections" else None
            draft = LetterDraft(dossier=locked, act=act, mission=on_mission, revision=0)
        draft.inputs = dict(inputs)
        _write(draft, author, now)
    return draft


def keep(
    draft: LetterDraft, texts: Mapping[str, str], *, revision: int, author: User, now: datetime
) -> LetterDraft:
    """Keep the sections that differ from the composed ones. Raises Stale where a colleague wrote meanwhile."""
    with transaction.atomic():
        lock(draft.dossier_id)
        kept = LetterDraft.objects.select_related("dossier", "mission").filter(pk=draft.pk).first()
        if kept is None or kept.revision != revision:
            raise Stale(OVERTAKEN)
        kind, context = composed(kept, today=civil_date(now))
        changed = changed_only(kind, context, texts)
        if changed != kept.texts:
            kept.texts = changed
            _write(kept, author, now)
    return kept


def _write(draft: LetterDraft, author: User, now: datetime) -> None:
    draft.revision += 1
    draft.author, draft.updated_at = author, now
    draft.save()


def drop(draft: LetterDraft) -> None:
    """Give up a draft: the letter will leave as composed."""
    with transaction.atomic():
        lock(draft.dossier_id)
        forget(draft)


def ask_preview(draft: LetterDraft, *, now: datetime) -> None:
    """Have the worker draw the draft as it stands, once per revision."""
    LetterDraft.objects.filter(pk=draft.pk).update(preview_asked=draft.revision)
    enqueue(
        kind="preview_letter",
        dedup_key=f"preview:letter:{draft.pk}:{draft.revision}:{draft.updated_at.isoformat()}",
        payload={"draft": draft.pk, "revision": draft.revision},
        due_at=now,
    )


# --- The content of a letter before its act ---------------------------------------------------------
def composed(draft: LetterDraft, *, today: date) -> tuple[str, Json]:
    """Return the kind and the content that the act's letter would have today."""
    return KIND_OF_ACT[draft.act], _COMPOSERS[draft.act](draft, today)


def _approval(draft: LetterDraft, today: date) -> Json:
    return contents.approval(draft.dossier, decision_evaluation(draft.dossier, today=today), today)


def _rejection(draft: LetterDraft, today: date) -> Json:
    evaluation = decision_evaluation(draft.dossier, today=today)
    rules, motive = list(draft.inputs.get("rules") or []), str(draft.inputs.get("motive") or "")
    return contents.rejection(draft.dossier, evaluation, rules, motive, today)


def _completion(draft: LetterDraft, today: date) -> Json:
    request = CompletionRequest(
        dossier=draft.dossier,
        message=str(draft.inputs.get("message") or ""),
        due_on=today + timedelta(days=policy().completion_days),
    )
    items = [
        CompletionItem(step=item.get("step", ""), target=item.get("target", ""), reason=item["reason"])
        for item in draft.inputs.get("items") or []
    ]
    evaluation = decision_evaluation(draft.dossier, today=today)
    return contents.completion(draft.dossier, request, items, evaluation, today)


def _contract(draft: LetterDraft, today: date) -> Json:
    amended = draft.dossier.snapshots.filter(moment=Snapshot.Moment.AMENDMENT).last()
    evaluation = amended.evaluation if amended else decision_evaluation(draft.dossier, today=today)
    return {"terms": contents.contract_terms(draft.dossier, evaluation, today)}


def _lapse_notice(draft: LetterDraft, today: date) -> Json:
    due_on = draft.dossier.due_on
    # It leaves the day after the term at the earliest.
    on = max(today, due_on + timedelta(days=1)) if due_on else today
    return contents.lapse_notice(draft.dossier, on + timedelta(days=policy().lapse_notice_days), on)


def _corrections(draft: LetterDraft, today: date) -> Json:
    mission = draft.mission
    assert mission is not None
    mission.corrections = [
        {"target": str(item.get("target") or ""), "reason": item["reason"]}
        for item in draft.inputs.get("items") or []
    ]
    due_on = today + timedelta(days=policy().corrections_days)
    return contents.corrections(draft.dossier, mission, str(draft.inputs.get("message") or ""), due_on, today)


_COMPOSERS = {
    "approve": _approval,
    "reject": _rejection,
    "request_completion": _completion,
    "sign_for_bpifrance": _contract,
    "give_notice": _lapse_notice,
    "request_corrections": _corrections,
}
