"""Passkeys: what the portal changes in allauth's WebAuthn, so that a key opens this portal and no other."""

import base64
import binascii
import json
from typing import Any, ClassVar
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as allauth_forms
from django import forms
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError

from portal.accounts.second_factor import LAST_ONE, may_be_removed

NAME = "Diagnostic Dispositif Médical"
NOT_RECOGNISED = (
    "Cette clé d’accès n’a pas été reconnue. Réessayez, ou utilisez un autre moyen de vous identifier."
)
NAME_LENGTH = 60


class MfaAdapter(DefaultMFAAdapter):
    """Allauth's door to second factors and passkeys."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": LAST_ONE,
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Say whether this factor may go: experts and Bpifrance keep one."""
        return may_be_removed(authenticator)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name the portal by its configured address, whatever host the request claims."""
        return {"id": urlsplit(settings.PORTAL_URL).hostname or "", "name": NAME}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002
        """Return the name offered for a new key."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Clé d’accès n°\u00a0{count + 1}"


def is_from_portal(credential: Any) -> bool:
    """Say whether the browser signed on a page of this very portal.

    WebAuthn lets a sub-domain use its parent's keys; the portal does not. In development the port is free.
    """
    try:
        sent = credential["response"]["clientDataJSON"]
        data = json.loads(base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4)))
        origin, ours = urlsplit(data["origin"]), urlsplit(settings.PORTAL_URL)
        same_port = ours.hostname == "localhost" or origin.port == ours.port
    except (AttributeError, KeyError, TypeError, ValueError, binascii.Error):
        return False
    return (origin.scheme, origin.hostname) == (ours.scheme, ours.hostname) and same_port


class _FromPortal:
    """Refuses what was signed elsewhere, with a sentence that helps."""

    def clean_credential(self) -> Any:
        """Return what allauth makes of the credential; every failure reads the same."""
        credential = self.cleaned_data["credential"]  # type: ignore[attr-defined]
        if not is_from_portal(credential):
            raise ValidationError(NOT_RECOGNISED)
        inherited = getattr(super(), "clean_credential", None)
        try:
            return inherited() if inherited is not None else credential
        except ValidationError as error:
            if "too_many_login_attempts" in {one.code for one in error.error_list}:
                raise
            raise ValidationError(NOT_RECOGNISED) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # A garbled credential, which allauth's own reading lets through as any of these.
            raise ValidationError(NOT_RECOGNISED) from error


class AddPasskeyForm(_FromPortal, allauth_forms.AddWebAuthnForm):
    """A new key, which must be able to sign in alone: the device checks finger, face or PIN."""

    passwordless = None
    name = forms.CharField(
        label="Nom de la clé",
        max_length=NAME_LENGTH,
        required=False,
        help_text="Pour la reconnaître dans la liste, par exemple « Téléphone » ou « Ordinateur du bureau ».",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        """Check the key, and that the device checked its owner."""
        self.cleaned_data["passwordless"] = True
        try:
            cleaned: dict[str, Any] = super().clean()
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValidationError(NOT_RECOGNISED) from error
        return cleaned


class RenamePasskeyForm(allauth_forms.EditWebAuthnForm):
    """The name of a key."""

    name = forms.CharField(
        label="Nom de la clé", max_length=NAME_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class SignInPasskeyForm(_FromPortal, allauth_forms.LoginWebAuthnForm):
    """Signing in with a key alone."""


class SecondFactorPasskeyForm(_FromPortal, allauth_forms.AuthenticateWebAuthnForm):
    """A key as second factor, after the password."""


class ConfirmPasskeyForm(_FromPortal, allauth_forms.ReauthenticateWebAuthnForm):
    """A key shown again before a grave act."""
