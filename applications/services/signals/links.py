"""What links a dossier to others, or its company to its expert; pure, each link told with what shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from applications.services.signals.facts import Account, Facts, People, Person, Signal
from applications.services.signals.marks import plain
from experts.services.passi.reading import name_key
from portal.display import french_date, siren

# What is compared, by the code of its signal: what is said of it, and what to verify.
TEXTS = {
    "text_method": (
        "Méthode déjà écrite pour une autre entreprise",
        "La méthode du devis retenu est, aux signes près, celle que le cabinet a écrite pour une autre entreprise.",
        "Le portail permet de repartir d’un modèle\u00a0: vérifiez que la méthode vise bien ce dispositif.",
    ),
    "text_description": (
        "Description de dispositif déjà lue",
        "Le dispositif est décrit, aux signes près, comme celui d’une autre entreprise accompagnée par ce cabinet.",
        "Vérifiez que les deux entreprises et les deux dispositifs sont distincts, et qui a écrit la description.",
    ),
    "text_reference": (
        "Compte rendu de livraison déjà lu",
        "Ce que le cabinet dit de la livraison d’un poste est, aux signes près, ce qu’il a écrit ailleurs.",
        "Ouvrez les deux rapports à l’endroit cité\u00a0: la prestation doit y être propre à chaque entreprise.",
    ),
    "report_file": (
        "Même rapport final dans un autre dossier",
        "Le fichier du rapport final est, à l’octet près, celui que le cabinet a déposé pour une autre entreprise.",
        "Demandez au cabinet le rapport de ce dossier\u00a0: le fichier déposé est peut-être le mauvais.",
    ),
}
NAMESAKE = (
    "Deux personnes peuvent porter le même nom\u00a0: vérifiez, "
    "et rapprochez de la déclaration d’intérêts du cabinet."
)
NO_DIRECTORS = (
    "Les dirigeants ne sont pas déclarés en tant que tels\u00a0: les signataires, membres et associés personnes "
    "physiques de l’entreprise sont comparés aux membres et consultants du cabinet."
)


def reused(facts: Facts) -> Iterator[Signal]:
    """Give the texts and files of this dossier that the firm used for another company."""
    for code, (title, sentence, advice) in TEXTS.items():
        others = facts.texts.get(code, ())
        if others:
            yield Signal(code, title, sentence, advice, evidence=tuple(others))


def invoice_numbers(facts: Facts) -> Iterator[Signal]:
    """Give the invoice numbers that the firm used in another dossier."""
    for number, others in facts.invoices.items():
        if others:
            yield Signal(
                code="invoice_number",
                title="Numéro de facture déjà utilisé",
                sentence=f"La facture {number} porte un numéro que le cabinet a déjà donné dans un autre dossier.",
                advice="Chaque facture a son propre numéro\u00a0: comparez les deux, et demandez laquelle est due.",
                evidence=tuple(others),
            )


# --- The account ---------------------------------------------------------------------------------
def account(known: Account) -> Iterator[Signal]:
    """Give what became of the firm's account since the request was agreed, the account itself never said."""
    if known.since is not None:
        yield from _moves(known)
    if not known.is_approved:
        yield Signal(
            code="account_not_approved",
            title="Compte différent de celui validé",
            sentence="Le compte actuel du cabinet n’est pas celui pour lequel le paiement a été validé.",
            advice="Le paiement attend qu’une personne lève la suspension\u00a0: assurez-vous du nouveau compte auprès "
            "du cabinet, par un numéro que vous connaissez déjà.",
        )


def _moves(known: Account) -> Iterator[Signal]:
    since = known.since
    assert since is not None
    moves = [
        move for move in known.moves if since <= move.on and (known.until is None or move.on <= known.until)
    ]
    done = sorted(move.on for move in moves if move.in_force)
    asked = sorted(move.on for move in moves if not move.in_force)
    from_ = f"depuis {known.since_what}, le {french_date(since)}"
    advice = (
        "Assurez-vous du compte auprès du cabinet, par un numéro que vous connaissez déjà, "
        "avant de valider le paiement."
    )
    if done:
        times = "" if len(done) == 1 else f" {len(done)} fois"
        yield Signal(
            code="account_changed",
            title="Compte bancaire changé",
            sentence=f"Le cabinet a changé{times} de compte bancaire {from_}\u00a0: le dernier est en vigueur "
            f"depuis le {french_date(done[-1])}.",
            advice=advice,
            figures=(("Changements", str(len(done))), ("Le dernier", french_date(done[-1]))),
        )
    if asked:
        yield Signal(
            code="account_asked",
            title="Changement de compte demandé",
            sentence=f"Le cabinet a demandé le {french_date(asked[-1])} un autre compte bancaire, qui n’est pas encore "
            f"en vigueur\u00a0; c’est {from_}.",
            advice=advice,
        )


# --- The people ----------------------------------------------------------------------------------
def people(declared: People) -> Iterator[Signal]:
    """Give the persons and firms that stand on both sides."""
    if declared.firm_siren and declared.firm_siren == declared.company_siren:
        yield Signal(
            code="same_entity",
            title="Même SIREN des deux côtés",
            sentence=f"L’entreprise et le cabinet portent le même SIREN, {siren(declared.firm_siren)}.",
            advice="Une entreprise ne peut être son propre expert\u00a0: vérifiez les deux fiches.",
        )
    key = name_key(declared.firm_name)
    if key and key in {name_key(one) for one in declared.holders}:
        yield Signal(
            code="firm_holder",
            title="Le cabinet au capital de l’entreprise",
            sentence=f"L’entreprise déclare parmi ses associés une société du nom du cabinet, {declared.firm_name}.",
            advice="Vérifiez qu’il s’agit bien du cabinet, et rapprochez de sa déclaration d’intérêts.",
        )
    yield from _shared(declared)


def _shared(declared: People) -> Iterator[Signal]:
    """Give one signal per person of the firm whom the company declares too, by name or by e-mail address."""
    told: set[tuple[str, ...]] = set()
    for theirs in declared.firm:
        ours = [one for one in declared.company if _same(one, theirs)]
        key = person_key(theirs.name) or (theirs.name,)
        if not ours or key in told:
            continue
        told.add(key)
        by_email = any(_same_address(one, theirs) for one in ours)
        sides = (
            _qualities(one.quality for one in ours),
            _qualities(one.quality for one in declared.firm if _same(one, theirs)),
        )
        how = "avec la même adresse électronique" if by_email else "sous le même nom"
        yield Signal(
            code="person_shared",
            title="Une même personne des deux côtés",
            sentence=f"{theirs.name} figure des deux côtés, {how}\u00a0: pour l’entreprise, {sides[0]}\u00a0; "
            f"pour le cabinet, {sides[1]}.",
            advice="Rapprochez de la déclaration d’intérêts du cabinet." if by_email else NAMESAKE,
            figures=(("Dans l’entreprise", sides[0]), ("Dans le cabinet", sides[1])),
        )


def person_key(name: str) -> tuple[str, ...]:
    """Return the words of a name, in one order whichever way it is written; () for fewer than two words."""
    words = plain(name).split()
    return tuple(sorted(words)) if len(words) > 1 else ()


def _same(one: Person, other: Person) -> bool:
    key = person_key(one.name)
    return bool(key and key == person_key(other.name)) or _same_address(one, other)


def _same_address(one: Person, other: Person) -> bool:
    return bool(one.email) and one.email.strip().casefold() == other.email.strip().casefold()


def _qualities(qualities: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(qualities))
