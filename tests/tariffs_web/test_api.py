"""The API: same shapes as the command, numbers as written, refusals that name a path, no cookie, no query."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.clock import today
from tariffs import catalogue
from tariffs.api.base import PublicThrottle
from tariffs.api.views import EXAMPLE
from tariffs.commandline import answer
from tariffs.engine import reading

SNAPSHOT = Path(__file__).parent / "schema.yaml"
CASES: list[bytes] = [
    b'{"volet": 1}',
    json.dumps(EXAMPLE.value).encode(),
    b'{"volet": 2, "edition": "2023", "quote": {"lines": [{"item": "travel", "amount": 12.50}]}}',
    b"",
    b"{",
    b"[]",
    b"\xff",
    b'{"volet": 1, "volet": 2}',
    b'{"volet": 9}',
    b'{"volet": 1, "nothing": 1}',
    b'{"volet": 1, "quote": {"lines": [{"item": "travel", "amount": 10.000}]}}',
    b'{"volet": 1, "quote": {"lines": [{"item": "travel", "amount": 1e3}]}}',
    b'{"volet": 1, "quote": {"lines": [{"item": "travel", "amount": NaN}]}}',
    b'{"volet": 1, "device": {"kind": "dm", "risk_class": "B"}}',
    b"[" * 100_000,
]


@pytest.fixture(autouse=True)
def _unthrottled() -> None:
    PublicThrottle.cache.clear()


def post(client: Client, body: bytes, content_type: str = "application/json", **headers: Any) -> Any:
    return client.post(reverse("api_simulations"), body, content_type=content_type, **headers)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[:40].decode("ascii", "replace"))
def test_the_api_answers_like_the_command(client: Client, case: bytes) -> None:
    line, meant = answer(case, today())

    response = post(client, case)

    assert response.status_code == (200 if meant else 400)
    assert response.json() == json.loads(line)
    assert list(response.json()) == list(json.loads(line))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[:40].decode("ascii", "replace"))
def test_changes_are_refused_like_a_simulation(client: Client, case: bytes) -> None:
    line, meant = answer(case, today())

    response = client.post(reverse("api_changes"), case, content_type="application/json")

    assert response.status_code == (200 if meant else 400)
    assert response.json() == (
        {"changes": catalogue.changes_json(case, today=today())} if meant else json.loads(line)
    )


def test_changes_say_what_would_flip_a_rule(client: Client) -> None:
    body = EXAMPLE.value | {"quote": {"signed": True, "lines": []}}

    response = client.post(reverse("api_changes"), json.dumps(body), content_type="application/json")
    change = next(each for each in response.json()["changes"] if each["rule"] == "quote.unsigned")

    assert (change["path"], change["from"], change["to"], change["becomes"]) == (
        "quote.signed",
        True,
        False,
        "pass",
    )


@pytest.mark.parametrize("case", [b"{}", b'{"volet": null, "device": {"kind": "dm"}}', b'{"volet": 5}'])
def test_openings_need_no_volet(client: Client, case: bytes) -> None:
    found = client.post(reverse("api_openings"), case, content_type="application/json").json()["openings"]

    assert [each["volet"] for each in found] == [1, 2, 3, 4, 5]


def test_openings_refuse_what_can_t_be_meant(client: Client) -> None:
    response = client.post(reverse("api_openings"), b'{"volet": 9}', content_type="application/json")

    assert response.status_code == 400
    assert response.json()["error"]["path"] == "volet"


def test_a_refusal_names_the_field(client: Client) -> None:
    error = post(client, b'{"volet": 1, "quote": {"lines": [{"item": "travel", "amount": -1}]}}').json()[
        "error"
    ]

    assert error["path"] == "quote.lines[0].amount"
    assert error["message"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"volet": 1, "couleur": "bleu"}', "couleur"),
        (b'{"volet": 1, "company": {"nom": "x"}}', "company.nom"),
    ],
)
def test_a_field_that_does_not_exist_is_refused_by_its_name(client: Client, body: bytes, path: str) -> None:
    answer = post(client, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["path"] == path
    assert "n’existe pas" in answer.json()["error"]["message"]


@pytest.mark.twin
def test_without_the_list_of_fields_a_wrong_name_is_passed_over(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Everything(frozenset[str]):
        def issuperset(self, _other: object) -> bool:
            return True

    monkeypatch.setattr(reading, "CASE_KEYS", Everything())
    assert post(client, b'{"volet": 1, "couleur": "bleu"}').status_code == 200


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_another_content_type_is_415(client: Client, content_type: str) -> None:
    response = post(client, b'{"volet": 1}', content_type)

    assert response.status_code == 415
    assert response.json()["error"]["path"] == ""


def test_a_body_over_the_limit_is_413(client: Client) -> None:
    most = 256 * 1024
    assert post(client, b'{"volet": 1' + b" " * (most - 12) + b"}").status_code == 200
    assert post(client, b'{"volet": 1' + b" " * (most - 11) + b"}").status_code == 413


def test_too_many_requests_are_429(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PublicThrottle, "rate", "2/min")
    assert [post(client, b'{"volet": 1}').status_code for _ in range(3)] == [200, 200, 429]

    response = post(client, b'{"volet": 1}')

    assert response["Retry-After"]
    assert response.json()["error"]["message"].startswith("Trop de demandes")


def test_another_method_is_405_in_json(client: Client) -> None:
    response = client.get(reverse("api_simulations"))

    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert response.json()["error"]["path"] == ""


def test_no_csrf_token_is_asked_and_no_cookie_is_set() -> None:
    response = post(Client(enforce_csrf_checks=True), b'{"volet": 1}', headers={"accept": "text/html"})

    assert response.status_code == 200
    assert not response.cookies


def test_editions_are_listed_and_read(client: Client) -> None:
    listed = client.get(reverse("api_editions")).json()["editions"]
    assert [edition["code"] for edition in listed] == ["2023", "2024"]

    for code in ("2023", "2024"):
        edition = client.get(reverse("api_edition", args=[code])).json()
        assert edition["digest"] == catalogue.get_edition(code).digest
    items = {item["code"]: item for item in edition["items"]}
    assert items["qms_support"]["ceilings"]["dm.IIa"] == "40000.00"
    assert items["code_audit"]["indicative"]["medium"]["price"] == "10000.00"
    assert client.get(reverse("api_edition", args=["1999"])).status_code == 404


def test_the_schema_is_the_one_reviewed(client: Client) -> None:
    """A change of the API shows in the diff: write the new schema with `manage.py spectacular --file`."""
    assert client.get(reverse("api_schema"), {"format": "yaml"}).content.decode() == SNAPSHOT.read_text(
        "utf-8"
    )


def test_the_schema_describes_every_answer(client: Client) -> None:
    schema = client.get(reverse("api_schema"), {"format": "json"}).json()

    simulate = schema["paths"]["/api/v1/simulations/"]["post"]
    assert set(simulate["responses"]) == {"200", "400", "413", "415", "429"}
    assert {"Case", "Evaluation", "Edition", "Error"} <= set(schema["components"]["schemas"])
    # Nothing but the public endpoints is described to the public.
    assert all(path.startswith("/api/v1/") for path in schema["paths"])


def test_the_described_evaluation_has_the_keys_of_a_real_one(client: Client) -> None:
    schemas = client.get(reverse("api_schema"), {"format": "json"}).json()["components"]["schemas"]
    evaluation = post(client, json.dumps(EXAMPLE.value).encode()).json()

    def same_keys(described: dict[str, Any], value: Any) -> None:
        if isinstance(value, dict):
            assert list(described["properties"]) == list(value)
            for key, inner in value.items():
                same_keys(described["properties"][key], inner)
        elif isinstance(value, list):
            for inner in value:
                same_keys(described["items"], inner)

    same_keys(schemas["Evaluation"], evaluation)
    spoilt = EXAMPLE.value | {"quote": EXAMPLE.value["quote"] | {"signed": True}}
    assert catalogue.changes_json(spoilt, today=today())
    same_keys(schemas["Changes"], {"changes": catalogue.changes_json(spoilt, today=today())})
    same_keys(schemas["Openings"], {"openings": catalogue.openings_json(spoilt, today=today())})
    edition = client.get(reverse("api_edition", args=["2024"])).json()
    assert list(schemas["Edition"]["properties"]) == list(edition)


def test_the_viewer_is_served_from_here(client: Client) -> None:
    page = client.get(reverse("api_docs")).content.decode()

    assert "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in page
    assert "https://" not in page
