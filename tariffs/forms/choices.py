"""The words of the simulator's lists: codes of the case and their French labels."""

UNKNOWN = ("", "Je ne sais pas")
OTHER = "other"

DEVICES = [
    ("", "Pas encore choisi"),
    (
        "Dispositif médical (DM)",
        [
            ("dm.I", "DM de classe I"),
            ("dm.IIa", "DM de classe IIa"),
            ("dm.IIb", "DM de classe IIb"),
            ("dm.III", "DM de classe III"),
            ("dm", "DM, classe pas encore connue"),
        ],
    ),
    (
        "Diagnostic in vitro (DMDIV)",
        [
            ("dmdiv.A", "DMDIV de classe A"),
            ("dmdiv.B", "DMDIV de classe B"),
            ("dmdiv.C", "DMDIV de classe C"),
            ("dmdiv.D", "DMDIV de classe D"),
            ("dmdiv", "DMDIV, classe pas encore connue"),
        ],
    ),
    ("Hors dispositif médical", [("digital_solution", "Solution numérique en santé")]),
]
TARGETS = [
    ("lpp", "Liste des produits et prestations (LPP)"),
    ("latm", "Liste des activités de télésurveillance médicale (LATM)"),
    ("mon_espace_sante", "Mon espace santé"),
    ("none", "Aucun de ces référencements"),
]
CE_MARKINGS = [
    ("obtained", "Obtenu"),
    ("in_progress", "Dossier constitué, certificat attendu"),
    ("none", "Pas encore"),
    UNKNOWN,
]
AUDIENCES = [
    UNKNOWN,
    ("users", "Les usagers, patients ou aidants"),
    ("professionals", "Les professionnels seulement"),
    ("both", "Les usagers et les professionnels"),
]
PURPOSES = [
    UNKNOWN,
    ("health", "La santé"),
    ("wellbeing", "Le bien-être"),
    ("autonomy", "Le maintien de l’autonomie"),
    ("other", "Un autre objet"),
]
LEGAL_FORMS = [
    UNKNOWN,
    (
        "Sociétés commerciales",
        [
            ("5710", "SAS"),
            ("5720", "SASU"),
            ("5499", "SARL"),
            ("5498", "EURL (SARL à associé unique)"),
            ("5599", "SA à conseil d’administration"),
            ("5699", "SA à directoire"),
            ("5308", "Société en commandite par actions"),
            ("5202", "Société en nom collectif"),
            ("5800", "Société européenne"),
        ],
    ),
    (
        "Autres formes",
        [
            ("1000", "Entreprise individuelle"),
            ("6540", "Société civile immobilière"),
            ("6599", "Autre société civile"),
            ("6220", "Groupement d’intérêt économique"),
            ("9220", "Association déclarée"),
            (OTHER, "Autre\u00a0: saisir le code INSEE"),
        ],
    ),
]
COUNTRIES = [
    UNKNOWN,
    ("FR", "France métropolitaine"),
    (
        "Outre-mer",
        [
            ("GP", "Guadeloupe"),
            ("MQ", "Martinique"),
            ("GF", "Guyane"),
            ("RE", "La Réunion"),
            ("YT", "Mayotte"),
            ("PM", "Saint-Pierre-et-Miquelon"),
            ("BL", "Saint-Barthélemy"),
            ("MF", "Saint-Martin"),
            ("WF", "Wallis-et-Futuna"),
            ("PF", "Polynésie française"),
            ("NC", "Nouvelle-Calédonie"),
        ],
    ),
    (
        "Autres pays",
        [
            ("DE", "Allemagne"),
            ("BE", "Belgique"),
            ("ES", "Espagne"),
            ("US", "États-Unis"),
            ("IT", "Italie"),
            ("LU", "Luxembourg"),
            ("MC", "Monaco"),
            ("NL", "Pays-Bas"),
            ("GB", "Royaume-Uni"),
            ("CH", "Suisse"),
            # ISO 3166 leaves ZZ to its users; no list of the rulebook holds it.
            ("ZZ", "Un autre pays"),
        ],
    ),
]
VOLETS_USED = [(str(number), f"Volet {number}") for number in range(1, 6)]
HOLDERS = [
    ("none", "Non, aucune"),
    ("some", "Oui"),
    UNKNOWN,
]
HOLDER_KINDS = [("enterprise", "Une entreprise ou un fonds"), ("person", "Une personne physique")]
EXPERTS = [
    ("", "Je n’ai pas encore d’expert"),
    ("accredited", "Expert agréé par Bpifrance pour ce volet"),
    ("none", "Expert non agréé, sans demande de dérogation"),
    ("requested", "Expert non agréé, dérogation demandée"),
    ("granted", "Expert non agréé, dérogation accordée"),
    ("refused", "Expert non agréé, dérogation refusée"),
]
SCOPES = [
    ("configuration_audit", "Audit de configuration"),
    ("code_audit", "Audit de code"),
    ("penetration_test", "Test d’intrusion"),
    ("architecture_audit", "Audit d’architecture"),
    ("organisational_audit", "Audit organisationnel"),
]
COMPLEXITIES = [("", "Pas précisée"), ("simple", "Simple"), ("medium", "Moyenne"), ("complex", "Complexe")]
PERFORMERS = [
    ("expert", "L’expert"),
    ("third_party", "Un organisme tiers"),
    ("other_expert", "Un autre expert"),
]
PIECES = [
    ("", "Pas encore"),
    ("have", "Je l’ai déjà"),
    ("cannot", "Je ne peux pas la fournir"),
]
# A simulation keeps no text that could name somebody: the reason itself is asked when the request is filed.
ABSENT = "annoncée dans la simulation, à préciser au dépôt"
