"""The people of the synthetic crowd: officers, firms, companies with their owner and device."""

from __future__ import annotations

import random
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password
from stdnum import luhn

from applications.management.demo import patterns
from applications.models import Company, Device
from experts.charter import CHARTER_VERSION
from experts.models import Accreditation, ExpertFirm, PassiCertificate
from portal.accounts.models import Membership, MembershipRole, Organisation, StaffRole, User

OFFICERS = 12


def siren(number: int) -> str:
    """Return the SIREN made of these eight digits and their checksum."""
    body = f"{number:08d}"
    return body + luhn.calc_check_digit(body)


class Population:
    """Makes people; nobody of them can sign in, but the officers through the demonstration's buttons."""

    def __init__(self, chance: random.Random, today: date) -> None:
        self.random, self.today = chance, today
        self.password = make_password(None)
        self.first = Company.objects.count()

    def officers(self) -> list[User]:
        """Return the officers there are, with as many more as make a team."""
        known = list(User.objects.staff(StaffRole.OFFICER).order_by("pk"))
        missing = [
            User(
                email=f"charge{number}@foule.exemple",
                full_name=f"{patterns.FIRST_NAMES[number]} {patterns.LAST_NAMES[number]}",
                staff_role=StaffRole.OFFICER,
                password=self.password,
                is_demo=True,
            )
            for number in range(len(known), OFFICERS)
        ]
        return known + User.objects.bulk_create(missing)

    def firms(self, count: int) -> list[ExpertFirm]:
        """Return so many new firms, accredited for the five volets and holding a certificate."""
        first = ExpertFirm.objects.count()
        names = [
            f"{patterns.FIRM_WORDS[n % len(patterns.FIRM_WORDS)]} Conseil {n}"
            for n in range(first, first + count)
        ]
        rooms = Organisation.objects.bulk_create(
            Organisation(kind=Organisation.Kind.EXPERT_FIRM, name=name) for name in names
        )
        firms = ExpertFirm.objects.bulk_create(
            ExpertFirm(
                organisation=room,
                name=room.name,
                siren=siren(80_000_000 + first + rank),
                charter_version=CHARTER_VERSION,
            )
            for rank, room in enumerate(rooms)
        )
        valid = {"valid_until": self.today + timedelta(days=700)}
        long_ago = self.today - timedelta(days=1500)
        Accreditation.objects.bulk_create(
            Accreditation(firm=firm, volet=volet, status="granted", granted_on=long_ago, **valid)
            for firm in firms
            for volet in range(1, 6)
        )
        PassiCertificate.objects.bulk_create(
            PassiCertificate(firm=firm, valid_from=long_ago, **valid, scopes=patterns.SCOPES)
            for firm in firms
        )
        return firms

    def companies(self, count: int) -> list[tuple[Company, Device, User]]:
        """Return companies with their owner and device."""
        first, self.first = self.first, self.first + count
        ranks = range(first, first + count)
        owners = User.objects.bulk_create(
            User(email=f"dirigeant{rank}@foule.exemple", full_name=self._person(), password=self.password)
            for rank in ranks
        )
        names = [self._company_name(rank) for rank in ranks]
        rooms = Organisation.objects.bulk_create(
            Organisation(kind=Organisation.Kind.COMPANY, name=name) for name in names
        )
        Membership.objects.bulk_create(
            Membership(user=owner, organisation=room, role=MembershipRole.OWNER)
            for owner, room in zip(owners, rooms, strict=True)
        )
        companies = Company.objects.bulk_create(
            Company(
                organisation=room,
                name=room.name,
                identifier=siren(90_000_000 + rank),
                city="Lyon",
                region=self.random.choice(patterns.REGIONS),
            )
            for room, rank in zip(rooms, ranks, strict=True)
        )
        devices = Device.objects.bulk_create(
            Device(
                company=company,
                name=f"{company.name.split()[0]} {self.random.choice(patterns.DEVICES)}",
                description=self.description(),
                facts=patterns.DEVICE,
            )
            for company in companies
        )
        return list(zip(companies, devices, owners, strict=True))

    def _person(self) -> str:
        return f"{self.random.choice(patterns.FIRST_NAMES)} {self.random.choice(patterns.LAST_NAMES)}"

    def _company_name(self, rank: int) -> str:
        return f"{self.random.choice(patterns.ROOTS)}{self.random.choice(patterns.ENDINGS)} {rank}"

    def description(self) -> str:
        """Return a sentence of the trade, with now and then the common word or the rare one."""
        words = self.random.sample(patterns.WORDS, 12)
        draw = self.random.random()
        if draw < patterns.COMMON_RATE:
            words.append(patterns.COMMON)
        if draw > 1 - patterns.RARE_RATE:
            words.append(patterns.RARE)
        return " ".join(words).capitalize() + "."
