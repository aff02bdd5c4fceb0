"""A mission of the demo world at work: the offer it follows, phases done and late, minutes approved and proposed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from applications.letters.offer import render_offer
from applications.management.demo.offers import METHOD, RIGHTS, SECRET
from applications.management.demo.papers import paper
from applications.management.demo.story import Story
from applications.models import Offer
from applications.services import feedback, mission_work
from applications.services.mission import minutes, phases
from applications.services.offers import accepting, drafting, sending
from applications.services.offers.clauses import IpChoices
from applications.services.offers.confidentiality import ConfidentialityChoices
from applications.services.offers.drafting import Line, Told
from applications.services.offers.planning import Phase
from applications.services.quoting.requests import Wish, ask, send

Json = dict[str, Any]
NEED = "Faire auditer l’application et son hébergement avant le référencement\u00a0: configuration, code et intrusion."
LAUNCH = minutes.Told(
    kind="launch",
    present="Direction de Sérénité Mobile\nResponsable technique\nDeux auditeurs de Cyberius",
    decided="Le périmètre est arrêté\u00a0: l’application mobile, le serveur et la console d’administration.\n"
    "Les accès de test sont ouverts jusqu’à la restitution.",
    next_steps="Sérénité Mobile\u00a0: comptes de test sous trois jours.\n"
    "Cyberius\u00a0: plan d’audit sous une semaine.",
)
PROGRESS = minutes.Told(
    kind="progress",
    present="Responsable technique de Sérénité Mobile\nUn auditeur de Cyberius",
    decided="La revue du code est achevée\u00a0; l’intrusion commence après la mise à jour du serveur.",
    next_steps="Sérénité Mobile\u00a0: mettre le serveur à jour avant la fin de la semaine.",
)


def tell(story: Story) -> None:
    """Take a request through an accepted offer to its mission, and let both sides work in its room."""
    story.fill("volet")
    follow_offer(story)
    story.fill(after="devis").to("in_progress").start()
    minutes_of(story, LAUNCH, approved=True)
    story.after(6)
    phases.mark_done(story.mission, rank=0, done_on=story.day, seen=None, actor=story.expert, now=story.now)
    feedback.give_satisfaction(
        dossier=story.dossier,
        actor=story.owner,
        now=story.now,
        phase="phase-1",
        score=4,
        comment="Un cadrage clair et rapide.",
    )
    story.after(36)
    mission_work.file_report(
        story.mission,
        kind="delay",
        happened_on=story.day,
        text="La mise à jour du serveur décale l’intrusion d’une quinzaine de jours. Le terme est tenu.",
        actor=story.expert,
        now=story.now,
    )
    story.after(7)
    minutes_of(story, PROGRESS, approved=False)


def follow_offer(story: Story) -> Offer:
    """Have the firm answer the company's request on the portal, and the company accept: the draft follows it."""
    stand: Json = {"actor": story.owner, "now": story.now}
    wish = Wish(
        "dm", "IIa", NEED, story.day + timedelta(days=14), tuple(line["item"] for line in story.lines)
    )
    request, _ = ask(company=story.company, volet=story.volet, wish=wish, today=story.day, **stand)
    (invitation,) = send(request, firms={story.firm.pk}, today=story.day, **stand)
    writer: Json = {"actor": story.expert, "now": story.now}
    offer = drafting.start(invitation=invitation, today=story.day, **writer)
    terms = paper("cgv", "Conditions générales de vente", "Paiement à trente jours.")
    offer = drafting.attach_terms(offer=offer, file=terms, **writer)
    lines = [Line(one["item"], Decimal(one["amount"]), complexity=one["complexity"]) for one in story.lines]
    told = Told(
        lines=tuple(lines),
        method=f"{METHOD}\n\nUn point d’étape a lieu à la fin de chaque phase.",
        planning=(Phase("Cadrage", None, 1), Phase("Audits", None, 7), Phase("Restitution", None, 9)),
        interview_confirmed_on=story.day,
        valid_until=story.day + timedelta(days=60),
        ip=IpChoices.read(RIGHTS),
        confidentiality=ConfidentialityChoices.read(SECRET),
    )
    offer = drafting.save(offer=offer, expected_revision=offer.revision, told=told, **writer)
    offer = sending.send(offer=offer, expected_revision=offer.revision, **writer)
    render_offer({"offer": offer.pk})
    story.dossier = accepting.accept(offer=offer, expected_version=offer.version, **stand)
    return offer


def minutes_of(story: Story, said: minutes.Told, *, approved: bool) -> None:
    """Have the expert propose minutes of the day, and the company approve them or not yet."""
    stand: Json = {"actor": story.expert, "now": story.now}
    whole = minutes.Told(
        kind=said.kind,
        met_on=story.day,
        present=said.present,
        decided=said.decided,
        next_steps=said.next_steps,
        next_meeting_on=story.day + timedelta(days=49 if approved else 14),
    )
    key = UUID(int=story.dossier.pk * 10 + approved)
    version = minutes.start(mission=story.mission, said=whole, key=key, **stand)
    minutes.propose(version=version, expected_revision=version.revision, **stand)
    if approved:
        minutes.approve(minutes=version.minutes, number=1, actor=story.owner, now=story.now)
