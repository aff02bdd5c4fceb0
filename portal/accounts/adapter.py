"""What the portal changes in allauth: e-mails leave by the outbox, throttling locks nobody else out."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.crypto import get_random_string

from portal.accounts.sealing import seal
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

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failed attempts per account and per address they come from.

        Counted by account alone, anybody could lock anybody out by failing on purpose.
        """
        key = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{self.get_client_ip(request)}"
