"""All that the doctor looks at, in the order shown, and what to do when even looking fails."""

from portal.operations.doctor import data, machine, trust
from portal.operations.doctor.looking import Subject
from portal.pdf import PANGO

SUBJECTS = (
    Subject("réglages", data.look_at_settings, "Corrigez le réglage nommé, puis recommencez."),
    Subject(
        "base",
        data.look_at_database,
        "Vérifiez DATABASE_URL et que le serveur est démarré, puis lancez «\u00a0manage.py migrate\u00a0».",
    ),
    Subject("horloge", data.look_at_clock, "Rétablissez d’abord la base."),
    Subject(
        "broker",
        machine.look_at_broker,
        "Vérifiez REDIS_URL et que Redis est démarré\u00a0; rien n’est perdu en attendant.",
    ),
    Subject(
        "cache",
        machine.look_at_cache,
        "Vérifiez Redis\u00a0; sans lui, lancez «\u00a0manage.py createcachetable\u00a0».",
    ),
    Subject(
        "fichiers",
        machine.look_at_files,
        "Vérifiez que le volume est monté, inscriptible par le portail, et qu’il y reste de la place.",
    ),
    Subject("clés", trust.look_at_keys, "Vérifiez DIAGDM_FILE_KEYS, puis rétablissez la base."),
    Subject(
        "journal", trust.look_at_journal, "Vérifiez que le dossier DIAGDM_HEADS est lisible par le portail."
    ),
    Subject("disque", machine.look_at_disk, "Vérifiez que le volume est monté."),
    Subject(
        "antivirus",
        machine.look_at_scanner,
        "Vérifiez CLAMD_ADDRESS et que clamd est démarré\u00a0; en attendant, les dépôts restent en analyse.",
    ),
    Subject(
        "courriel",
        machine.look_at_mail,
        "Vérifiez EMAIL_URL\u00a0; en attendant, les courriels restent dans la boîte d’envoi.",
    ),
    Subject("programmateur et exécutants", data.look_at_signs, "Rétablissez d’abord la base."),
    Subject("boîte d’envoi", data.look_at_outbox, "Rétablissez d’abord la base."),
    Subject("échéances", data.look_at_terms, "Rétablissez d’abord la base."),
    Subject(
        "sceau",
        machine.look_at_seal,
        "Vérifiez DIAGDM_SEAL_CERTIFICATE et sa phrase secrète\u00a0; en attendant, les lettres attendent.",
    ),
    Subject("PDF", machine.look_at_pdf, PANGO),
)
