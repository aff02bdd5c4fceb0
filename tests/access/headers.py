"""The headers that every answer of the portal carries."""

from __future__ import annotations

from typing import Any

DOWNLOAD = "sandbox; default-src 'none'"
WANTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
UNSAFE = ("unsafe-inline", "unsafe-eval", "http:", "https:", "*")
CLOSED = ("default-src", "frame-ancestors", "object-src", "base-uri")
DENIED = ("camera", "geolocation", "microphone", "payment", "usb")


def faults_of_headers(answer: Any, *, signed_in: bool) -> list[str]:
    """Return what is missing from an answer's headers."""
    faults = [
        f"{name} is {answer.headers.get(name)!r}"
        for name, value in WANTED.items()
        if answer.headers.get(name) != value
    ]
    policy = answer.headers.get("Content-Security-Policy", "")
    if policy != DOWNLOAD and not _strict(policy):
        faults.append(f"Content-Security-Policy is {policy!r}")
    permissions = answer.headers.get("Permissions-Policy", "")
    faults += [f"Permissions-Policy does not deny {one}" for one in DENIED if f"{one}=()" not in permissions]
    if signed_in and "no-store" not in answer.headers.get("Cache-Control", ""):
        faults.append("Cache-Control lacks no-store")
    return faults


def _strict(policy: str) -> bool:
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";") if part.strip())
    closed = all(directives.get(one) == "'none'" for one in CLOSED)
    open_door = any(word in value for value in directives.values() for word in UNSAFE)
    return closed and not open_door
