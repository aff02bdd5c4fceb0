"""Edition files are closed, strict and complete; what each one says where the rulebooks differ."""

import re
import shutil
from pathlib import Path

import pytest

from tariffs import catalogue
from tariffs.engine.editions import EditionError
from tariffs.engine.loading import load_edition, load_published
from tariffs.engine.rules import REGISTRY


def text_of(code: str) -> str:
    """The file of an edition."""
    return (catalogue.DIRECTORY / f"{code}.toml").read_text("utf-8")


def loaded(tmp_path: Path, text: str) -> object:
    """Load an edition from that text."""
    path = tmp_path / "draft.toml"
    path.write_text(text, "utf-8")
    return load_edition(path)


def test_a_published_file_that_changed_is_refused(tmp_path: Path) -> None:
    shutil.copytree(catalogue.DIRECTORY, tmp_path / "editions")
    assert [edition.code for edition in load_published(tmp_path / "editions")] == ["2023", "2024"]
    path = tmp_path / "editions" / "2024.toml"
    path.write_text(path.read_text("utf-8").replace('"40000.00"', '"45000.00"'), "utf-8")
    with pytest.raises(EditionError, match=r"2024\.toml\s: publiée avec l’empreinte SHA-256"):
        load_published(tmp_path / "editions")
    path.unlink()
    with pytest.raises(EditionError, match=r"2024\.toml\s: nommée dans published\.lock, introuvable"):
        load_published(tmp_path / "editions")


@pytest.mark.parametrize("lock", ["", "abc  2024.toml\n", "\n"])
def test_a_lock_that_can_not_be_read_is_refused(tmp_path: Path, lock: str) -> None:
    (tmp_path / "published.lock").write_text(lock)
    with pytest.raises(EditionError, match=r"published\.lock"):
        load_published(tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            'rate = "0.50"',
            'rate = "0.50"\nceiling = 3',
            r"draft\.toml\s: \[funding\] ceiling\s: cette clé n’existe pas",
        ),
        ('rate = "0.50"\n', "", r"draft\.toml\s: \[funding\] rate\s: cette clé manque"),
        ('rate = "0.50"', "rate = 0.5", r"\[funding\] rate\s: un chiffre entre guillemets"),
        ('rate = "0.50"', 'rate = "NaN"', r"\[funding\] rate\s: un chiffre"),
        ("report_days = 10", "report_days = -1", r"\[term\] report_days\s: un nombre entier d’au moins 0"),
        ("offered = true", 'offered = "yes"', r"\[volets 1\] offered\s: true ou false est attendu"),
        (
            'code = "2024"',
            "code = 2024",
            r"draft\.toml\s: \[\] code\s: un texte entre guillemets est attendu, 2024",
        ),
        (
            "in_force_from = 2024-10-01",
            'in_force_from = "2024"',
            r"in_force_from\s: une date sans guillemets",
        ),
        (
            '"contract_signed"',
            '"signed"',
            r"\[term\] starts_on_event\s: l’un des mots contract_signed, validated",
        ),
        (
            "{ min_age_years = 3 }",
            "{ min_age_years = 3, more = 1 }",
            r"\[rules company.not_in_difficulty.params\] more",
        ),
        (
            "{ min_age_years = 3 }",
            "{}",
            r"\[rules company.not_in_difficulty.params\] min_age_years\s: cette clé manque",
        ),
        (
            'over = "warning"',
            'over = "ignore"',
            r"\[rules quote.within_ceilings.params\] over\s: l’un des mots pass, review",
        ),
        (
            'name = "quote.benchmark"',
            'name = "quote.price"',
            r"name\s: la règle «\squote\.price\s» est inconnue du programme",
        ),
        (
            "{startup_years}",
            "{startup_days}",
            r"\[rules company.category\] expected\s: nomme entre accolades un chiffre",
        ),
        ('"dm.IIa" = "40000.00"', '"dm.IV" = "40000.00"', r"ceilings\] dm.IV\s: cette clé n’existe pas"),
        ("volet = 1", "volet = 7", r"qms_support est du volet 7"),
        ('code = "qms_training"', 'code = "qms_support"', r"le même nom est donné deux fois"),
        ("volets = [4, 5]", "volets = [3, 4, 5]", r"le volet 3 a deux durées"),
        ("[funding]", "funding = 3\n[other]", r"une table est attendue, 3 est écrit"),
        ("extension_months = 0", "extension_months = 0 0", r"ce n’est plus du TOML, ligne 8, colonne \d+"),
    ],
)
def test_an_error_names_file_table_and_key(tmp_path: Path, before: str, after: str, message: str) -> None:
    text = text_of("2024")
    assert before in text
    with pytest.raises(EditionError, match=message):
        loaded(tmp_path, text.replace(before, after, 1))


def test_rules_out_of_order_are_refused(tmp_path: Path) -> None:
    head, *rules = text_of("2024").split("[[rules]]")
    with pytest.raises(EditionError, match="dans cet ordre"):
        loaded(tmp_path, "[[rules]]".join([head, rules[1], rules[0], *rules[2:]]))


def test_rules_of_each_edition_in_the_order_of_the_findings() -> None:
    only_2024 = {
        "company.registered_in_france",
        "company.legal_form",
        "company.not_in_difficulty",
        "company.tax_and_social",
        "company.autonomy",
        "device.solution_scope",
        "volet.device_class",
        "volet.digital_target",
        "expert.passi",
        "expert.passi_scope",
        "quote.unsigned",
        "quote.benchmark",
        "documents.quote",
        "documents.regularity_certificate",
        "documents.tax_return",
    }
    only_2023 = {
        "volet.exists",
        "volet.digital_or_connected",
        "volet.business_model",
        "volet.medical_committee",
    }
    for code, absent in (("2024", only_2023), ("2023", only_2024)):
        names = [rule.name for rule in catalogue.get_edition(code).rules]
        assert names == [name for name in REGISTRY if name not in absent]


def test_every_rule_says_where_it_comes_from_and_what_is_expected() -> None:
    for edition in catalogue.editions():
        for rule in edition.rules:
            assert re.match(rf"édition {edition.code}, (§\d|p\. 1)", rule.source), rule.name
            assert rule.title
            assert "{" not in rule.expected + (rule.decision or "")


def test_what_the_rest_of_the_portal_reads() -> None:
    old, new = catalogue.editions()
    assert [edition.in_force_from.isoformat() for edition in (old, new)] == ["2023-01-01", "2024-10-01"]
    assert [each.code for each in new.report_recipients] == ["economie", "sante"]
    assert [each.code for each in old.report_recipients] == [
        "economie",
        "sante",
        "enseignement_superieur",
        "sgpi",
    ]
    assert (old.extension_months, new.extension_months) == (0, 0)
    assert {old.state_aid.regime, new.state_aid.regime} == {"SA.58995"}
    overridable = [
        (edition.code, rule.name) for edition in (old, new) for rule in edition.rules if rule.overridable
    ]
    assert overridable == [("2023", "quote.within_ceilings")]
    assert list(catalogue.volets(old)) == [1, 2, 3]
    assert list(catalogue.volets(new)) == [1, 2, 3, 4, 5]
    assert catalogue.items(old, 5) == {}
    assert list(catalogue.items(new, 4)) == ["interoperability_strategy", "cybersecurity_strategy"]
    assert list(catalogue.uncovered_items(old)) == list(catalogue.uncovered_items(new))
    assert new.item_label("travel") == "Frais de déplacement"
    prices = {
        code: [str(price.price) for price in item.indicative.values()]
        for code, item in new.items.items()
        if item.indicative
    }
    assert prices == {
        "configuration_audit": ["5000.00", "9000.00", "15000.00"],
        "code_audit": ["5000.00", "10000.00", "17500.00"],
        "penetration_test": ["5000.00", "11000.00", "17500.00"],
    }
    assert not any(item.indicative for item in old.items.values())


def test_every_fault_is_told_at_once_each_once(tmp_path: Path) -> None:
    text = text_of("2024")
    for before, after in (
        ('rate = "0.50"', "rate = 0.5"),
        ("report_days = 10", "report_dayz = 10"),
        ('name = "quote.benchmark"', 'name = "quote.price"'),
        ("[state_aid]", "[state_ade]"),
        ("params = { min_age_years = 3 }", "params = { min_age = 3 }"),
    ):
        assert before in text
        text = text.replace(before, after, 1)
    with pytest.raises(EditionError) as refusal:
        loaded(tmp_path, text)
    assert [(fault.table, fault.key) for fault in refusal.value.faults] == [
        ("rules company.not_in_difficulty.params", "min_age_years"),
        ("rules company.not_in_difficulty.params", "min_age"),
        ("rules 23", "name"),
        ("funding", "rate"),
        ("", "state_aid"),
        ("term", "report_days"),
        ("term", "report_dayz"),
        ("", "state_ade"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('code = "2024"', 'code = "la suivante"', r"code\s: un chiffre d’abord"),
        ('rate = "0.50"', 'rate = "1.50"', r"\[funding\] rate\s: un taux"),
        ("volets = [4, 5]\nsoftware_only", "volets = [4]\nsoftware_only", r"le volet 5 n’a pas de durée"),
        ('code = "dm.I"\n', 'code = "dm.III"\n', r"le même produit est donné deux fois"),
        ("params = { volets = [3], accepted", "params = { volets = [6], accepted", r"volets\s: 6\s: ce nom"),
        ('params = { item = "qms_training" }', 'params = { item = "qms" }', r"item\s: qms\s: ce nom"),
        ('audiences = ["users", "both"]', 'audiences = ["user", "both"]', r"audiences\s: user\s: ce nom"),
        ("offered = true", "offered = false", r"volet\.exists\s: cette règle est nécessaire"),
        ('rate = "0.50"', 'rate = "9e999999999"', r"\[funding\] rate\s: un chiffre"),
        ("report_days = 10", "report_days = 0xffffffffff", r"un nombre trop grand"),
        ("{startup_years}", "{startup_years:>99999999}", r"nomme entre accolades un chiffre"),
        ("{startup_years}", "{startup_years", r"une accolade est seule"),
    ],
)
def test_what_does_not_hold_together_is_refused(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    text = text_of("2024")
    assert before in text
    with pytest.raises(EditionError, match=message):
        loaded(tmp_path, text.replace(before, after, 1))
