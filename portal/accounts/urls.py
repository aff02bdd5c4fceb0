"""Addresses of people's pages; signing in and passwords are allauth's, included beside them."""

from django.urls import path

from portal.accounts.views import administration, home, invitations, members, second_factor

urlpatterns = [
    path("mon-espace/", home.home_of_user, name="home_of_user"),
    path("mon-espace/bienvenue/", home.onboarding, name="onboarding"),
    path("compte/demonstration/", home.demo_signin, name="demo_signin"),
    path("compte/second-facteur/", second_factor.second_factor_setup, name="second_factor_setup"),
    # In the place of allauth's, which would take the last factor away.
    path(
        "compte/2fa/webauthn/keys/<int:pk>/remove/",
        second_factor.RemovePasskeyView.as_view(),
        name="mfa_remove_webauthn",
    ),
    path("compte/membres/", members.organisation_members, name="organisation_members"),
    path("compte/membres/<int:organisation_id>/", members.organisation_members, name="organisation_members"),
    path("compte/membres/<int:organisation_id>/inviter/", members.invitation_send, name="invitation_send"),
    path("compte/membre/<int:membership_id>/retirer/", members.membership_remove, name="membership_remove"),
    path(
        "compte/membre/<int:membership_id>/propriete/", members.ownership_transfer, name="ownership_transfer"
    ),
    path(
        "compte/invitations/<int:invitation_id>/annuler/", members.invitation_revoke, name="invitation_revoke"
    ),
    path(
        "compte/demandes-a-rejoindre/<int:request_id>/ecarter/",
        members.join_request_put_aside,
        name="join_request_put_aside",
    ),
    path("compte/invitation/<str:token>/", invitations.invitation_accept, name="invitation_accept"),
    path(
        "compte/invitation/<str:token>/inscription/",
        invitations.invitation_sign_up,
        name="invitation_sign_up",
    ),
    path("administration/comptes/", administration.account_list, name="account_list"),
    path("administration/comptes/nouveau/", administration.account_create, name="account_create"),
    path("administration/comptes/<int:account_id>/", administration.account_edit, name="account_edit"),
    path(
        "administration/comptes/<int:account_id>/lien/",
        administration.account_send_link,
        name="account_send_link",
    ),
    path(
        "administration/comptes/<int:account_id>/second-facteur/",
        administration.account_reset_factor,
        name="account_reset_factor",
    ),
    path("administration/delegations/", administration.delegation_list, name="delegation_list"),
    path(
        "administration/delegations/<int:delegation_id>/retirer/",
        administration.delegation_end,
        name="delegation_end",
    ),
]
