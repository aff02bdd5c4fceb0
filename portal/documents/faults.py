"""Why a kept file can't be had for now: said to the log in full, to the person in one sentence."""


class FileUnavailable(OSError):
    """A kept file can't be read or written now; nothing of it was given. `sentence` is for the person."""

    sentence = (
        "Le service qui garde les fichiers ne répond pas\u00a0: rien n’est perdu ni modifié. Réessayez dans quelques "
        "minutes\u00a0; si cela se reproduit, prévenez l’assistance."
    )


class KeyMissing(FileUnavailable):
    """The key under which a file was encrypted is not among those of the portal."""

    sentence = (
        "Ce fichier est chiffré, et sa clé n’est pas disponible sur ce serveur\u00a0: il est gardé, mais ne peut pas "
        "être ouvert. Prévenez l’assistance\u00a0: l’administrateur doit remettre la clé en service."
    )


class FileDamaged(FileUnavailable):
    """What is kept is not what was written: cut, changed, or another file in its place."""

    sentence = (
        "Ce fichier n’est plus tel qu’il a été déposé\u00a0: il n’est pas ouvert. Prévenez l’assistance, qui le "
        "rétablira depuis une sauvegarde."
    )
