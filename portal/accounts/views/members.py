"""The members of a company or of an expert firm, and the invitations to join it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from portal import clock
from portal.accounts import services
from portal.accounts.access import Role, access, writes
from portal.accounts.forms import InvitationForm
from portal.accounts.models import Invitation, JoinRequest, Membership, MembershipRole, Organisation, User
from portal.accounts.views.requests import forbid, signed_in_user


def _memberships_of(user: User) -> list[Membership]:
    """Return one's own active memberships, with their organisations."""
    own = Membership.objects.active().filter(user=user).select_related("organisation")
    return list(own.order_by("organisation__name", "pk"))


def _own_organisation(request: HttpRequest, organisation_id: int) -> tuple[Organisation, Membership]:
    """Return the organisation and one's membership of it; another's organisation doesn't exist."""
    for membership in _memberships_of(signed_in_user(request)):
        if membership.organisation_id == organisation_id:
            return membership.organisation, membership
    raise Http404


def _require_owner(membership: Membership) -> None:
    if membership.role != MembershipRole.OWNER:
        forbid("Seul un propriétaire de l’organisation peut inviter, retirer ou nommer des membres.")


def _members_page(
    request: HttpRequest,
    membership: Membership,
    form: InvitationForm,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    organisation = membership.organisation
    members = Membership.objects.active().filter(organisation=organisation).select_related("user")
    invitations = Invitation.objects.open().filter(organisation=organisation).select_related("invited_by")
    now = clock.now()
    return render(
        request,
        "accounts/members.html",
        {
            "organisation": organisation,
            "membership": membership,
            "is_owner": membership.role == MembershipRole.OWNER,
            "members": members.order_by("user__full_name", "pk"),
            "invitations": [
                {"invitation": invitation, "expired": invitation.is_expired(now)}
                for invitation in invitations.order_by("-created_at", "-pk")
            ],
            "join_requests": (
                JoinRequest.objects.open()
                .filter(organisation=organisation)
                .select_related("user")
                .order_by("asked_at", "pk")
                if membership.role == MembershipRole.OWNER
                else []
            ),
            "others": [own for own in _memberships_of(membership.user) if own.pk != membership.pk],
            "form": form,
            "refusal": refusal,
        },
        status=status,
    )


@require_safe
@access(Role.COMPANY, Role.EXPERT)
def organisation_members(request: HttpRequest, organisation_id: int | None = None) -> HttpResponse:
    """List the members and the open invitations; without a number, of one's first organisation."""
    if organisation_id is None:
        return redirect("organisation_members", _memberships_of(signed_in_user(request))[0].organisation_id)
    _, membership = _own_organisation(request, organisation_id)
    return _members_page(request, membership, InvitationForm())


@writes
@access(Role.COMPANY, Role.EXPERT)
def invitation_send(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Invite an address; a refusal keeps what was typed."""
    organisation, membership = _own_organisation(request, organisation_id)
    _require_owner(membership)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _members_page(request, membership, form)
    try:
        invitation = services.invite(
            organisation=organisation,
            email=form.cleaned_data["email"],
            role=form.cleaned_data["role"],
            invited_by=membership.user,
            now=clock.now(),
        )
    except services.Refused as refusal:
        form.add_error(None, str(refusal))
        return _members_page(request, membership, form, status=409)
    messages.success(request, f"L’invitation est partie à l’adresse {invitation.email}.")
    return redirect("organisation_members", organisation.pk)


@writes
@access(Role.COMPANY, Role.EXPERT)
def invitation_revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Make an invitation of one's organisation worthless."""
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    _, membership = _own_organisation(request, invitation.organisation_id)
    _require_owner(membership)
    return _act(
        request,
        membership,
        lambda: services.revoke_invitation(invitation=invitation, actor=membership.user, now=clock.now()),
        done=f"L’invitation envoyée à {invitation.email} est annulée.",
    )


@writes
@access(Role.COMPANY, Role.EXPERT)
def join_request_put_aside(request: HttpRequest, request_id: int) -> HttpResponse:
    """Close a request to join one's organisation without inviting."""
    asked = get_object_or_404(JoinRequest, pk=request_id)
    _, membership = _own_organisation(request, asked.organisation_id)
    _require_owner(membership)
    return _act(
        request,
        membership,
        lambda: services.put_aside(request=asked, actor=membership.user, now=clock.now()),
        done="La demande est écartée.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@access(Role.COMPANY, Role.EXPERT)
def membership_remove(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Confirm (GET), then take a member's rights away (POST); a member may leave by themselves."""
    target, membership = _target_in_own_organisation(request, membership_id)
    leaving = target.pk == membership.pk
    if not leaving:
        _require_owner(membership)
    if request.method != "POST":
        return render(
            request,
            "accounts/membership_remove.html",
            {"target": target, "organisation": membership.organisation, "leaving": leaving},
        )
    return _act(
        request,
        membership,
        lambda: services.remove_member(membership=target, actor=membership.user, now=clock.now()),
        done=(
            f"Vous avez quitté {membership.organisation}."
            if leaving
            else f"{target.user} n’est plus membre de {membership.organisation}."
        ),
        then="home_of_user" if leaving else "",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@access(Role.COMPANY, Role.EXPERT)
def ownership_transfer(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Confirm (GET), then hand one's ownership over to another member (POST)."""
    target, membership = _target_in_own_organisation(request, membership_id)
    _require_owner(membership)
    if request.method != "POST":
        return render(
            request,
            "accounts/ownership_transfer.html",
            {"target": target, "organisation": membership.organisation},
        )
    return _act(
        request,
        membership,
        lambda: services.change_owner(membership=target, actor=membership.user, now=clock.now()),
        done=f"{target.user} est désormais propriétaire de {membership.organisation}.",
    )


def _target_in_own_organisation(request: HttpRequest, membership_id: int) -> tuple[Membership, Membership]:
    target = get_object_or_404(
        Membership.objects.active().select_related("user", "organisation"), pk=membership_id
    )
    _, membership = _own_organisation(request, target.organisation_id)
    return target, membership


def _act(
    request: HttpRequest, membership: Membership, act: Callable[[], None], *, done: str, then: str = ""
) -> HttpResponse:
    """Run the use case and go back to the members' page; show its refusal there as a 409."""
    try:
        act()
    except services.Refused as refusal:
        return _members_page(request, membership, InvitationForm(), refusal=str(refusal), status=409)
    messages.success(request, done)
    return redirect(then) if then else redirect("organisation_members", membership.organisation_id)
