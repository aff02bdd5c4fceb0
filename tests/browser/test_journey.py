"""The newcomer's journey in one browser, from an anonymous simulation to a closed dossier, changing hats."""

import pytest
from playwright.sync_api import Browser

from tests.browser import bpifrance, company, expert
from tests.browser.hats import Hands
from tests.browser.portal import Portal
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser


def test_from_the_simulator_to_a_closed_dossier(portal: Portal, chromium: Browser, watch: Watch) -> None:
    page = watch.page(chromium)
    hands = Hands(portal, page, watch)

    company.simulate(hands)
    pk = company.start(hands)
    company.file_request(hands, pk)
    number = company.submit(hands)
    company.receipt(hands)

    bpifrance.take(hands, number)
    bpifrance.settle_reviews(hands)
    expert.declare_no_conflict(hands, number)
    bpifrance.approve(hands, pk)
    bpifrance.sign_and_send(hands, pk)
    company.sign(hands, pk)

    expert.work(hands, number)
    bpifrance.desk(hands, bpifrance.OFFICER, pk, "Prestation terminée")
    company.follow_dossier(
        hands, pk, "Prestation terminée, clôture attendue de l’expert", "company-work-done"
    )
    expert.mission(hands, number)
    expert.close(hands)
    company.confirm_restitution(hands, pk)
    bpifrance.certify(hands, pk)
    bpifrance.approve_payment(hands, number)
    bpifrance.mark_paid(hands, number)
    expert.is_paid(hands, number)
    bpifrance.forward_and_close(hands, pk)
    company.follow_dossier(hands, pk, "Terminée", "company-closed")

    assert bpifrance.times_in_history(hands, pk, "Déposer la demande") == 1
    page.context.close()
    watch.is_calm()
