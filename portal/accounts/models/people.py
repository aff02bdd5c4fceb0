"""The accounts: one person each, with at most one role at Bpifrance."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac


class StaffRole(models.TextChoices):
    """The one role of a Bpifrance account; empty for company and expert people.

    One per account, so that nobody is both officer and controller.
    """

    NONE = "", "Aucun"
    OFFICER = "officer", "Chargé d’affaires"
    MANAGER = "manager", "Responsable"
    CONTROLLER = "controller", "Contrôleur"
    AUDITOR = "auditor", "Auditeur"
    ADMINISTRATOR = "administrator", "Administrateur"


class UserManager(BaseUserManager["User"]):
    """Creates accounts whose e-mail address is always in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Return a saved account; without a password, none can be used to sign in."""
        if not email:
            raise ValueError("create_user: email is empty, expected an address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Return an administrator's account (accounts and settings; sees no dossier)."""
        return self.create_user(email, password, staff_role=StaffRole.ADMINISTRATOR, **fields)

    def staff(self, *roles: str) -> "models.QuerySet[User]":
        """Return the active accounts of Bpifrance that hold one of these roles."""
        return self.filter(staff_role__in=roles, is_active=True)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the account with this address, whatever its letters' case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address."""

    email = models.EmailField(
        "adresse électronique",
        unique=True,
        error_messages={"unique": "Un compte existe déjà avec cette adresse électronique."},
    )
    full_name = models.CharField("prénom et nom", max_length=150)
    staff_role = models.CharField(
        "rôle chez Bpifrance",
        max_length=20,
        choices=StaffRole.choices,
        default=StaffRole.NONE,
        blank=True,
    )
    is_active = models.BooleanField("compte actif", default=True)
    is_demo = models.BooleanField("compte de démonstration", default=False)
    session_version = models.PositiveIntegerField("version des sessions", default=0)
    date_joined = models.DateTimeField("créé le", default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name = "compte"
        verbose_name_plural = "comptes"
        indexes = [
            # Few beside the people of companies, and asked for by name on every desk.
            models.Index(fields=["staff_role"], condition=~Q(staff_role=""), name="accounts_user_staff"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")),
                name="accounts_user_email_lower_case",
                violation_error_message="L’adresse électronique doit être écrite en minuscules.",
            ),
            models.CheckConstraint(
                condition=Q(staff_role__in=StaffRole.values),
                name="accounts_user_staff_role_known",
                violation_error_message="Ce rôle n’existe pas.",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    def serves_as(self, *roles: str) -> bool:
        """True while the account is active and holds one of these roles at Bpifrance; one row of `objects.staff`."""
        return self.is_active and self.staff_role in roles

    def get_full_name(self) -> str:
        """Return the name people read."""
        return str(self)

    def get_short_name(self) -> str:
        """Return the name people read."""
        return str(self)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what ties a session to the account: a new password or version ends every session."""
        return salted_hmac(
            "portal.accounts.session",
            f"{self.password}:{self.session_version}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()
