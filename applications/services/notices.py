"""The words of every notification: one line per audience, plain and with one thing to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Audience(Enum):
    """Who is told. FIRMS: every firm at work on the dossier, and those whose mission the act just ended."""

    COMPANY = "company"
    EXPERT = "expert"
    FIRMS = "firms"
    OFFICER = "officer"
    MANAGERS = "managers"
    CONTROLLERS = "controllers"


@dataclass(frozen=True, slots=True)
class Notice:
    """What one audience reads; braces are filled with the words of `announcements`.

    `action` is the words of its one link, the audience's usual ones when empty. A `blocking` notice asks
    an act of its reader: its e-mail leaves at once, whatever the reader prefers.
    """

    audience: Audience
    title: str
    body: str
    action: str = ""
    blocking: bool = False

    @property
    def link(self) -> str:
        """The words of the notice's one link."""
        return self.action or USUAL_LINKS[self.audience]


# Where a notice leads to, when it asks for nothing in particular.
USUAL_LINKS: dict[Audience, str] = {
    Audience.COMPANY: "Voir ma demande",
    Audience.EXPERT: "Ouvrir la mission",
    Audience.FIRMS: "Ouvrir la mission",
    Audience.OFFICER: "Ouvrir le dossier",
    Audience.MANAGERS: "Ouvrir le dossier",
    Audience.CONTROLLERS: "Ouvrir le dossier",
}


C, E, F, M, K = Audience.COMPANY, Audience.EXPERT, Audience.OFFICER, Audience.MANAGERS, Audience.CONTROLLERS
FIRMS = Audience.FIRMS

# fmt: off (a line a reader)
NOTICES: dict[str, tuple[Notice, ...]] = {
    "submit": (
        Notice(
            C,
            "Demande {number} déposée",
            "Votre demande pour le volet {volet} est déposée. Le récépissé est joint à votre dossier.",
            "Suivre ma demande",
        ),
        Notice(
            E,
            "Vous êtes l’expert choisi par {company}",
            "La demande {number} vous désigne. Déclarez l’absence de conflit d’intérêts sur la page de votre mission.",
            "Déclarer mes intérêts",
            blocking=True,
        ),
        Notice(
            M,
            "Nouvelle demande {number}",
            "{company} a déposé une demande pour le volet {volet} : elle attend un chargé d’affaires.",
            "Affecter le dossier",
        ),
    ),
    "take": (
        Notice(
            C, "Demande {number} en cours d’étude", "Un chargé d’affaires étudie désormais votre demande."
        ),
    ),
    "assign": (
        Notice(
            F,
            "Le dossier {number} vous est affecté",
            "{company}, volet {volet} : le dossier est à instruire.",
            "Instruire le dossier",
        ),
        Notice(
            C, "Demande {number} en cours d’étude", "Un chargé d’affaires étudie désormais votre demande."
        ),
    ),
    "reassign": (
        Notice(
            F,
            "Le dossier {number} vous est affecté",
            "{company}, volet {volet} : vous reprenez le dossier.",
            "Instruire le dossier",
        ),
    ),
    "request_completion": (
        Notice(
            C,
            "Complément demandé pour {number}",
            "Quelques éléments de votre demande sont à compléter ; chacun est expliqué sur la page du dossier.",
            "Compléter ma demande",
            blocking=True,
        ),
    ),
    "resubmit": (
        Notice(
            F,
            "Complément reçu pour {number}",
            "{company} a répondu à la demande de complément.",
            "Reprendre l’étude",
        ),
    ),
    "abandon": (
        Notice(
            C,
            "Demande {number} abandonnée",
            "Faute de complément dans le délai, la demande est abandonnée. Vous pouvez en déposer une nouvelle.",
        ),
        Notice(F, "Dossier {number} abandonné", "{company} n’a pas répondu à la demande de complément."),
        Notice(
            E,
            "Demande {number} abandonnée",
            "La demande de {company} est abandonnée : votre mission n’aura pas lieu.",
        ),
    ),
    "advise_derogation": (
        Notice(
            M,
            "Dérogation à décider pour {number}",
            "Le chargé d’affaires a donné son avis sur l’expert hors vivier.",
            "Décider de la dérogation",
        ),
    ),
    "decide_derogation": (
        Notice(F, "Dérogation décidée pour {number}", "La décision est sur la page du dossier."),
    ),
    "approve_asked": (
        Notice(
            M,
            "Accord à confirmer pour {number}",
            "Le chargé d’affaires propose d’accepter la demande de {company} ; votre accord est requis.",
            "Répondre à la proposition",
        ),
    ),
    "approve_dropped": (
        Notice(
            F,
            "Accord non confirmé – {number}",
            "L’accord proposé n’attend plus de confirmation : relisez le dossier.",
        ),
    ),
    "approve": (
        Notice(
            C,
            "Demande {number} acceptée",
            "Votre demande est acceptée. Le contrat vous sera envoyé pour signature ; ne signez pas encore le devis.",
        ),
        Notice(
            E,
            "Demande {number} acceptée",
            "La demande de {company} est acceptée. La prestation ne peut pas commencer avant la signature du contrat.",
        ),
        Notice(
            M,
            "Contrat à signer pour {number}",
            "La demande de {company} est acceptée : le contrat attend la signature d’un délégataire.",
            "Signer pour Bpifrance",
        ),
    ),
    "reject_asked": (
        Notice(
            M,
            "Rejet à confirmer pour {number}",
            "Le chargé d’affaires propose de rejeter la demande après réexamen.",
            "Répondre à la proposition",
        ),
    ),
    "reject_dropped": (
        Notice(
            F,
            "Rejet non confirmé – {number}",
            "Le rejet proposé n’attend plus de confirmation : relisez le dossier.",
        ),
    ),
    "reject": (
        Notice(
            C,
            "Demande {number} refusée",
            "La lettre qui motive la décision est sur la page du dossier.",
            "Lire la décision",
        ),
        Notice(
            E,
            "Demande {number} refusée",
            "La demande de {company} n’est pas retenue : votre mission n’aura pas lieu.",
        ),
    ),
    "request_review": (
        Notice(
            F,
            "Réexamen à mener pour {number}",
            "{company} conteste le rejet ; le dossier vous est confié.",
            "Mener le réexamen",
        ),
        Notice(M, "Réexamen demandé pour {number}", "{company} conteste le rejet de sa demande."),
    ),
    "declare_conflict": (
        Notice(F, "Déclaration d’intérêts reçue pour {number}", "{expert} a fait sa déclaration."),
    ),
    "sign_for_bpifrance": (
        Notice(
            F,
            "Contrat {number} prêt à envoyer",
            "Le contrat est signé pour Bpifrance : il reste à l’envoyer à l’entreprise.",
            "Envoyer le contrat",
        ),
    ),
    "send_contract": (
        Notice(
            C,
            "Contrat {number} à signer",
            "Votre contrat vous attend. Sa signature fait courir le délai de la prestation.",
            "Lire et signer le contrat",
            blocking=True,
        ),
    ),
    "sign": (
        Notice(
            C,
            "Contrat {number} signé",
            "Le contrat est signé. La prestation peut commencer ; elle doit s’achever au plus tard le {term}.",
        ),
        Notice(
            E,
            "La prestation {number} peut commencer",
            "{company} a signé le contrat. La prestation doit s’achever au plus tard le {term}.",
            "Préparer le démarrage",
            blocking=True,
        ),
        Notice(F, "Contrat {number} signé", "{company} a signé. Terme : {term}."),
    ),
    "unsigned": (
        Notice(
            C,
            "Dossier {number} caduc",
            "Le contrat n’a pas été signé dans le délai. Vous pouvez déposer une nouvelle demande.",
        ),
        Notice(
            E, "Dossier {number} caduc", "{company} n’a pas signé le contrat : votre mission n’aura pas lieu."
        ),
        Notice(F, "Dossier {number} caduc", "Le contrat n’a pas été signé dans le délai."),
    ),
    "start_work": (
        Notice(C, "Prestation {number} commencée", "{expert} a déclaré le démarrage de la prestation."),
        Notice(F, "Prestation {number} commencée", "{expert} a déclaré le démarrage."),
    ),
    "amend": (
        Notice(
            C,
            "Avenant au dossier {number}",
            "Un avenant vous concerne : lisez-le sur la page du dossier.",
            "Lire l’avenant",
            blocking=True,
        ),
        Notice(
            E,
            "Avenant au dossier {number}",
            "Un avenant vous concerne : lisez-le sur la page de la mission.",
            "Lire l’avenant",
            blocking=True,
        ),
        Notice(F, "Avenant au dossier {number}", "Une signature a été donnée sur l’avenant."),
    ),
    "amend_applied": (
        Notice(C, "Avenant signé – {number}", "L’avenant est signé par tous : il s’applique dès maintenant."),
        Notice(
            FIRMS,
            "Avenant signé – {number}",
            "L’avenant est signé par tous : la page de la mission dit ce qui change pour vous.",
        ),
        Notice(F, "Avenant signé – {number}", "L’avenant est signé par tous."),
    ),
    "drop_amendment": (
        Notice(C, "Avenant abandonné – {number}", "L’avenant proposé n’aura pas de suite."),
        Notice(FIRMS, "Avenant abandonné – {number}", "L’avenant proposé n’aura pas de suite."),
    ),
    "replace_expert": (
        Notice(
            C,
            "Changement d’expert – {number}",
            "Bpifrance propose un nouvel expert ; la page du dossier dit ce qui est attendu de vous.",
            "Lire la proposition",
            blocking=True,
        ),
        Notice(
            FIRMS,
            "Changement d’expert – {number}",
            "Un changement d’expert concerne cette mission.",
            "Ouvrir la mission",
            blocking=True,
        ),
    ),
    "request_extension": (
        Notice(
            M,
            "Prolongation demandée – {number}",
            "{company} demande que le terme du {term} soit prolongé.",
            "Répondre à la demande",
        ),
    ),
    "extend": (
        Notice(
            C,
            "Prolongation à signer – {number}",
            "Bpifrance accorde la prolongation demandée. Le terme ne recule que lorsque vous et l’expert avez signé l’avenant.",
            "Lire et signer l’avenant",
            blocking=True,
        ),
        Notice(
            E,
            "Prolongation à signer – {number}",
            "Bpifrance accorde à {company} une prolongation du terme. Elle attend votre signature.",
            "Lire et signer l’avenant",
            blocking=True,
        ),
    ),
    "decline_extension": (
        Notice(
            C,
            "Prolongation refusée – {number}",
            "Le terme reste fixé au {term}. La réponse est sur la page de votre demande.",
        ),
    ),
    "satisfaction_asked": (
        Notice(
            C,
            "Votre avis sur la prestation – {number}",
            "{expert} a déclaré la fin de la prestation. Dites ce que vous en pensez, étape par étape : cela prend une minute et n’est pas obligatoire.",
            "Donner mon avis",
        ),
    ),
    "declare_work_done_asked": (
        Notice(
            M,
            "Fin de prestation à accepter – {number}",
            "{expert} déclare après le terme une fin antérieure : votre accord est requis.",
            "Répondre à la déclaration",
        ),
    ),
    "declare_work_done_dropped": (
        Notice(
            E,
            "Fin de prestation non acceptée – {number}",
            "Votre déclaration de fin, faite après le terme, n’est plus en attente : rien n’est enregistré. La page de la mission dit ce qui est attendu de vous.",
            "Ouvrir la mission",
            blocking=True,
        ),
    ),
    "declare_work_done": (
        Notice(
            C,
            "Prestation {number} terminée",
            "{expert} a déclaré la fin de la prestation. Le rapport final vous est dû sous dix jours ; confirmez la restitution quand elle a eu lieu.",
            "Suivre la restitution",
            blocking=True,
        ),
        Notice(
            E,
            "Clôture attendue – {number}",
            "Vous avez dix jours pour remettre le rapport et déposer les pièces de clôture.",
            "Préparer la clôture",
            blocking=True,
        ),
        Notice(F, "Prestation {number} terminée", "{expert} a déclaré la fin de la prestation."),
    ),
    "give_notice": (
        Notice(
            C,
            "Terme dépassé – {number}",
            "Le terme du {term} est passé. Sans fin de prestation antérieure à cette date, le dossier deviendra caduc dans trente jours.",
            "Voir le terme dépassé",
            blocking=True,
        ),
        Notice(
            E,
            "Terme dépassé – {number}",
            "Le terme du {term} est passé. Si la prestation s’est achevée avant, déclarez-le dès maintenant.",
            "Déclarer la fin de la prestation",
            blocking=True,
        ),
        Notice(F, "Mise en demeure envoyée – {number}", "Le terme du {term} est passé."),
    ),
    "lapse": (
        Notice(
            C,
            "Dossier {number} caduc",
            "La prestation ne s’est pas achevée dans son délai : le dossier est caduc.",
        ),
        Notice(
            E,
            "Dossier {number} caduc",
            "La prestation ne s’est pas achevée dans son délai : le dossier est caduc.",
        ),
        Notice(F, "Dossier {number} caduc", "La prestation ne s’est pas achevée dans son délai."),
    ),
    "reopen": (
        Notice(
            C,
            "Dossier {number} rouvert",
            "La fin de la prestation avant le terme est établie : la clôture peut se poursuivre.",
        ),
        Notice(
            E,
            "Dossier {number} rouvert",
            "Déposez les pièces de clôture.",
            "Déposer les pièces de clôture",
            blocking=True,
        ),
    ),
    "submit_closure": (
        Notice(
            C,
            "Clôture envoyée – {number}",
            "{expert} a envoyé ses pièces de clôture. Confirmez la restitution si elle a eu lieu.",
            "Confirmer la restitution",
            blocking=True,
        ),
        Notice(
            F,
            "Clôture à contrôler – {number}",
            "{expert} a envoyé ses pièces de clôture.",
            "Contrôler la clôture",
        ),
        Notice(
            K,
            "Clôture à contrôler – {number}",
            "Les pièces de clôture sont déposées.",
            "Contrôler la clôture",
        ),
    ),
    "confirm_restitution": (
        Notice(E, "Restitution confirmée – {number}", "{company} a confirmé la restitution."),
        Notice(F, "Restitution confirmée – {number}", "{company} a confirmé la restitution."),
    ),
    "contest_restitution": (
        Notice(
            E,
            "Restitution contestée – {number}",
            "{company} conteste la restitution : le paiement est suspendu.",
        ),
        Notice(
            F,
            "Restitution contestée – {number}",
            "{company} conteste la restitution : le paiement est suspendu.",
        ),
    ),
    "settle_restitution": (
        Notice(
            C,
            "Restitution tranchée – {number}",
            "Sans réponse de votre part, Bpifrance a retenu la restitution sur preuve.",
        ),
        Notice(E, "Restitution retenue – {number}", "Bpifrance a retenu la restitution sur preuve."),
    ),
    "request_corrections": (
        Notice(
            E,
            "Clôture à corriger – {number}",
            "Chaque point à corriger est expliqué sur la page de clôture.",
            "Corriger la clôture",
            blocking=True,
        ),
    ),
    "refuse_closure": (
        Notice(
            E, "Clôture refusée – {number}", "La clôture est refusée : la mission prend fin sans paiement."
        ),
        Notice(C, "Dossier {number} : clôture refusée", "La clôture de l’expert est refusée par Bpifrance."),
    ),
    "set_hold": (
        Notice(
            E,
            "Paiement suspendu – {number}",
            "Le paiement est suspendu ; le motif est sur la page de la mission.",
        ),
        Notice(F, "Paiement suspendu – {number}", "Une suspension vient d’être posée."),
    ),
    "hold_changed_account": (
        Notice(
            E,
            "Paiement suspendu – {number}",
            "Votre compte a changé après la validation de ce paiement : Bpifrance le vérifie auprès de vous.",
        ),
        Notice(
            K,
            "Compte changé – {number}",
            "Le compte de {expert} a changé après la validation : vérifiez-le, puis levez la suspension.",
            "Vérifier le compte",
        ),
    ),
    "lift_hold_asked": (
        Notice(
            M,
            "Levée d’une cession à confirmer – {number}",
            "La levée d’une cession de créance attend sa seconde personne.",
            "Répondre à la proposition",
        ),
        Notice(
            K,
            "Levée d’une cession à confirmer – {number}",
            "La levée d’une cession de créance attend sa seconde personne.",
            "Répondre à la proposition",
        ),
        Notice(
            F,
            "Levée d’une cession à confirmer – {number}",
            "La levée d’une cession de créance attend sa seconde personne.",
            "Répondre à la proposition",
        ),
    ),
    "lift_hold_dropped": (
        Notice(
            F, "Cession maintenue – {number}", "La levée n’est pas confirmée : le paiement reste suspendu."
        ),
    ),
    "certify_service": (
        Notice(
            K,
            "Paiement à valider – {number}",
            "Le service fait est certifié pour {expert} : le paiement peut être validé.",
            "Valider le paiement",
        ),
    ),
    "lift_hold": (Notice(E, "Suspension levée – {number}", "Une suspension de paiement est levée."),),
    "approve_payment": (
        Notice(E, "Paiement validé – {number}", "Votre paiement est validé ; le virement suit."),
        Notice(
            K,
            "Paiement à exécuter – {number}",
            "Le paiement de {expert} est validé : il reste à le virer.",
            "Préparer le virement",
        ),
    ),
    "mark_paid": (
        Notice(E, "Virement effectué – {number}", "Bpifrance a réglé sa quote-part."),
        Notice(
            C,
            "Expert payé – {number}",
            "Bpifrance a réglé sa quote-part à {expert}. Votre attestation d’aide est sur la page du dossier.",
            "Voir mon attestation d’aide",
        ),
        Notice(
            F,
            "Dossier {number} payé",
            "Transmettez le rapport final, puis clôturez le dossier.",
            "Transmettre le rapport",
        ),
    ),
    "reverse_payment_asked": (
        Notice(
            M,
            "Annulation de paiement à confirmer – {number}",
            "Une annulation du paiement attend sa seconde personne.",
            "Répondre à la proposition",
        ),
        Notice(
            K,
            "Annulation de paiement à confirmer – {number}",
            "Une annulation du paiement attend sa seconde personne.",
            "Répondre à la proposition",
        ),
    ),
    "reverse_payment_dropped": (
        Notice(
            M,
            "Annulation de paiement abandonnée – {number}",
            "L’annulation n’est pas confirmée : le paiement tient.",
        ),
        Notice(
            K,
            "Annulation de paiement abandonnée – {number}",
            "L’annulation n’est pas confirmée : le paiement tient.",
        ),
    ),
    "reverse_payment": (
        Notice(
            E,
            "Virement rejeté – {number}",
            "La banque a rejeté le virement ; vérifiez vos coordonnées bancaires.",
            "Ouvrir la mission",
            blocking=True,
        ),
        Notice(F, "Paiement annulé – {number}", "Le paiement est à refaire."),
    ),
    "close": (Notice(C, "Dossier {number} terminé", "Le dossier est clos. Merci."),),
    "withdraw": (
        Notice(F, "Demande {number} retirée", "{company} a retiré sa demande."),
        Notice(
            E, "Demande {number} retirée", "{company} a retiré sa demande : votre mission n’aura pas lieu."
        ),
    ),
    "request_cancellation": (
        Notice(
            M,
            "Annulation demandée – {number}",
            "{company} demande l’annulation de son dossier.",
            "Répondre à la demande",
        ),
    ),
    "end_mission": (
        Notice(
            E,
            "Mission terminée – {number}",
            "Votre mission, reprise par un autre expert, prend fin sans paiement. Le motif vous est donné sur demande.",
        ),
    ),
    "decline_cancellation": (
        Notice(
            C,
            "Annulation refusée – {number}",
            "Votre dossier suit son cours ; le motif est sur la page du dossier.",
        ),
    ),
    "cancel": (
        Notice(C, "Dossier {number} annulé", "Le dossier est annulé ; la lettre est sur sa page."),
        Notice(E, "Dossier {number} annulé", "Le dossier de {company} est annulé."),
    ),
}

REMINDERS: dict[str, tuple[Notice, ...]] = {
    "completion_reminder": (
        Notice(
            C,
            "Complément attendu avant le {due_on} – {number}",
            "Sans réponse à cette date, la demande sera abandonnée.",
            "Compléter ma demande",
            blocking=True,
        ),
    ),
    "signature_reminder": (
        Notice(
            C,
            "Contrat à signer avant le {due_on} – {number}",
            "Sans signature à cette date, le dossier deviendra caduc.",
            "Lire et signer le contrat",
            blocking=True,
        ),
    ),
    "term_reminder": (
        Notice(
            C,
            "La prestation doit s’achever le {due_on} – {number}",
            "Faites le point avec votre expert. {extension}",
        ),
        Notice(
            E,
            "La prestation doit s’achever le {due_on} – {number}",
            "{extension}",
            "Déclarer la fin de la prestation",
            blocking=True,
        ),
        Notice(F, "Terme le {due_on} – {number}", "La prestation n’est pas déclarée terminée."),
    ),
    "report_reminder": (
        Notice(
            E,
            "Rapport final attendu le {due_on} – {number}",
            "Remettez le rapport à l’entreprise et déposez la clôture.",
            "Préparer la clôture",
            blocking=True,
        ),
    ),
    "report_late": (
        Notice(
            E,
            "Rapport final en retard – {number}",
            "Il était attendu le {due_on}. Déposez la clôture dès que possible.",
            "Préparer la clôture",
            blocking=True,
        ),
        Notice(F, "Rapport final en retard – {number}", "{expert} devait le remettre le {due_on}."),
    ),
    "report_overdue": (
        Notice(
            M,
            "Rapport final en grand retard – {number}",
            "{expert} devait le remettre le {due_on} ; trois rappels sont restés sans effet.",
        ),
    ),
    "restitution_silence": (
        Notice(
            F,
            "Restitution à trancher – {number}",
            "{company} ne s’est pas prononcée dans les dix jours : tranchez sur preuve.",
            "Trancher la restitution",
        ),
        Notice(
            C,
            "Confirmez la restitution – {number}",
            "Sans réponse, Bpifrance tranchera sur preuve.",
            "Confirmer la restitution",
            blocking=True,
        ),
    ),
    "corrections_silence": (
        Notice(
            M,
            "Clôture restée sans correction – {number}",
            "{expert} n’a pas corrigé sa clôture dans le délai.",
        ),
    ),
}
# fmt: on
