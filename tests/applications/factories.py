"""People, companies, expert firms and dossiers as the tests of this room need them; valid by default."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory
from stdnum import luhn

from applications.models import Company, Device, Dossier, DossierDocument, Quote, QuoteLine, Signatory
from experts.charter import CHARTER_VERSION
from experts.models import Accreditation, ExpertFirm, PassiCertificate
from portal import clock
from portal.accounts.models import Delegation, Membership, MembershipRole, Organisation, StaffRole, User
from portal.documents.models import Document, DocumentState

PASSWORD = "un-mot-de-passe-de-test"
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
ITEMS = {
    1: [("qms_support", "20000.00"), ("qms_training", "4000.00")],
    2: [("ce_technical_file", "30000.00")],
    3: [("clinical_protocol", "12000.00")],
    4: [("interoperability_strategy", "10000.00")],
    5: [("code_audit", "9000.00")],
}


def siren(number: int) -> str:
    """Return the SIREN made of these eight digits and their checksum."""
    body = f"{number % 10**8:08d}"
    return body + luhn.calc_check_digit(body)


def company_facts(today: date, **changes: Any) -> dict[str, Any]:
    """Return the facts of a startup of 500 days that fulfils every condition."""
    return {
        "legal_form": "5710",
        "registered_in": "FR",
        "created_on": (today - timedelta(days=500)).isoformat(),
        "headcount": "12",
        "turnover": "850000.00",
        "balance_sheet": "1200000.00",
        "equity": "400000.00",
        "subscribed_capital": "500000.00",
        "insolvency_proceedings": False,
        "in_difficulty": False,
        "tax_and_social_up_to_date": True,
        "shareholders": [],
        **changes,
    }


def device_facts(**changes: Any) -> dict[str, Any]:
    """Return the facts of a connected class IIa device, admitted in the five volets."""
    return {
        "kind": "dm",
        "risk_class": "IIa",
        "digital_functions": True,
        "hardware": True,
        "targets": ["lpp"],
        "ce_marking": "in_progress",
        **changes,
    }


class UserFactory(DjangoModelFactory[User]):
    """A person who can sign in with PASSWORD."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"personne{n}@exemple.test")
    full_name = factory.Sequence(lambda n: f"Camille Martin {n}")
    password = factory.django.Password(PASSWORD)


class OfficerFactory(UserFactory):
    """A chargé d’affaires."""

    staff_role = StaffRole.OFFICER
    full_name = factory.Sequence(lambda n: f"Olivia Dossier {n}")


class ManagerFactory(UserFactory):
    """A manager; `delegated=True` gives a delegation of signature in force."""

    staff_role = StaffRole.MANAGER
    full_name = factory.Sequence(lambda n: f"Marc Responsable {n}")

    @factory.post_generation
    def delegated(self, create: bool, wanted: bool, **_: Any) -> None:
        """Grant a delegation of signature since a month ago."""
        if create and wanted:
            administrator = UserFactory(staff_role=StaffRole.ADMINISTRATOR)
            Delegation.objects.create(
                user=self,
                capacity="Responsable des diagnostics",
                valid_from=clock.today() - timedelta(days=30),
                granted_by=administrator,
            )

    class Meta:
        model = User
        skip_postgeneration_save = True


class ControllerFactory(UserFactory):
    """A controller, who pays."""

    staff_role = StaffRole.CONTROLLER
    full_name = factory.Sequence(lambda n: f"Claire Contrôle {n}")


class AuditorFactory(UserFactory):
    """An auditor, who only reads."""

    staff_role = StaffRole.AUDITOR


class AdministratorFactory(UserFactory):
    """An administrator of accounts."""

    staff_role = StaffRole.ADMINISTRATOR


class OrganisationFactory(DjangoModelFactory[Organisation]):
    """A company's organisation."""

    class Meta:
        model = Organisation

    kind = Organisation.Kind.COMPANY
    name = factory.Sequence(lambda n: f"Société {n}")


class MembershipFactory(DjangoModelFactory[Membership]):
    """A person's place in an organisation; a simple member by default."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    role = MembershipRole.MEMBER


def owner_of(holder: Company | ExpertFirm) -> User:
    """Return the owner of a company or of a firm."""
    return Membership.objects.owners().get(organisation=holder.organisation).user


class CompanyFactory(DjangoModelFactory[Company]):
    """A company whose `owner` (a person, made when not given) may sign as its legal representative."""

    class Meta:
        model = Company
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Cardiolog {n}")
    organisation = factory.SubFactory(OrganisationFactory, name=factory.SelfAttribute("..name"))
    identifier = factory.Sequence(lambda n: siren(73_282_900 + n))
    address = "12 rue des Lilas"
    postcode = "69003"
    city = "Lyon"
    region = "Auvergne-Rhône-Alpes"
    facts = factory.LazyFunction(lambda: company_facts(clock.today()))

    @factory.post_generation
    def owner(self, create: bool, person: User | None, **_: Any) -> None:
        """Give the company its owner, who is also its legal representative."""
        if not create:
            return
        person = person or UserFactory()
        MembershipFactory(user=person, organisation=self.organisation, role=MembershipRole.OWNER)
        Signatory.objects.create(company=self, user=person, full_name=person.full_name, capacity="Présidente")


class DeviceFactory(DjangoModelFactory[Device]):
    """A class IIa device."""

    class Meta:
        model = Device

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"CardioPatch {n}")
    description = "Patch connecté de suivi cardiaque."
    facts = factory.LazyFunction(device_facts)


class ExpertFirmFactory(DjangoModelFactory[ExpertFirm]):
    """A firm accredited for `volets` (all five), with a PASSI certificate unless `passi=False`."""

    class Meta:
        model = ExpertFirm
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Cabinet Qualité {n}")
    organisation = factory.SubFactory(
        OrganisationFactory, kind=Organisation.Kind.EXPERT_FIRM, name=factory.SelfAttribute("..name")
    )
    siren = factory.Sequence(lambda n: siren(55_210_000 + n))
    address = "3 place Bellecour"
    postcode = "69002"
    city = "Lyon"
    contact_email = factory.Sequence(lambda n: f"contact@cabinet{n}.test")
    vat_number = factory.LazyAttribute(lambda firm: f"FR00{firm.siren}")
    iban = "FR7630006000011234567890189"
    insurance_until = factory.LazyFunction(lambda: clock.today() + timedelta(days=365))
    charter_version = CHARTER_VERSION
    charter_accepted_on = factory.LazyFunction(lambda: clock.today() - timedelta(days=365))

    @factory.post_generation
    def owner(self, create: bool, person: User | None, **_: Any) -> None:
        """Give the firm its owner."""
        if create:
            MembershipFactory(
                user=person or UserFactory(), organisation=self.organisation, role=MembershipRole.OWNER
            )

    @factory.post_generation
    def volets(self, create: bool, wanted: tuple[int, ...] | None, **_: Any) -> None:
        """Accredit the firm since a year ago for these volets, all five by default."""
        if not create:
            return
        officer = OfficerFactory() if wanted != () else None
        since = clock.today() - timedelta(days=365)
        for volet in (1, 2, 3, 4, 5) if wanted is None else wanted:
            Accreditation.objects.create(
                firm=self,
                volet=volet,
                status=Accreditation.Status.GRANTED,
                granted_on=since,
                decided_by=officer,
                charter_version="2024",
                charter_accepted_on=since,
            )

    @factory.post_generation
    def passi(self, create: bool, wanted: bool | None, **_: Any) -> None:
        """Give a PASSI certificate of all scopes, valid a year around today."""
        if create and wanted is not False:
            PassiCertificate.objects.create(
                firm=self,
                valid_from=clock.today() - timedelta(days=180),
                valid_until=clock.today() + timedelta(days=180),
                scopes=[
                    "architecture_audit",
                    "configuration_audit",
                    "code_audit",
                    "penetration_test",
                    "organisational_audit",
                ],
            )


class DocumentFactory(DjangoModelFactory[Document]):
    """A clean PDF that belongs to a company."""

    class Meta:
        model = Document

    kind = "quote"
    organisation = factory.SubFactory(OrganisationFactory)
    file = factory.LazyFunction(lambda: ContentFile(PDF, name="0123456789abcdef.pdf"))
    original_name = "piece.pdf"
    extension = "pdf"
    content_type = "application/pdf"
    size = len(PDF)
    sha256 = hashlib.sha256(PDF).hexdigest()
    state = DocumentState.CLEAN
    uploaded_at = factory.LazyFunction(clock.now)


class DossierDocumentFactory(DjangoModelFactory[DossierDocument]):
    """A piece of a dossier, with its file."""

    class Meta:
        model = DossierDocument

    kind = DossierDocument.Kind.QUOTE
    document = factory.SubFactory(
        DocumentFactory,
        kind=factory.SelfAttribute("..kind"),
        organisation=factory.SelfAttribute("..dossier.company.organisation"),
    )


class DossierFactory(DjangoModelFactory[Dossier]):
    """A draft complete enough to be submitted: company, device, accredited expert, unsigned quote, pieces."""

    class Meta:
        model = Dossier
        skip_postgeneration_save = True

    company = factory.SubFactory(CompanyFactory)
    device = factory.SubFactory(DeviceFactory, company=factory.SelfAttribute("..company"))
    volet = 1
    firm = factory.SubFactory(ExpertFirmFactory)
    created_by = factory.LazyAttribute(lambda dossier: owner_of(dossier.company))
    company_facts = factory.LazyAttribute(lambda dossier: dict(dossier.company.facts))
    device_facts = factory.LazyAttribute(lambda dossier: dict(dossier.device.facts) if dossier.device else {})
    device_kind = factory.LazyAttribute(lambda dossier: dossier.device_facts.get("kind") or "")
    device_class = factory.LazyAttribute(lambda dossier: dossier.device_facts.get("risk_class") or "")
    declarations = factory.LazyFunction(
        lambda: {
            "training_not_cumulated": True,
            "business_model_defined": True,
            "medical_committee": True,
        }
    )
    commitments = factory.LazyAttribute(
        lambda dossier: {"volet": {"confirmed": True, "items": [item for item, _ in ITEMS[dossier.volet]]}}
    )

    @factory.post_generation
    def pieces(self, create: bool, wanted: bool | None, **_: Any) -> None:
        """Join the quote with its lines and its PDF, and a fresh certificate (`pieces=False`: none)."""
        if not create or wanted is False:
            return
        today = clock.today()
        piece = DossierDocumentFactory(dossier=self, kind=DossierDocument.Kind.QUOTE)
        quote = Quote.objects.create(
            dossier=self,
            firm=self.firm,
            document=piece.document,
            issued_on=today - timedelta(days=10),
            signed=False,
        )
        QuoteLine.objects.bulk_create(
            QuoteLine(quote=quote, position=position, item=item, amount=Decimal(amount))
            for position, (item, amount) in enumerate(ITEMS[self.volet], start=1)
        )
        DossierDocumentFactory(
            dossier=self,
            kind=DossierDocument.Kind.REGULARITY,
            issued_on=today - timedelta(days=20),
            covers=["tax", "social"],
        )
