"""The page of a letter, for whoever receives it: its words, its sealed PDF, and what the seal is worth."""

from __future__ import annotations

import hashlib
import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from applications.letters.changes import changes
from applications.letters.render import letter_html
from applications.models import Dossier, Letter, Mission
from applications.services.documents import may_read_letter
from applications.views.officer_requests import signed_in
from portal.accounts.access import Role, access
from portal.accounts.models import User
from portal.seal import SealError, SealState, Verdict, verified

logger = logging.getLogger(__name__)


@require_safe
@access(Role.MEMBER)
def letter_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a letter to whom it may concern; for anybody else it does not exist."""
    user = signed_in(request)
    letters = Letter.objects.select_related("dossier__company", "document")
    letter = get_object_or_404(letters, pk=pk)
    if not may_read_letter(user, letter).allowed:
        raise Http404
    context = {
        "letter": letter,
        "sheet": letter_html(letter),
        "seal": seal_shown(letter),
        "back": back_of(user, letter),
        "edits": edits_shown(letter) if user.staff_role else [],
    }
    return render(request, "letters/page.html", context)


def back_of(user: User, letter: Letter) -> str:
    """Return the page that leads to a letter: the dossier's, or the mission's for an expert."""
    if user.staff_role:
        return reverse("officer_dossier", args=[letter.dossier_id])
    if Dossier.objects.of_company(user).filter(pk=letter.dossier_id).exists():
        return reverse("company_dossier", args=[letter.dossier_id])
    missions = Mission.objects.visible_to(user).filter(dossier=letter.dossier_id)
    mission = missions.filter(pk=letter.context.get("mission")).first() or missions.order_by("-rank").first()
    return reverse("mission_detail", args=[mission.pk]) if mission is not None else reverse("expert_home")


def edits_shown(letter: Letter) -> list[dict[str, object]]:
    """Return what the author rewrote, section by section, word by word."""
    return [
        {"label": edit["label"], "pieces": changes(edit["composed"], edit["sent"])} for edit in letter.edits
    ]


def seal_shown(letter: Letter) -> dict[str, object]:
    """Return what the page says of the seal: {state, verdict}, verified on the very file that is kept."""
    document = letter.document
    if document is None:
        return {"state": "waiting"}
    if letter.sealed_at is None:
        return {"state": "none"}
    try:
        with document.file.open("rb") as file:
            content = file.read()
        verdict = verified(content, at=letter.sealed_at)
    except (OSError, SealError):
        logger.exception("the seal of letter %s can't be verified", letter.pk)
        return {"state": "unknown"}
    # The register remembers the file: a whole other file with a good seal of ours is not this letter.
    same = hashlib.sha256(content).hexdigest() == document.sha256
    if not same:
        verdict = Verdict(SealState.BROKEN, verdict.name, verdict.is_test)
    state = "intact" if verdict.state is SealState.INTACT else "broken"
    return {"state": state, "verdict": verdict}
