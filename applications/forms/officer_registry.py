"""Each act that the desk may do: its form, what it leads to, and what is said once it is done."""

from __future__ import annotations

from dataclasses import dataclass

from applications.forms import officer_acts as a
from applications.forms.officer_items import CompletionForm, CorrectionsForm
from applications.forms.officer_lines import AmendForm, ReplaceForm


@dataclass(frozen=True, slots=True)
class Act:
    """The form of one act. `consequence` is read before (its braces are the policy's delays), `success`
    after; `button` names the button, by the act's own label when empty.
    """

    form: type[a.ActForm]
    consequence: str
    success: str
    button: str = ""
    # Asks the person's password or second factor again, where they did not just give it.
    reauthenticates: bool = False


ACTS: dict[str, Act] = {
    "take": Act(
        a.PlainForm,
        "Vous devenez le chargé d’affaires du dossier ; l’entreprise en est prévenue.",
        "Le dossier est à vous.",
    ),
    "assign": Act(
        a.AssignForm,
        "La personne choisie devient le chargé d’affaires du dossier ; elle et l’entreprise en sont prévenues.",
        "Le dossier est affecté.",
    ),
    "reassign": Act(
        a.ReassignForm,
        "La personne choisie reprend le dossier dans l’état où il est ; elle et celle qui l’avait en sont prévenues.",
        "Le dossier est réaffecté.",
    ),
    "request_completion": Act(
        CompletionForm,
        "Écrivez ce qui est attendu en face de chaque élément à compléter ; laissez vide le reste. "
        "L’entreprise ne pourra modifier que ces éléments, et a {completion_days} jours pour répondre.",
        "La demande de complément est envoyée à l’entreprise.",
        "Envoyer la demande",
    ),
    "decide_finding": Act(
        a.FindingForm,
        "La conclusion et son motif s’ajoutent au dossier ; une nouvelle conclusion remplace la précédente.",
        "Le constat est tranché.",
        "Enregistrer la conclusion",
    ),
    "advise_derogation": Act(
        a.AdviceForm,
        "Votre avis est transmis aux responsables, qui décident.",
        "L’avis est enregistré.",
        "Enregistrer l’avis",
    ),
    "decide_derogation": Act(
        a.DerogationForm,
        "Accordée, la dérogation permet à cet expert de tenir ce dossier, et celui-là seulement.",
        "La dérogation est décidée.",
        "Enregistrer la décision",
    ),
    "approve": Act(
        a.OptionalMotiveForm,
        "La quote-part est engagée sur l’enveloppe et la lettre d’acceptation part à l’entreprise. "
        "L’accord d’un responsable s’ajoute pour une dérogation, un constat forcé, un réexamen ou une "
        "quote-part de {manager_share} et plus.",
        "La demande est acceptée.",
    ),
    "reject": Act(
        a.RejectForm,
        "La lettre de rejet part à l’entreprise avec les constats cités. Elle peut demander un réexamen "
        "dans les {review_months} mois.",
        "La demande est rejetée.",
    ),
    "sign_for_bpifrance": Act(
        a.PlainForm,
        "Le contrat est composé, signé de votre nom et de votre qualité, puis scellé : ses stipulations ne "
        "changent plus.",
        "Le contrat est signé pour Bpifrance.",
        "Signer le contrat",
    ),
    "send_contract": Act(
        a.PlainForm,
        "L’entreprise reçoit le contrat et a {signature_days} jours pour le signer.",
        "Le contrat est envoyé à l’entreprise.",
    ),
    "amend": Act(
        AmendForm,
        "L’avenant porte une nouvelle version du devis : même volet, même édition, jamais plus de quote-part. "
        "Il s’applique quand l’entreprise et l’expert l’ont signé.",
        "L’avenant est proposé à la signature de l’entreprise et de l’expert.",
        "Signer et proposer l’avenant",
    ),
    "drop_amendment": Act(
        a.MotiveForm, "L’avenant en attente n’aura pas de suite.", "L’avenant est abandonné."
    ),
    "replace_expert": Act(
        ReplaceForm,
        "En instruction, le nouvel expert prend place aussitôt ; après l’acceptation, par un avenant signé. "
        "Toutes missions réunies, aucun poste ne dépasse ce qui était contracté.",
        "Le remplacement de l’expert est enregistré.",
    ),
    "extend": Act(
        a.MotiveForm,
        "Vous signez un avenant qui reporte le terme du nombre de mois que l’édition permet, une seule fois. "
        "Le terme ne bouge que lorsque l’entreprise et l’expert l’ont signé.",
        "L’avenant de prolongation est proposé à la signature de l’entreprise et de l’expert.",
        "Signer et proposer la prolongation",
    ),
    "decline_extension": Act(
        a.MotiveForm,
        "Le terme ne change pas ; l’entreprise lit votre réponse sur la page de son dossier.",
        "La prolongation est refusée.",
    ),
    "reopen": Act(
        a.ReopenForm,
        "Le dossier revient à la clôture : la preuve est faite que la prestation s’est achevée avant son terme.",
        "Le dossier est rouvert.",
    ),
    "settle_restitution": Act(
        a.RestitutionForm,
        "La restitution est retenue sur preuve, sans réponse de l’entreprise.",
        "La restitution est tranchée.",
    ),
    "request_corrections": Act(
        CorrectionsForm,
        "Écrivez ce qui est à corriger en face de chaque pièce ou ligne ; laissez vide le reste.",
        "Les corrections sont demandées à l’expert.",
        "Envoyer la demande",
    ),
    "refuse_closure": Act(
        a.MotiveForm,
        "La mission prend fin sans paiement et la quote-part revient à l’enveloppe. "
        "L’expert et l’entreprise en sont prévenus.",
        "La clôture est refusée.",
    ),
    "end_mission": Act(
        a.MotiveForm,
        "La mission de l’expert remplacé prend fin sans paiement.",
        "La mission est terminée.",
    ),
    "set_hold": Act(
        a.HoldForm,
        "Tant qu’elle est posée, la suspension empêche de valider et d’enregistrer le paiement.",
        "Le paiement est suspendu.",
    ),
    "lift_hold": Act(
        a.LiftForm, "Le paiement n’est plus retenu pour cette raison.", "La suspension est levée."
    ),
    "certify_service": Act(
        a.PlainForm,
        "Vous certifiez que la prestation est faite, au vu du contrat, du rapport, du devis signé, des factures "
        "et de la restitution. Le certificat, qui dit ce qui a été vérifié, est joint à la mission\u00a0; il devient "
        "caduc si des corrections sont demandées.",
        "Le service fait est certifié\u00a0; son PDF est en préparation.",
        "Certifier",
    ),
    "approve_payment": Act(
        a.PlainForm,
        "La mission est soldée : quotes-parts finales arrêtées, argent inutilisé rendu à l’enveloppe. "
        "Une autre personne enregistrera le virement.",
        "Le paiement est validé.",
        reauthenticates=True,
    ),
    "mark_paid": Act(
        a.PaidForm,
        "Le virement est fait par la banque ; l’expert est prévenu et l’entreprise reçoit son attestation d’aide.",
        "Le paiement est enregistré.",
        reauthenticates=True,
    ),
    "reverse_payment": Act(
        a.ReturnForm,
        "Le virement est revenu\u00a0: une personne d’une autre fonction confirme, puis le paiement est refait "
        "ou suspendu.",
        "Le paiement est annulé.",
    ),
    "forward_report": Act(
        a.ForwardForm,
        "Enregistrez ici ce qui a été transmis ; le portail n’envoie pas le rapport lui-même.",
        "La transmission est enregistrée.",
    ),
    "close": Act(a.PlainForm, "Le dossier est terminé.", "Le dossier est clos."),
    "decline_cancellation": Act(
        a.MotiveForm,
        "Le dossier suit son cours ; l’entreprise en est prévenue et peut demander de nouveau.",
        "L’annulation est refusée.",
    ),
    "cancel": Act(
        a.MotiveForm,
        "La quote-part revient à l’enveloppe, le volet redevient libre. L’entreprise et l’expert en sont prévenus.",
        "Le dossier est annulé.",
    ),
}

# What a second person only confirms, and that another audience asks first.
CONFIRMED_ONLY: dict[str, str] = {"declare_work_done": "La fin de la prestation est acceptée."}


def success_of(name: str) -> str:
    """Return what is said once an act is confirmed by its second person."""
    return ACTS[name].success if name in ACTS else CONFIRMED_ONLY[name]
