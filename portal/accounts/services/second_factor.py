"""Use cases on a second factor that is lost: an administrator takes it away, its owner sets another one up."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.services.accounts import end_sessions, require_administrator
from portal.accounts.services.refusals import Refused
from portal.accounts.services.trail import keep_account_event, tell

ONESELF = "Vous ne pouvez pas réinitialiser votre propre second facteur\u00a0: demandez-le à un autre administrateur."
NONE_THERE = "Ce compte n’a pas de second facteur\u00a0: il n’y a rien à réinitialiser."
NO_MOTIVE = "Dites en quelques mots pourquoi, par exemple «\u00a0téléphone perdu, rappelé à son poste\u00a0»."


@transaction.atomic
def reset_second_factor(*, account: User, motive: str, actor: User, now: datetime) -> None:
    """Take every second factor and recovery code of another's account away; its sessions end, its owner is told."""
    require_administrator(actor)
    if account.pk == actor.pk:
        raise Refused(ONESELF)
    _take_away(account, motive=motive, actor=actor, now=now)


@transaction.atomic
def reset_from_server(*, account: User, motive: str, now: datetime) -> None:
    """Do the same for whoever holds the server: the last administrator's way back in."""
    _take_away(account, motive=motive, actor=None, now=now)


def _take_away(account: User, *, motive: str, actor: User | None, now: datetime) -> None:
    if len(motive.strip()) < 5:
        raise Refused(NO_MOTIVE)
    user = User.objects.select_for_update().get(pk=account.pk)
    removed, _ = Authenticator.objects.filter(user=user).delete()
    if not removed:
        raise Refused(NONE_THERE)
    end_sessions(user=user)
    event = keep_account_event("second_factor_reset", user, actor=actor, now=now, motive=motive.strip())
    by = actor.full_name if actor else "La personne qui tient le serveur du portail"
    tell(
        user,
        subject="Votre second facteur a été réinitialisé",
        lines=[
            f"{by} a retiré le second facteur et les codes de secours de votre compte. "
            "Vos sessions ont pris fin.",
            "Connectez-vous avec votre mot de passe\u00a0: si votre rôle demande un second facteur, "
            "vous en installerez un nouveau.",
            "Si vous n’avez rien demandé, changez votre mot de passe et prévenez un administrateur sans attendre.",
        ],
        event=event,
        path=reverse("second_factor_setup"),
        label="Se connecter et installer un second facteur",
        now=now,
    )
