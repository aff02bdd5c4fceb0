"""What search engines may read: every public page, and not one private address."""

import re
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from django.test import Client
from django.urls import get_resolver

from tests.access.matrix import ALL, LINES


def rules(client: Client) -> RobotFileParser:
    response = client.get("/robots.txt")
    assert response.headers["Content-Type"].startswith("text/plain")
    parser = RobotFileParser()
    parser.parse(response.content.decode().splitlines())
    return parser


def addresses(client: Client) -> list[str]:
    page = client.get("/sitemap.xml").content.decode()
    return [urlsplit(found).path for found in re.findall(r"<loc>([^<]+)</loc>", page)]


def test_every_page_of_the_sitemap_answers_and_may_be_read(client: Client) -> None:
    listed, parser = addresses(client), rules(client)

    assert len(listed) == len(set(listed)) > 15
    for address in listed:
        assert client.get(address).status_code == 200, address
        # The parser of the standard library knows no « $ », which ends an address exactly.
        exact = f"Allow: {address}$" in client.get("/robots.txt").content.decode()
        assert exact or parser.can_fetch("*", address), address


def test_no_private_address_may_be_read(client: Client) -> None:
    """By the beginning of each address of the matrix that is not open to everybody."""
    parser, known = rules(client), get_resolver().reverse_dict
    private = [line.name for line in LINES if line.enter != ALL]

    assert len(private) > 50
    for name in private:
        for (template, _), *_ in (possibility for possibility, *_ in known.getlist(name)):
            path = "/" + template.replace("%%", "%").partition("%(")[0]
            assert not parser.can_fetch("*", path), (name, path)


def test_a_demonstration_is_not_to_be_found(client: Client, settings: Any) -> None:
    settings.DEMO = True

    parser = rules(client)

    assert not parser.can_fetch("*", "/comprendre/")
