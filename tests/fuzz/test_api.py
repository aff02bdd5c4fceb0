"""The API fed with cases of its own schema, right and wrong, by four roles: every answer is one that it documents."""

import json
import os
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.test import Client

from tariffs.api.base import PublicThrottle
from tests.applications import factories as f
from tests.promises import record_figure

pytestmark = pytest.mark.django_db
Json = dict[str, Any]
SCHEMA: Json = yaml.safe_load((Path(__file__).parents[1] / "tariffs_web" / "schema.yaml").read_text())
OPERATIONS = [(path, verb) for path, verbs in SCHEMA["paths"].items() for verb in verbs]
CASES = 200 if os.environ.get("DIAGDM_LONG") else 12
ROLES = ("anonymous", "company", "expert", "officer")
ODD: tuple[Any, ...] = (
    None, "", " ", "\x00", "é" * 3000, "\u202e", -1, 0, 10**30, 1e300, 0.1, True, [], {}, [[]], {"a": None},
    "9999-12-31", "0001-01-01", "2026-02-30", "NaN", "1e9", "12,5", "١٢",
)  # fmt: skip


def as_json_schema(found: Any) -> Any:
    """Return a schema of OpenAPI 3.0 as JSON Schema has it: `nullable` is one more type."""
    if isinstance(found, list):
        return [as_json_schema(one) for one in found]
    if not isinstance(found, dict):
        return found
    plain = {key: as_json_schema(value) for key, value in found.items() if key != "nullable"}
    if found.get("nullable") is True:
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


COMPONENTS = as_json_schema(SCHEMA["components"])


class Maker:
    """Makes values of a schema, and now and then one that is not."""

    def __init__(self, dice: random.Random, oddness: float) -> None:
        self.dice, self.oddness = dice, oddness

    def make(self, schema: Json) -> Any:
        """Return one value."""
        if self.dice.random() < self.oddness:
            return self.dice.choice(ODD)
        if "$ref" in schema:
            return self.make(SCHEMA["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        if schema.get("nullable") and self.dice.random() < 0.1:
            return None
        for among in ("oneOf", "anyOf", "allOf"):
            if among in schema:
                return self.make(self.dice.choice(schema[among]))
        if "enum" in schema:
            return self.dice.choice(schema["enum"])
        return getattr(self, f"_{schema.get('type', 'object')}")(schema)

    def _object(self, schema: Json) -> Json:
        known = schema.get("properties", {})
        required = schema.get("required", ())
        made = {
            name: self.make(one)
            for name, one in known.items()
            if name in required or self.dice.random() < 0.6
        }
        if self.dice.random() < self.oddness:
            made[self.dice.choice(["inconnu", "\x00", "__proto__"])] = 1
        return made

    def _array(self, schema: Json) -> list[Any]:
        return [self.make(schema["items"]) for _ in range(self.dice.randint(schema.get("minItems", 0), 3))]

    def _string(self, schema: Json) -> str:
        if schema.get("format") == "date":
            return (
                f"20{self.dice.randint(10, 30)}-{self.dice.randint(1, 12):02}-{self.dice.randint(1, 28):02}"
            )
        if "[0-9]{4}" in schema.get("pattern", ""):
            return str(self.dice.randint(1000, 9999))
        return self.dice.choice(["texte", "FR", "12000.00", "75"])

    def _integer(self, schema: Json) -> int:
        return self.dice.randint(schema.get("minimum", 0), schema.get("maximum", 1000))

    def _number(self, schema: Json) -> float:
        return round(self.dice.uniform(schema.get("minimum", 0), schema.get("maximum", 100_000)), 2)

    def _boolean(self, _schema: Json) -> bool:
        return self.dice.random() < 0.5


@pytest.fixture(params=ROLES)
def visitor(request: pytest.FixtureRequest) -> Client:
    """Return the browser of somebody of a role."""
    made = Client(raise_request_exception=False)
    people = {"officer": f.OfficerFactory, "company": f.CompanyFactory, "expert": f.ExpertFirmFactory}
    if request.param in people:
        one = people[request.param]()
        made.force_login(one if request.param == "officer" else f.owner_of(one))
    return made


def faults_of(answer: Any, operation: Json) -> str:
    """Return what an answer has that the schema does not document, "" where nothing."""
    told = operation["responses"].get(str(answer.status_code))
    if told is None:
        return f"the status {answer.status_code} is not documented"
    schema = next(iter(told.get("content", {}).values()), {}).get("schema")
    if schema is None:
        return ""
    whole = {**as_json_schema(schema), "components": COMPONENTS}
    wrong = next(iter(jsonschema.Draft202012Validator(whole).iter_errors(answer.json())), None)
    return f"{answer.status_code}: {wrong.json_path} {wrong.message[:200]}" if wrong else ""


@pytest.mark.parametrize(("path", "verb"), OPERATIONS)
def test_every_answer_is_documented(visitor: Client, path: str, verb: str) -> None:
    operation = SCHEMA["paths"][path][verb]
    faults, statuses = [], set()
    for number in range(CASES):
        PublicThrottle.cache.clear()
        dice = random.Random(f"{path} {verb} {number}")
        maker = Maker(dice, oddness=0.0 if number % 3 == 0 else 0.06)
        address = path.replace("{code}", dice.choice(["2024", "2023", "inconnue", "%00", "2" * 300]))
        sent: Json = {}
        if "requestBody" in operation:
            case = maker.make(operation["requestBody"]["content"]["application/json"]["schema"])
            sent = {"data": json.dumps(case), "content_type": "application/json"}
        answer = getattr(visitor, verb)(address, **sent)
        statuses.add(answer.status_code)
        fault = faults_of(answer, operation)
        if fault:
            faults.append(f"{address} {sent.get('data', '')[:300]}: {fault}")
    record_figure("API cases", CASES)
    assert not faults, "\n".join(faults[:5])
    assert 200 in statuses or "requestBody" in operation


@pytest.mark.twin
def test_an_undocumented_answer_is_found() -> None:
    class Answer:
        status_code = 200

        @staticmethod
        def json() -> Json:
            return {"editions": "nothing of the kind"}

    operation = SCHEMA["paths"]["/api/v1/editions/"]["get"]
    assert "editions" in faults_of(Answer, operation)
    Answer.status_code = 500
    assert "not documented" in faults_of(Answer, operation)
