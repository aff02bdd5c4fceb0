"""What the desk types for each act of the table; an empty answer is judged by the act's own conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms

from applications.forms.obstacles import put_on
from applications.models import Dossier, Hold, Mission, Payment
from applications.services.assignment.team import absent_until
from applications.workflow.refusals import Obstacle
from portal.accounts.models import StaffRole, User
from portal.display import short_date
from tariffs import catalogue
from tariffs.forms.fields import DayField, PickField, PicksField

Json = dict[str, Any]
YES = "oui"


class CivilDayField(DayField):
    """A civil date picked or typed; the act judges whether it may be absent."""

    def clean(self, value: Any) -> date | None:  # type: ignore[override]
        """Return the date, or None where nothing was typed."""
        text = super().clean(value)
        return date.fromisoformat(text) if text else None


class MotiveField(forms.CharField):
    """A reason in sentences."""

    def __init__(self, *, label: str = "Motif", rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 4000)
        widget = forms.Textarea(attrs={"class": "form-control", "rows": rows})
        super().__init__(label=label, widget=widget, **kwargs)


class OfficerField(forms.ModelChoiceField):
    """An active officer, by name."""

    def __init__(self) -> None:
        officers = User.objects.staff(StaffRole.OFFICER).order_by("full_name", "pk")
        super().__init__(
            officers,
            label="Chargé d’affaires",
            required=False,
            empty_label="Choisir une personne",
            widget=forms.Select(attrs={"class": "form-select"}),
            error_messages={"invalid_choice": "Choisissez un chargé d’affaires en activité."},
        )
        # Until when each officer is absent, by account.
        self.away: Mapping[int, date] = {}

    def label_from_instance(self, obj: Any) -> str:
        """Return the name, and until when the person is absent."""
        until = self.away.get(obj.pk)
        return f"{obj} (en absence jusqu’au {short_date(until)})" if until else str(obj)


class ActForm(forms.Form):
    """The inputs of one act on `dossier` (and `mission`); a subclass adds the fields, named as the act's inputs."""

    template = "officer/acts/_fields.html"
    use_required_attribute = False

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        dossier: Dossier,
        mission: Mission | None = None,
        evaluation: Json | None = None,
        today: date | None = None,
        **kwargs: Any,
    ) -> None:
        """Keep what the fields depend on; `evaluation` is what a decision on the dossier judges."""
        self.dossier, self.mission, self.evaluation, self.today = dossier, mission, evaluation, today
        super().__init__(data, **kwargs)
        self.prepare()

    def prepare(self) -> None:
        """Fill in the choices that depend on the dossier."""

    def inputs(self) -> Json:
        """Return the inputs of the act."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    def show(self, obstacles: Iterable[Obstacle]) -> None:
        """Put each obstacle on the field it names, or above the fields."""
        put_on(self, obstacles)


class PlainForm(ActForm):
    """An act that needs nothing typed."""


class OptionalMotiveForm(ActForm):
    """An act whose motive may be given."""

    motive = MotiveField(label="Commentaire pour l’historique (facultatif)", rows=3)


class MotiveForm(ActForm):
    """An act that needs its motive."""

    motive = MotiveField(help_text="Une phrase au moins. Le motif reste dans l’historique du dossier.")


class ConfirmForm(forms.Form):
    """What the second person adds; some acts need her own motive."""

    use_required_attribute = False

    motive = MotiveField(
        label="Votre motif",
        rows=2,
        help_text="Nécessaire pour accepter une fin déclarée après le terme, facultatif sinon.",
    )

    def show(self, obstacles: Iterable[Obstacle]) -> None:
        """Put each obstacle on the motive, or above it."""
        put_on(self, obstacles)


class AssignForm(ActForm):
    """Who takes charge."""

    officer = OfficerField()
    motive = MotiveField(label="Commentaire (facultatif)", rows=2)

    def prepare(self) -> None:
        """Say beside each name until when the person is absent."""
        if self.today is not None:
            self.fields["officer"].away = absent_until(self.today)  # type: ignore[attr-defined]


class ReassignForm(AssignForm):
    """Who takes over, and why."""

    motive = MotiveField(
        rows=3,
        help_text="Une phrase au moins. Les deux personnes la lisent, et elle reste dans l’historique du dossier.",
    )


class FindingForm(ActForm):
    """The judgement of one finding."""

    rule = forms.CharField(widget=forms.HiddenInput, required=False)
    outcome = PickField(
        radio=True,
        label="Conclusion",
        choices=[
            ("accepted", "Constat levé : la condition est remplie ou peut être admise"),
            ("refused", "Constat maintenu : la condition n’est pas remplie"),
        ],
    )
    motive = MotiveField(rows=3)

    @property
    def finding(self) -> Json | None:
        """The finding judged."""
        rule = self["rule"].value()
        findings = self.evaluation["findings"] if self.evaluation else []
        return next((finding for finding in findings if finding["rule"] == rule), None)


class AdviceForm(ActForm):
    """The officer's opinion on a derogation."""

    favourable = PickField(
        radio=True, label="Avis", choices=[(YES, "Favorable"), ("non", "Défavorable")], required=True
    )
    motive = MotiveField()

    def inputs(self) -> Json:
        """Return the opinion as a boolean."""
        return {**super().inputs(), "favourable": self.cleaned_data["favourable"] == YES}


class DerogationForm(ActForm):
    """The manager's decision on a derogation."""

    granted = PickField(
        radio=True, label="Décision", choices=[(YES, "Accordée"), ("non", "Refusée")], required=True
    )
    motive = MotiveField()

    def inputs(self) -> Json:
        """Return the decision as a boolean."""
        return {**super().inputs(), "granted": self.cleaned_data["granted"] == YES}


class RejectForm(ActForm):
    """The findings that found a rejection, and its motive."""

    rules = PicksField(
        label="Constats cités",
        help_text="La lettre reprend pour chacun la règle, sa source et ce qui changerait la réponse.",
    )
    motive = MotiveField(
        label="Motif de la décision", help_text="Ces phrases figurent dans la lettre à l’entreprise."
    )

    def prepare(self) -> None:
        """Offer what stands against the request first."""
        findings = self.evaluation["findings"] if self.evaluation else []
        rank = {"fail": 0, "review": 1, "missing": 2, "warning": 3, "pass": 4}
        cited = [finding for finding in findings if finding["status"] in rank]
        cited.sort(key=lambda finding: rank[finding["status"]])
        self.fields["rules"].choices = [(f["rule"], _cited(f)) for f in cited]  # type: ignore[attr-defined]


def _cited(finding: Json) -> str:
    held = "Jugé conforme : " if finding["status"] == "pass" else ""
    return f"{held}{finding['message']} – {finding['source']}"


class RestitutionForm(ActForm):
    """The restitution settled on evidence."""

    restitution_on = CivilDayField(label="Date de la restitution")
    evidence = MotiveField(label="Preuve retenue", help_text="Par exemple la feuille de présence du 12 mars.")


class HoldForm(ActForm):
    """Why payment waits; an assignment of the claim names its assignee and keeps its deed."""

    reason = PickField(label="Raison", choices=[("", "Choisir une raison"), *Hold.Reason.choices])
    motive = MotiveField()
    assignee = forms.CharField(
        label="Cessionnaire",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        help_text="Pour une cession de créance\u00a0: l’établissement ou la personne à qui la créance est cédée.",
    )
    notified_on = CivilDayField(label="Cession notifiée à Bpifrance le")
    deed = forms.FileField(
        label="Acte de cession",
        required=False,
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".pdf"}),
        help_text="Pour une cession de créance\u00a0: le bordereau ou l’acte notifié, en PDF.",
    )


class LiftForm(ActForm):
    """Which hold is lifted, and why."""

    hold = PickField(label="Suspension")
    motive = MotiveField(label="Motif de la levée")

    def prepare(self) -> None:
        """Offer the holds that are on the mission."""
        holds = self.mission.holds.filter(lifted_at__isnull=True) if self.mission else Hold.objects.none()
        self.fields["hold"].choices = [  # type: ignore[attr-defined]
            (str(hold.pk), hold.get_reason_display()) for hold in holds
        ]

    def inputs(self) -> Json:
        """Return the hold by its number."""
        inputs = super().inputs()
        return {**inputs, "hold": int(inputs["hold"])} if "hold" in inputs else inputs


class ReturnForm(ActForm):
    """A transfer that came back: the bank's reason, and what follows."""

    bank_reason = PickField(
        label="Raison donnée par la banque", choices=[("", "Choisir une raison"), *Payment.Return.choices]
    )
    then = PickField(
        radio=True,
        label="Ensuite",
        choices=[
            ("pay", "Le paiement est à refaire"),
            ("hold", "Le paiement est suspendu jusqu’à vérification"),
        ],
    )
    motive = MotiveField(help_text="Une phrase au moins. Le motif reste dans l’historique du dossier.")


class PaidForm(ActForm):
    """The transfer, once the bank made it."""

    reference = forms.CharField(
        label="Référence du virement",
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        help_text="Telle que la banque l’affiche ; elle ne sert qu’une fois.",
    )
    paid_on = CivilDayField(label="Date du virement")


class ForwardForm(ActForm):
    """Which ministries the report went to, and when."""

    recipients = PicksField(label="Destinataires")
    sent_on = CivilDayField(label="Transmis le")

    def prepare(self) -> None:
        """Offer the edition's recipients that are still to serve, all ticked."""
        served = {row.recipient for row in self.dossier.transmissions.all()}
        named = catalogue.get_edition(self.dossier.edition).report_recipients
        waiting = [(one.code, one.label) for one in named if one.code not in served]
        self.fields["recipients"].choices = waiting  # type: ignore[attr-defined]
        self.fields["recipients"].initial = [code for code, _ in waiting]
        self.fields["sent_on"].initial = self.today


class ReopenForm(ActForm):
    """The proven dates of the work of a lapsed dossier."""

    work_started_on = CivilDayField(label="Début de la prestation")
    work_ended_on = CivilDayField(
        label="Fin de la prestation", help_text="Elle précède le terme, preuve à l’appui."
    )
    motive = MotiveField(label="Motif et preuve")

    def prepare(self) -> None:
        """Start from the dates declared."""
        self.fields["work_started_on"].initial = self.dossier.work_started_on
