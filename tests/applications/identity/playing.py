"""A local server that plays the public directory of companies: its answers, its silences and its faults."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SIREN = "732829320"


def company(**changes: Any) -> dict[str, Any]:
    """Return one result as the directory gives it (fields that the portal does not read included)."""
    seat = {
        "siret": "73282932000074",
        "adresse": "12 RUE DES LILAS 69003 LYON",
        "code_postal": "69003",
        "libelle_commune": "LYON",
        "region": "84",
        "departement": "69",
        "est_siege": True,
    }
    return {
        "siren": SIREN,
        "nom_complet": "CARDIOLAB (CDL)",
        "nom_raison_sociale": "CARDIOLAB",
        "sigle": "CDL",
        "nombre_etablissements": 2,
        "date_creation": "2021-03-01",
        "date_fermeture": None,
        "etat_administratif": "A",
        "nature_juridique": "5710",
        "categorie_entreprise": "PME",
        "tranche_effectif_salarie": "11",
        "statut_diffusion": "O",
        "siege": seat,
    } | changes


def answer(*results: Any, **changes: Any) -> bytes:
    """Return a whole answer."""
    whole = {"results": list(results), "total_results": len(results), "page": 1, "per_page": 5} | changes
    return json.dumps(whole).encode()


class Directory:
    """What the server answers next, and what it was asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/search"
        self.asked: list[dict[str, list[str]]] = []
        self.status, self.body, self.waits = 200, answer(company()), 0.0
        self.headers: dict[str, str] = {}
        self.drips = False

    def says(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Set the next answers."""
        self.status, self.body, self.headers = status, body, headers


@contextmanager
def played() -> Iterator[Directory]:
    """Serve on a free port of this machine until the end of the block."""
    state: list[Directory] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            directory = state[0]
            directory.asked.append(parse_qs(urlsplit(self.path).query))
            time.sleep(directory.waits)
            self.send_response(directory.status)
            for name, value in directory.headers.items():
                self.send_header(name, value)
            self.end_headers()
            _write(self.wfile.write, directory)

        def log_message(self, *_args: Any) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.append(Directory(server.server_port))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state[0]
    finally:
        server.shutdown()
        server.server_close()


def _write(write: Callable[[bytes], Any], directory: Directory) -> None:
    """Send the body, one byte a time when it drips; the reader may have left."""
    try:
        if not directory.drips:
            write(directory.body)
            return
        for byte in directory.body:
            write(bytes([byte]))
            time.sleep(0.05)
    except OSError:
        return
