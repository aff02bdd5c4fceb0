"""What is told of the contract, its amendments, the expert’s replacement and extensions."""

from __future__ import annotations

from applications.services.notices.audience import FIRMS, C, E, F, M, Notice

CONTRACT: dict[str, tuple[Notice, ...]] = {
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
}
