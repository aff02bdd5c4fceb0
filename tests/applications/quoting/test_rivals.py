"""No firm learns who asks, who else is asked, how many there are, or what another offers: canaries everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from applications.models import Offer, QuoteInvitation
from applications.services.calendar import make_feed
from applications.services.quoting import requests, sweep
from experts.models import ExpertFirm
from portal import clock
from portal.accounts.models import User
from tests.access.matrix import LINES
from tests.access.quoting_parts import NEED as SAID
from tests.applications import factories as f
from tests.applications.quoting import making

pytestmark = pytest.mark.django_db

COMPANY, DEVICE, CITY = "Zorgonaute", "Zorgopatch", "Zorgoville"
RIVALS = ("Krypto Conseil", "Vortex Qualité", "Nadir Audit")
PRICES = ("31337", "27182")
# What an expert's menu and pages lead to, that holds something of a request or of an offer.
PAGES = ("quote_invitation_list", "expert_home", "notification_list", "home_of_user", "firm_profile")


@pytest.fixture
def invitations() -> list[QuoteInvitation]:
    """A request of a company whose every word is a canary, sent to three firms, two of which answered."""
    company = f.CompanyFactory(name=COMPANY, city=CITY)
    f.DeviceFactory(company=company, name=DEVICE)
    firms = [f.ExpertFirmFactory(name=name, volets=(1,)) for name in RIVALS]
    found = making.send(making.ask(company, need=SAID, region="Occitanie"), *firms)
    for invitation, price in zip(found[1:], PRICES, strict=True):
        making.offer_of(invitation, amount=f"{price}.00", total=f"{price}.00")
    return found


def words_about_others(invitation: QuoteInvitation) -> set[str]:
    """Return what the invited firm must never read."""
    company = invitation.request.company
    people = [f.owner_of(company)]
    words = {COMPANY, DEVICE, CITY, company.identifier, company.address}
    for other in invitation.request.invitations.exclude(pk=invitation.pk).select_related("firm"):
        people.append(f.owner_of(other.firm))
        words |= {other.firm.name, other.firm.siren, other.firm.contact_email, str(other.token)}
        words |= {one.token.hex for one in other.offers.all()}
        words |= {price for price in PRICES if other.offers.filter(total=f"{price}.00").exists()}
    return words | {part for person in people for part in (person.full_name, person.email)}


def leaks(text: str, words: set[str]) -> list[str]:
    told = re.sub(r"[\u202f\u00a0]|&nbsp;", "", text)
    spellings = {word: {word, word.replace(" ", "")} for word in words}
    return sorted(word for word, ways in spellings.items() if any(way in told for way in ways))


def read_everything(user: User) -> Iterator[tuple[str, str]]:
    """Give each page an expert may open without naming anything, and his invitation's, in full."""
    client = Client()
    client.force_login(user)
    addresses = {name: reverse(name) for name in PAGES}
    for invitation in QuoteInvitation.objects.of_firm(user):
        addresses["quote_invitation"] = reverse("quote_invitation", args=[invitation.token])
    for offer in Offer.objects.of_firm(user):
        addresses["offer_detail"] = reverse("offer_detail", args=[offer.token])
    addresses["calendar"] = reverse("calendar_feed", args=[make_feed(user=user, now=clock.now())])
    for name, address in addresses.items():
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, name
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        yield name, content.decode()


def told_everything(user: User) -> Iterator[tuple[str, str]]:
    """Give each notice, each e-mail (headers included) that a person got."""
    making.deliver()
    for notice in user.notifications.all():
        yield (
            notice.kind,
            f"{notice.title} {notice.body} {notice.url} {notice.subject} {notice.subject_label}",
        )
    for message in mail.outbox:
        if user.email in message.to:
            yield str(message.subject), message.message().as_string() + str(message.body)


def check(invitation: QuoteInvitation) -> None:
    words = words_about_others(invitation)
    member = f.owner_of(invitation.firm)
    for name, text in (*told_everything(member), *read_everything(member)):
        assert not leaks(text, words), f"{invitation.firm} on {name}"


def test_the_canaries_sing_where_they_may(invitations: list[QuoteInvitation]) -> None:
    """The company reads the names of its firms: the words looked for are written as they are looked for."""
    client = Client()
    client.force_login(f.owner_of(invitations[0].request.company))
    page = client.get(reverse("quote_request", args=[invitations[0].request_id])).content.decode()
    assert set(RIVALS) <= set(leaks(page, {*RIVALS, COMPANY}))
    prices = client.get(reverse("quote_compare", args=[invitations[0].request_id])).content.decode()
    assert set(leaks(prices, set(PRICES))) == set(PRICES)


def test_no_firm_reads_anything_of_another_or_of_the_company(invitations: list[QuoteInvitation]) -> None:
    for invitation in invitations:
        check(invitation)


def test_nor_once_reminded_extended_declined_and_closed(invitations: list[QuoteInvitation]) -> None:
    request = invitations[0].request
    owner = f.owner_of(request.company)
    now = clock.now()
    sweep.sweep(now=now, today=request.answer_by)
    requests.extend(
        request, day=request.answer_by + timedelta(days=3), actor=owner, now=now, today=clock.today()
    )
    requests.decline(
        invitations[0], motive="Nous sommes complets.", actor=f.owner_of(invitations[0].firm), now=now
    )
    for invitation in invitations:
        check(invitation)
    requests.drop(request, actor=owner, now=now)
    for invitation in invitations:
        check(invitation)


def test_a_firm_reads_how_many_nowhere(invitations: list[QuoteInvitation]) -> None:
    """The same pages, alone or among three, but for what names the request itself."""
    first = invitations[0]
    (alone,) = making.invite(f.ExpertFirmFactory(name=RIVALS[0][::-1], volets=(1,)), need=SAID)

    def pages(invitation: QuoteInvitation) -> str:
        client = Client()
        client.force_login(f.owner_of(invitation.firm))
        text = client.get(reverse("quote_invitation", args=[invitation.token])).content.decode()
        member = f.owner_of(invitation.firm)
        for word in (str(invitation.token), invitation.firm.name, member.full_name, member.email):
            text = text.replace(word, "")
        text = re.sub(r'(csrf|nonce|X-CSRF)[^>]*?"[\w-]{20,}"|[\w-]{60,}', "", text)
        return re.sub(r'dm-shown="[^"]*"|data-dm-shown="[^"]*"', "", text)

    assert pages(first) == pages(alone)


@pytest.mark.parametrize("name", ["quote_request", "quote_compare", "quote_request_edit"])
def test_an_invited_firm_never_opens_the_request_itself(
    invitations: list[QuoteInvitation], name: str
) -> None:
    client = Client()
    client.force_login(f.owner_of(invitations[0].firm))
    assert client.get(reverse(name, args=[invitations[0].request_id])).status_code == 403


def test_somebody_who_is_of_a_company_and_of_a_firm_stays_blind(invitations: list[QuoteInvitation]) -> None:
    """A consultant who also owns a company enters the company pages, and finds nothing of others there."""
    both = f.owner_of(invitations[0].firm)
    f.CompanyFactory(owner=both)
    client = Client()
    client.force_login(both)
    for name in ("quote_request", "quote_compare", "quote_request_edit"):
        assert client.get(reverse(name, args=[invitations[0].request_id])).status_code == 404
    other = invitations[1].token
    assert client.get(reverse("quote_invitation", args=[other])).status_code == 404
    assert client.post(reverse("quote_invitation_decline", args=[other])).status_code == 404
    assert client.post(reverse("quote_invitation_seen", args=[other])).status_code == 404


def test_no_page_of_an_expert_is_forgotten_here() -> None:
    """Every address that an expert enters, of requests and offers, is read by these canaries or writes only."""
    read = {"quote_invitation_list", "quote_invitation", "offer_detail"}
    open_to_experts = {
        line.name
        for line in LINES
        if "chosen_expert" in line.enter and "GET" in line.methods and line.name.startswith("quote_")
    }
    assert open_to_experts <= read


def test_the_members_of_a_firm_that_left_are_told_nothing_more(invitations: list[QuoteInvitation]) -> None:
    firm: ExpertFirm = invitations[0].firm
    member = f.owner_of(firm)
    member.memberships.update(is_active=False)
    assert making.told(member) == []
