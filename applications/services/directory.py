"""The public directory of companies (« recherche d’entreprises »): asks it for one SIREN, reads its answer strictly.

The answer's shape is the one of https://recherche-entreprises.api.gouv.fr/search. Whatever is not
that shape, or does not come within two seconds, counts as a directory that is down: everything can
be typed by hand.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import asdict, dataclass
from datetime import date, datetime
from queue import Empty, Queue
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core.cache import cache

Json = dict[str, Any]

ANSWERS_WITHIN = 2.0
LARGEST_ANSWER = 256 * 1024
# After a failure nobody waits for the directory again during this time.
RESTS_SECONDS = 30
RESTING = "directory:rests"
ASKED_AT_MOST = 10
ASKED_WITHIN_SECONDS = 600
HIDDEN = "[NON-DIFFUSIBLE]"
# INSEE's codes of regions.
REGIONS = {
    "01": "Guadeloupe",
    "02": "Martinique",
    "03": "Guyane",
    "04": "La Réunion",
    "06": "Mayotte",
    "11": "Île-de-France",
    "24": "Centre-Val de Loire",
    "27": "Bourgogne-Franche-Comté",
    "28": "Normandie",
    "32": "Hauts-de-France",
    "44": "Grand Est",
    "52": "Pays de la Loire",
    "53": "Bretagne",
    "75": "Nouvelle-Aquitaine",
    "76": "Occitanie",
    "84": "Auvergne-Rhône-Alpes",
    "93": "Provence-Alpes-Côte d’Azur",
    "94": "Corse",
}


class Unavailable(Exception):
    """The directory is off, down, slow, or answers something else than promised; `str()` says which, for the log."""


class AskedTooOften(Exception):
    """One person asks the directory more than the portal lets them."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the directory says of one company; "" or None where it says nothing.

    `legal_form` is INSEE's four-digit code, `created_on` and `ceased_on` civil dates.
    """

    siren: str
    name: str = ""
    legal_form: str = ""
    created_on: date | None = None
    address: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    ceased: bool = False
    ceased_on: date | None = None

    def as_json(self) -> Json:
        """Return the record as it is kept, dates in ISO form."""
        return {
            key: value.isoformat() if isinstance(value, date) else value
            for key, value in asdict(self).items()
        }


def is_on() -> bool:
    """Say whether a directory is configured at all."""
    return bool(settings.DIRECTORY_URL)


def find_company(siren: str, *, asked_by: int) -> Record | None:
    """Return what the directory says of a SIREN, None when it does not know it.

    Asked outside any transaction. Raises Unavailable, and AskedTooOften after ten questions of the
    same person (`asked_by`, an account's number) within ten minutes.
    """
    if not is_on():
        raise Unavailable("off")
    if cache.get(RESTING):
        raise Unavailable("resting after a failure")
    _count(asked_by)
    query = urlencode({"q": siren, "minimal": "true", "include": "siege", "page": 1, "per_page": 5})
    try:
        return read_answer(_fetch(f"{settings.DIRECTORY_URL}?{query}"), siren)
    except Unavailable:
        cache.set(RESTING, True, RESTS_SECONDS)
        raise


def _count(person: int) -> None:
    key = f"directory:asked:{person}"
    cache.add(key, 0, ASKED_WITHIN_SECONDS)
    try:
        asked = cache.incr(key)
    except ValueError:
        # It expired between the two lines.
        asked = 1
    if asked > ASKED_AT_MOST:
        raise AskedTooOften


# --- Asking --------------------------------------------------------------------------------------
class _NoRedirect(HTTPRedirectHandler):
    """Follows no redirection: it could lead anywhere, inside the house included."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        """Let the redirection be the answer."""


def _fetch(address: str) -> bytes:
    """Return the body of the answer; the whole exchange, name resolution included, takes two seconds at most."""
    box: Queue[bytes | Exception] = Queue(1)

    def ask() -> None:
        try:
            box.put(_read(address))
        except Exception as error:  # noqa: BLE001 whatever went wrong, the directory is down
            box.put(error)

    # A daemon: a resolver that hangs holds neither the request nor the server's stop.
    threading.Thread(target=ask, daemon=True, name="directory").start()
    try:
        answer = box.get(timeout=ANSWERS_WITHIN)
    except Empty:
        raise Unavailable("slow") from None
    if isinstance(answer, Exception):
        raise Unavailable(f"{type(answer).__name__}: {answer}") from answer
    return answer


def _read(address: str) -> bytes:
    headers = {"Accept": "application/json", "User-Agent": "diagnostic-dm"}
    # The settings let http and https addresses in, no other.
    request = Request(address, headers=headers)  # noqa: S310
    try:
        with build_opener(_NoRedirect).open(request, timeout=ANSWERS_WITHIN) as answer:
            if answer.status != 200:
                raise Unavailable(f"status {answer.status}")
            body: bytes = answer.read(LARGEST_ANSWER + 1)
    except HTTPError as error:
        with error:
            raise Unavailable(f"status {error.code}") from error
    if len(body) > LARGEST_ANSWER:
        raise Unavailable("too long an answer")
    return body


# --- Reading -------------------------------------------------------------------------------------
def read_answer(body: bytes, siren: str) -> Record | None:
    """Return the record of that very SIREN among the results; raises Unavailable for any other shape."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unavailable("not JSON") from error
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
        raise Unavailable("no list of results")
    found = next((one for one in results if one.get("siren") == siren), None)
    return None if found is None else _record(found, siren)


def _record(found: Json, siren: str) -> Record:
    state = found.get("etat_administratif")
    if state not in {"A", "C"}:
        raise Unavailable(f"unknown state {state!r}")
    seat = found.get("siege") or {}
    if not isinstance(seat, dict):
        raise Unavailable("the seat is no object")
    postcode, city = _text(seat, "code_postal", 10), _text(seat, "libelle_commune", 100)
    legal_form = _text(found, "nature_juridique", 10)
    if legal_form and not re.fullmatch(r"[0-9]{4}", legal_form):
        raise Unavailable("unknown legal form")
    return Record(
        siren=siren,
        name=_text(found, "nom_raison_sociale", 200) or _text(found, "nom_complet", 200),
        legal_form=legal_form,
        created_on=_day(found, "date_creation"),
        address=_street(_text(seat, "adresse", 250), postcode, city),
        postcode=postcode,
        city=city,
        region=REGIONS.get(_text(seat, "region", 10), ""),
        ceased=state == "C",
        ceased_on=_day(found, "date_fermeture"),
    )


def _text(source: Json, key: str, longest: int) -> str:
    """Return a text without odd characters nor doubled spaces; what is hidden from the public is nothing."""
    value = source.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unavailable(f"{key} is no text")
    plain = " ".join("".join(one if one.isprintable() else " " for one in value).split())
    return "" if HIDDEN in plain else plain[:longest].strip()


def _day(source: Json, key: str) -> date | None:
    value = _text(source, key, 30)
    try:
        return datetime.strptime(value, "%Y-%m-%d").date() if value else None  # noqa: DTZ007 a civil date
    except ValueError as error:
        raise Unavailable(f"{key} is no date") from error


def _street(address: str, postcode: str, city: str) -> str:
    """Return the address without the postcode and the city that the directory writes at its end."""
    end = f"{postcode} {city}".strip()
    return address[: -len(end)].strip() if end and address.upper().endswith(end.upper()) else address
