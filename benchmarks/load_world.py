"""Makes the people and dossiers that benchmarks/load.py drives, and prints them as one line of JSON.

Started by load.py on its own database: forty companies with a dossier under way and a draft each, thirty experts with a
mission and a request for a quote each, thirty officers, and a crowd of dossiers around them.
"""

import json
import sys
from itertools import cycle

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.test.utils import override_settings  # noqa: E402

from applications.management.demo.copies import fill  # noqa: E402
from applications.models import QuoteInvitation  # noqa: E402
from benchmarks.load_browser import PASSWORD  # noqa: E402
from portal import clock  # noqa: E402
from portal.accounts.models import User  # noqa: E402
from tests.applications import factories as f  # noqa: E402
from tests.applications.journeys import Journey  # noqa: E402
from tests.applications.offers.builders import asked, drafted  # noqa: E402
from tests.factors import give_factor  # noqa: E402

SHARES = (40, 30, 30)


def companies(count: int, officers: list[User]) -> list[tuple[Journey, dict[str, object]]]:
    """Return journeys under way, each with what its company's owner walks through."""
    made = []
    for _, officer in zip(range(count), cycle(officers), strict=False):
        journey = Journey(volet=1)
        journey.officer = officer
        journey.to("in_progress")
        draft = f.DossierFactory(company=journey.dossier.company, device=journey.dossier.device, volet=2)
        walk = {
            "role": "company",
            "email": journey.owner.email,
            "company": journey.dossier.company.name,
            "dossier": journey.dossier.pk,
            "number": journey.dossier.number,
            "draft": draft.pk,
        }
        made.append((journey, walk))
    return made


def expert(journey: Journey) -> dict[str, object]:
    """Return what the expert of a journey walks through: the mission, and a request for a quote with its draft."""
    made = asked(company=f.CompanyFactory(), volet=1)
    asks = QuoteInvitation.objects.create(
        request=made.request, firm=journey.dossier.firm, rank=3, invited_at=clock.now()
    )
    drafted(made, asks)
    return {
        "role": "expert",
        "email": journey.expert.email,
        "mission": journey.mission.pk,
        "number": journey.dossier.number,
        "invitation": str(asks.token),
    }


def shares(people: int) -> tuple[int, int, int]:
    """Return how many companies, officers and experts make so many people."""
    officers, experts = people * SHARES[1] // 100, people * SHARES[2] // 100
    return people - officers - experts, officers, experts


def let_in(emails: list[str]) -> None:
    """Give people a password, a confirmed address and the second factor of their role."""
    User.objects.filter(email__in=emails).update(password=make_password(PASSWORD))
    for user in User.objects.filter(email__in=emails):
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        give_factor(user)


def main(people: int, crowd: int) -> None:
    """Make the world and print its people."""
    company_count, officer_count, expert_count = shares(people)
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        fill(clock.now(), crowd, lambda _line: None)
        officers = f.OfficerFactory.create_batch(max(1, officer_count))
        journeys = companies(max(company_count, expert_count), officers)
        walks = [walk for _, walk in journeys[:company_count]]
        walks += [expert(journey) for journey, _ in journeys[:expert_count]]
        walks += [
            {
                "role": "officer",
                "email": officer.email,
                "dossier": journey.dossier.pk,
                "number": journey.dossier.number,
            }
            for officer, (journey, _) in zip(officers[:officer_count], cycle(journeys), strict=False)
        ]
    let_in([str(walk["email"]) for walk in walks])
    sys.stdout.write("WORLD " + json.dumps(walks) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
