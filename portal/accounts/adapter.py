"""What the portal changes in allauth: mail by the outbox, changes that end sessions, fair throttling."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailConfirmationMixin
from allauth.account.utils import get_next_redirect_url
from allauth.core import context as allauth_context
from django.contrib.auth import REDIRECT_FIELD_NAME, update_session_auth_hash
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.crypto import get_random_string
from django.utils.http import urlencode

from portal import clock
from portal.accounts.access import landing_page, page_of
from portal.accounts.models import User
from portal.accounts.reauthentication import recently_authenticated
from portal.accounts.sealing import seal
from portal.accounts.services.accounts import SESSIONS_KEPT, record_security_change
from portal.notifications.services import send_email


class AccountAdapter(DefaultAccountAdapter):
    """Allauth's door into the portal."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the message now and leave its sending to the outbox.

        The body is sealed, because it holds links that open an account. A known and an unknown
        address cost the same: one row.
        """
        values = {"email": email, **context}
        subject = " ".join(render_to_string(f"{template_prefix}_subject.txt", values).split())
        body = render_to_string(f"{template_prefix}_message.txt", values, allauth_context.request)
        send_email(
            to=email,
            subject=subject,
            template="accounts/email/letter",
            context={"sealed_body": seal(body.strip())},
            dedup_key=f"account:{get_random_string(32)}",
        )

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell the account's owner of a change in how one signs in, which ends the other sessions.

        Allauth calls this for each such change and for nothing else, once it is made.
        """
        assert isinstance(user, User)
        change = template_prefix.rpartition("/")[2]
        with transaction.atomic():
            record_security_change(user=user, change=change, now=clock.now())
            super().send_notification_mail(template_prefix, user, context, email)
        if user.is_authenticated and self.request.user == user and change not in SESSIONS_KEPT:
            user.refresh_from_db(fields=["session_version"])
            update_session_auth_hash(self.request, user)

    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationMixin
    ) -> str:
        """Return the link of the message, which leads on to where the person was going.

        The message may be read on another device, whose session knows nothing of the simulation begun
        here. Only a page of this portal is named; the page that confirms checks it again.
        """
        link = super().get_email_confirmation_url(request, emailconfirmation)
        onward = page_of(request, get_next_redirect_url(request))
        return f"{link}?{urlencode({REDIRECT_FIELD_NAME: onward})}" if onward else link

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask for no second proof of who has just given one, as the portal's own grave acts do.

        Who signs in for the first time sets a second factor up, and reads the recovery codes, in one go.
        """
        asked = bool(super().is_reauthentication_required(app=app, **kwargs))
        return asked and not recently_authenticated(self.request)

    def is_safe_url(self, url: str) -> bool:
        """Refuse other sites, and addresses that only take what a form sends."""
        return super().is_safe_url(url) and landing_page(url) == url

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failed attempts per account and per address they come from.

        Counted by account alone, anybody could lock anybody out by failing on purpose.
        """
        key = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{self.get_client_ip(request)}"
