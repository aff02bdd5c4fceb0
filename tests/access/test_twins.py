"""The twins of the access matrix and of the headers: with one guard off, the same walk tells what passed."""

from __future__ import annotations

import logging
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.core.signals import request_started
from django.middleware.csrf import CsrfViewMiddleware
from django.test import Client, TestCase, override_settings
from django.urls import reverse

from applications.models import Message
from applications.models.dossier_sets import DossierQuerySet
from portal.accounts import access
from portal.accounts.models import StaffRole, User
from portal.notifications.models import Notification
from tests.access import test_matrix
from tests.access import world as worlds
from tests.access.matrix import LINES
from tests.access.walker import Walker

# Each header, and the middleware that sets it.
SETTERS = {
    "Content-Security-Policy": "csp.middleware.CSPMiddleware",
    "X-Content-Type-Options": "django.middleware.security.SecurityMiddleware",
    "Referrer-Policy": "django.middleware.security.SecurityMiddleware",
    "X-Frame-Options": "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "Permissions-Policy": "django_permissions_policy.PermissionsPolicyMiddleware",
    "Cache-Control": "portal.accounts.middleware.NoStoreMiddleware",
}


class Guarded(TestCase):
    """The world of the matrix, built once."""

    world: worlds.World

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = worlds.build()

    def setUp(self) -> None:
        logging.disable(logging.ERROR)
        self.addCleanup(logging.disable, logging.NOTSET)

    def faults(self, role: str, *names: str) -> str:
        """Return what the walk tells of some addresses."""
        lines = tuple(line for line in LINES if line.name in names)
        assert {line.name for line in lines} == set(names)
        return "\n".join(Walker(self.world, role).walk(lines))


@pytest.mark.twin
class AccessTwins(Guarded):
    """Who enters, what leaks, what a reading writes."""

    def test_without_the_filter_of_tenants_a_rival_reads_a_dossier(self) -> None:
        assert self.faults("other_company", "company_dossier") == ""
        everything: dict[str, Any] = {
            "visible_to": lambda one, _: one.all(),
            "of_company": lambda one, _: one.all(),
        }
        with mock.patch.multiple(DossierQuerySet, **everything):
            told = self.faults("other_company", "company_dossier")
        assert "other_company GET company_dossier: 200" in told
        assert f"reads « {worlds.IDENTITY['company']} »" in told

    def test_without_the_roles_of_views_a_company_enters_the_desk(self) -> None:
        assert self.faults("owner", "dossier_list", "account_list") == ""
        with mock.patch.object(access, "refuse", return_value=None):
            told = self.faults("owner", "dossier_list", "account_list")
        assert "owner GET dossier_list: 200" in told
        assert "owner GET account_list: 200" in told

    def test_without_the_policy_of_files_a_rival_reads_one(self) -> None:
        assert self.faults("other_expert", "document_download") == ""
        with override_settings(DOCUMENT_POLICY="tests.portal.documents.test_download.everything"):
            assert "other_expert GET document_download: 200" in self.faults(
                "other_expert", "document_download"
            )

    def test_a_word_of_the_desk_put_in_the_companys_thread_is_found(self) -> None:
        assert self.faults("owner", "company_dossier") == ""
        Message.objects.filter(thread="company").update(body=worlds.NOTE)
        assert f"reads « {worlds.NOTE} »" in self.faults("owner", "company_dossier")

    def test_a_reading_that_writes_is_found(self) -> None:
        def write(**_: Any) -> None:
            Notification.objects.update(body="lu")

        request_started.connect(write)
        try:
            told = self.faults("owner", "company_home")
        finally:
            request_started.disconnect(write)
        assert "owner GET company_home: writes notifications_notification" in told

    def test_without_the_check_of_its_token_a_forged_form_is_taken(self) -> None:
        person = self.world.users["owner"]
        assert person is not None
        address = reverse("account_change_password")

        def forged() -> int:
            browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
            browser.force_login(person)
            return browser.post(address).status_code

        assert forged() == 403
        with mock.patch.object(CsrfViewMiddleware, "process_view", return_value=None):
            assert forged() != 403

    def test_rights_remembered_would_outlive_their_withdrawal(self) -> None:
        person = self.world.users["officer"]
        assert person is not None
        client, read = Client(), access._roles
        client.force_login(person)
        address, remembered = reverse("dossier_list"), dict[int, Any]()
        with mock.patch.object(
            access, "_roles", lambda user, kinds: remembered.setdefault(user.pk, read(user, kinds))
        ):
            assert client.get(address).status_code == 200
            User.objects.filter(pk=person.pk).update(staff_role=StaffRole.NONE)
            assert client.get(address).status_code == 200
        assert client.get(address).status_code == 403


@pytest.mark.twin
class AddressTwins(Guarded):
    """A new address, and one that went."""

    def test_an_address_without_a_line_and_a_line_without_an_address_are_seen(self) -> None:
        check = test_matrix.Matrix.test_every_address_has_its_line_and_every_line_its_address
        check(self)  # type: ignore[arg-type]
        for lines in (LINES[1:], (*LINES, LINES[0])):
            with mock.patch.object(test_matrix, "LINES", lines), pytest.raises(AssertionError):
                check(self)  # type: ignore[arg-type]


@pytest.mark.twin
class HeaderTwins(Guarded):
    """Each header, without what sets it."""

    def test_without_its_middleware_a_header_is_missed(self) -> None:
        assert self.faults("owner", "company_home") == ""
        for header, setter in SETTERS.items():
            kept = [one for one in settings.MIDDLEWARE if one != setter]
            assert len(kept) == len(settings.MIDDLEWARE) - 1
            with override_settings(MIDDLEWARE=kept):
                assert header in self.faults("owner", "company_home"), header

    def test_a_policy_that_lets_anything_in_is_seen(self) -> None:
        policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        for change in (
            {"script-src": ["'self'", "'unsafe-inline'"]},
            {"style-src": ["'self'", "'unsafe-inline'"]},
            {"frame-ancestors": ["'self'"]},
            {"img-src": ["*"]},
        ):
            with override_settings(CONTENT_SECURITY_POLICY={"DIRECTIVES": policy | change}):
                assert "Content-Security-Policy is" in self.faults("owner", "company_home"), change
