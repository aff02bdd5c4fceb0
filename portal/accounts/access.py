"""Who may enter a view: the roles of a person, and the decorators every view names its roles with."""

import functools
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from portal.accounts.models import Membership, Organisation, User

View = Callable[..., HttpResponseBase]

API_PREFIX = "/api/"
SIGN_IN_FIRST = "Connectez-vous pour continuer."
SESSION_ENDED = (
    "Votre session avait pris fin : ce que vous venez d’envoyer n’est pas enregistré. "
    "Connectez-vous : vous reviendrez à la page où vous étiez, pour l’envoyer de nouveau."
)
FORBIDDEN = (
    "Votre compte ne donne pas accès à cette page. Si vous pensez qu’il le devrait, "
    "adressez-vous au propriétaire de votre organisation ou à votre administrateur."
)


class Role(models.TextChoices):
    """What a person is for the portal; a view lists those it lets in."""

    ANONYMOUS = "anonymous", "Visiteur"
    MEMBER = "member", "Personne connectée"
    COMPANY = "company", "Entreprise"
    EXPERT = "expert", "Expert"
    OFFICER = "officer", "Chargé d’affaires"
    MANAGER = "manager", "Responsable"
    CONTROLLER = "controller", "Contrôleur"
    AUDITOR = "auditor", "Auditeur"
    ADMINISTRATOR = "administrator", "Administrateur"


_ROLE_OF_KIND = {
    Organisation.Kind.COMPANY: Role.COMPANY,
    Organisation.Kind.EXPERT_FIRM: Role.EXPERT,
}


def roles_of(user: User | AnonymousUser) -> frozenset[Role]:
    """Return every role of a person, with at most one query, remembered on this instance.

    The instance lives for one request, so that a right withdrawn is gone at the next one.
    """
    if not isinstance(user, User) or not user.is_active:
        return frozenset({Role.ANONYMOUS})
    remembered: frozenset[Role] | None = getattr(user, "known_roles", None)
    if remembered is None:
        remembered = _read_roles(user)
        user.known_roles = remembered  # type: ignore[attr-defined]
    return remembered


def forget_roles(user: User) -> None:
    """Make the next `roles_of` read the database again, after this very request changed the rights."""
    if hasattr(user, "known_roles"):
        del user.known_roles


def with_roles(users: "models.QuerySet[User]") -> "models.QuerySet[User]":
    """Return the accounts with the kinds of their organisations, for `remember_roles` to ask nothing more."""
    return users.annotate(**{_marking(kind): _belongs_to(kind) for kind in Organisation.Kind})


def remember_roles(user: User) -> None:
    """Remember the roles of an account that `with_roles` read, for the request that it was read for."""
    kinds = [kind for kind in Organisation.Kind if getattr(user, _marking(kind))]
    user.known_roles = _roles(user, kinds)  # type: ignore[attr-defined]


def _marking(kind: Organisation.Kind) -> str:
    return f"belongs_to_{kind.value}"


def _belongs_to(kind: Organisation.Kind) -> ExpressionWrapper:
    """Tell whether an account belongs to an organisation of this kind; asked of nobody at Bpifrance."""
    memberships = Membership.objects.filter(user=OuterRef("pk"), is_active=True, organisation__kind=kind)
    return ExpressionWrapper(Q(staff_role="") & Q(Exists(memberships)), output_field=BooleanField())


def _read_roles(user: User) -> frozenset[Role]:
    if user.staff_role:
        return _roles(user, ())
    kinds = (
        Membership.objects.filter(user=user, is_active=True)
        .order_by()
        .values_list("organisation__kind", flat=True)
        .distinct()
    )
    return _roles(user, map(Organisation.Kind, kinds))


def _roles(user: User, kinds: Iterable[Organisation.Kind]) -> frozenset[Role]:
    if user.staff_role:
        return frozenset({Role.MEMBER, Role(user.staff_role)})
    return frozenset({Role.MEMBER, *(_ROLE_OF_KIND[kind] for kind in kinds)})


def access(*roles: Role) -> Callable[[View], View]:
    """Let only people with one of these roles enter the view.

    A visitor goes to the sign-in page (JSON 401 under /api/); a person without the role gets a 403.
    Works on functions and on what `as_view()` returns.
    """
    if not roles:
        raise ValueError("access: no role given, expected at least one.")
    allowed = frozenset(roles)

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            refusal = refuse(request, allowed)
            return refusal if refusal is not None else view(request, *args, **kwargs)

        guarded.access_roles = allowed  # type: ignore[attr-defined]
        # This decorator answers visitors itself, so that the API gets JSON rather than a redirection.
        return login_not_required(guarded)

    return decorate


def refuse(request: HttpRequest, allowed: frozenset[Role]) -> HttpResponseBase | None:
    """Return the answer for a person without any of the roles, None for one who may enter.

    Raises PermissionDenied, with a French sentence, outside the API.
    """
    held = roles_of(request.user)
    if held & allowed:
        return None
    under_api = request.path.startswith(API_PREFIX)
    if Role.ANONYMOUS in held:
        return JsonResponse({"detail": SIGN_IN_FIRST}, status=401) if under_api else _to_sign_in(request)
    if under_api:
        return JsonResponse({"detail": FORBIDDEN}, status=403)
    raise PermissionDenied(FORBIDDEN)


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Send to the sign-in page, and back afterwards to the page on which the person was."""
    return lead_to(request, reverse("account_login"), refused=SESSION_ENDED)


def lead_to(request: HttpRequest, door: str, *, refused: str) -> HttpResponseBase:
    """Send to a page that one must pass first, and back afterwards to the page on which the person was.

    What was sent is refused with the sentence `refused`, said on that page.
    """
    if request.headers.get("HX-Request") == "true":
        # A fragment can't hold the page: htmx is told to leave the whole page.
        page = page_of(request, request.headers.get("HX-Current-URL"))
        address = redirect_to_login(page, door).headers["Location"] if page else door
        return HttpResponse(status=200, headers={"HX-Redirect": address})
    if request.method in {"GET", "HEAD"}:
        return redirect_to_login(landing_page(request.get_full_path()), door)
    # What was sent can't be sent again: the page that holds the form can be shown again.
    messages.warning(request, refused)
    page = page_of(request, request.headers.get("Referer"))
    return redirect_to_login(landing_page(page or request.path), door)


def landing_page(address: str) -> str:
    """Return the address itself where a person can land after signing in, else the nearest page above it.

    An address that only takes what a form sends shows nothing: landing there would be an error.
    """
    path, takes_no_visit = urlsplit(address).path, False
    while path not in {"", "/"}:
        try:
            view = resolve(path).func
        except Resolver404:
            pass
        else:
            if not getattr(view, "post_only", False):
                return path if takes_no_visit else address
            takes_no_visit = True
        if not takes_no_visit:
            return address
        path = path.rstrip("/").rpartition("/")[0] + "/"
    return reverse("home_of_user") if takes_no_visit else address


def page_of(request: HttpRequest, address: str | None) -> str:
    """Return path and query of an address of this very portal, "" for anything else."""
    if not address or not url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return ""
    parts = urlsplit(address)
    return urlunsplit(("", "", parts.path or "/", parts.query, ""))


def public(view: View) -> View:
    """Let everybody enter the view, signed in or not."""

    @functools.wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    opened.access_roles = frozenset({Role.ANONYMOUS})  # type: ignore[attr-defined]
    return login_not_required(opened)


def writes(view: View) -> View:
    """Refuse any method but POST: GET never writes."""
    guarded: View = require_POST(view)
    guarded.post_only = True  # type: ignore[attr-defined]
    return guarded
