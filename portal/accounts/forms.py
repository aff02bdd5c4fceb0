"""What people type about themselves, their members, the accounts and the delegations."""

from typing import Any, ClassVar

from allauth.account import forms as allauth_forms
from allauth.core import context
from allauth.mfa.totp.forms import DeactivateTOTPForm
from django import forms
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from portal.accounts.demonstration import SHARED, is_shared
from portal.accounts.models import Delegation, MembershipRole, StaffRole, User

STAFF_ROLES = [choice for choice in StaffRole.choices if choice[0]]


class _PlainLabels:
    """Gives allauth's forms the portal's words, and labels instead of hints inside the fields."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in {"email", "login"}:
                field.label = "Adresse électronique"


class LoginForm(_PlainLabels, allauth_forms.LoginForm):
    """Signing in."""


class AddEmailForm(_PlainLabels, allauth_forms.AddEmailForm):
    """Changing one's address."""


class ResetPasswordForm(_PlainLabels, allauth_forms.ResetPasswordForm):
    """Asking for a link to choose a new password."""


class ReauthenticateForm(_PlainLabels, allauth_forms.ReauthenticateForm):
    """Giving one's password again before a grave act."""


class ChangePasswordForm(_PlainLabels, allauth_forms.ChangePasswordForm):
    """Changing one's password, the former one given."""


class SetPasswordForm(_PlainLabels, allauth_forms.SetPasswordForm):
    """Choosing a first password."""


class ResetPasswordKeyForm(_PlainLabels, allauth_forms.ResetPasswordKeyForm):
    """Choosing a password after opening the link received."""


class SignupForm(_PlainLabels, allauth_forms.SignupForm):
    """A company's or an expert's person opens an account; Bpifrance's are opened by an administrator."""

    field_order: ClassVar[list[str]] = ["full_name", "email", "password1", "password2"]

    full_name = forms.CharField(
        label="Prénom et nom",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password2"].label = "Mot de passe, une seconde fois"
        self.fields["password1"].help_text = (
            "Au moins douze caractères, pas seulement des chiffres, et rien de trop courant ni de trop "
            "proche de votre nom ou de votre adresse."
        )
        invited = _invited_address()
        if invited:
            self.fields["email"].initial = invited
            self.fields["email"].disabled = True
            self.fields["email"].help_text = "C’est l’adresse à laquelle l’invitation a été envoyée."

    def clean(self) -> dict[str, Any]:
        """Refuse a password that resembles the name or the address just typed."""
        cleaned: dict[str, Any] = super().clean()
        password = cleaned.get("password1")
        if password:
            person = User(full_name=cleaned.get("full_name", ""), email=cleaned.get("email", ""))
            try:
                UserAttributeSimilarityValidator(user_attributes=("full_name", "email")).validate(
                    password, person
                )
            except ValidationError as error:
                self.add_error("password1", error)
        return cleaned

    def try_save(self, request: HttpRequest) -> Any:
        """Save the account; when the same address signed up in between, answer as for a known address."""
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            self.account_already_exists = True
            return super().try_save(request)

    def signup(self, request: HttpRequest, user: User) -> None:  # noqa: ARG002 allauth passes both
        """Keep the name, once allauth made the account."""
        user.full_name = self.cleaned_data["full_name"]
        user.save(update_fields=["full_name"])


def _invited_address() -> str:
    """Return the address proved by opening an invitation in this session, or nothing."""
    request = context.request
    return (request.session.get("account_verified_email") or "") if request is not None else ""


class InvitationForm(forms.Form):
    """Whom an owner invites, and as what."""

    email = forms.EmailField(
        label="Adresse électronique",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="La personne reçoit un lien, valable quatorze jours, qui ne sert qu’une fois.",
    )
    role = forms.ChoiceField(
        label="Rôle",
        choices=MembershipRole.choices,
        initial=MembershipRole.MEMBER,
        help_text="Un propriétaire peut aussi inviter et retirer des membres.",
    )


class StaffAccountForm(forms.Form):
    """The Bpifrance account an administrator opens."""

    full_name = forms.CharField(label="Prénom et nom", max_length=150)
    email = forms.EmailField(
        label="Adresse électronique",
        help_text="La personne y reçoit un lien pour choisir son mot de passe.",
    )
    staff_role = forms.ChoiceField(label="Rôle", choices=STAFF_ROLES)


class AccountForm(forms.ModelForm):
    """What an administrator may change of an account."""

    class Meta:
        model = User
        fields = ("full_name", "staff_role", "is_active")
        help_texts: ClassVar[dict[str, str]] = {
            "is_active": "Désactivé, le compte ne peut plus se connecter ; ses sessions prennent fin.",
            "staff_role": "Un seul rôle par compte : nul n’est à la fois chargé d’affaires et contrôleur.",
        }


class RemoveFactorForm(DeactivateTOTPForm):
    """Taking a second factor away, an application or a passkey; allauth asks whether it may go."""

    def clean(self) -> dict[str, Any] | None:
        """Refuse the factor that all the visitors of the demonstration share."""
        if is_shared(self.authenticator):
            raise ValidationError(SHARED)
        cleaned: dict[str, Any] | None = super().clean()
        return cleaned


class FactorResetForm(forms.Form):
    """Why an administrator takes all the second factors of an account away."""

    motive = forms.CharField(
        label="Motif",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Comment vous êtes-vous assuré que c’est bien cette personne ? Ces mots restent au journal.",
    )


class DelegationForm(forms.ModelForm):
    """A delegation of signature given to a manager."""

    class Meta:
        model = Delegation
        fields = ("user", "capacity", "valid_from", "valid_until")
        labels: ClassVar[dict[str, str]] = {"valid_from": "À partir du", "valid_until": "Jusqu’au"}
        help_texts: ClassVar[dict[str, str]] = {
            "valid_until": "Laissez vide si elle est sans terme.",
            "capacity": "Telle qu’elle figure sous la signature, par exemple « Directrice des programmes ».",
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "valid_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "valid_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        managers = User.objects.staff(StaffRole.MANAGER)
        self.fields["user"].queryset = managers.order_by("full_name", "pk")  # type: ignore[attr-defined]
        self.fields["user"].empty_label = "Choisissez un responsable"  # type: ignore[attr-defined]
