"""The public pages: complete without JavaScript, kind to bad input, and without a single query."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from portal.clock import today
from tariffs import catalogue
from tariffs.ratetables import differences, for_device, volet_tables
from tariffs.views import simulation_pdf

GOOD = {
    "volet": "1",
    "device": "dm.IIa",
    "legal_form": "5710",
    "registered_in": "FR",
    "created_on": "2022-03-01",
    "headcount": "12",
    "turnover": "850 000",
    "in_difficulty": "non",
    "tax_and_social_up_to_date": "oui",
    "holders": "none",
    "expert": "accredited",
    "amount_qms_support": "50 000",
    "amount_travel": "300,50",
    "quote_signed": "non",
}
PAGES = [
    "/",
    "/simulateur/",
    f"/simulateur/?{urlencode(GOOD)}",
    "/bareme/",
    "/bareme/2023/",
    "/bareme/2024/?produit=dm.IIa",
    "/bareme/comparer/",
    "/api/docs/",
]


def page_of(client: Client, address: str, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return unescape(response.content.decode())


def simulate(client: Client, answers: dict[str, Any], **headers: str) -> str:
    return page_of(client, f"{reverse('simulator')}?{urlencode(answers, doseq=True)}", **headers)


# Without `django_db`, any query fails the test: no session is read, nothing is counted, nothing is kept.
@pytest.mark.parametrize("address", PAGES)
def test_public_pages_need_no_database_and_set_no_cookie(client: Client, address: str) -> None:
    response = client.get(address)

    assert response.status_code == 200
    assert "sessionid" not in response.cookies
    assert "<script>" not in response.content.decode()
    assert " style=" not in response.content.decode()


def test_the_home_page_says_what_for_whom_and_in_how_long(client: Client) -> None:
    page = page_of(client, "/")

    assert "Vérifier mon éligibilité" in page
    assert "6 à 18 mois" in page
    assert "n’est pas un site officiel" in page
    for volet in catalogue.get_edition("2024").volets.values():
        assert volet.label in page


def test_a_first_visit_says_what_the_answer_will_be_without_scolding(client: Client) -> None:
    page = page_of(client, reverse("simulator"))

    assert "Votre réponse s’affiche ici" in page
    assert "dm-error-summary" not in page
    assert 'name="amount_penetration_test"' in page  # every volet's lines can be opened without JavaScript


def test_the_answer_is_complete_without_javascript(client: Client) -> None:
    page = simulate(client, GOOD)

    assert "20\u202f000,00\u00a0€" in page  # half of the ceiling, not of the line
    assert "10\u202f000,00\u00a0€ au-delà du plafond" in page
    assert "dm-bar-over" in page
    assert "Attestations de régularité" in page
    assert "18 mois" in page
    evaluation = catalogue.get_edition("2024")
    for rule in evaluation.rules:
        assert f'data-rule="{rule.name}"' in page
    assert "Lecture retenue" in page
    assert "Ce qui changerait la réponse" in page


def test_the_filing_and_sharing_links_carry_the_simulation(client: Client) -> None:
    page = simulate(client, GOOD)
    shared = re.search(r'id="share-url"[^>]* value="([^"]+)"', page)
    assert shared
    assert re.search(rf'href="{reverse("dossier_start")}\?volet=1&[^"]*amount_qms_support=50\+000', page)

    assert simulate(client, GOOD).count("data-rule") == page_of(client, shared[1]).count("data-rule")


def test_the_answer_says_what_would_change_it_and_the_finding_too(client: Client) -> None:
    page = simulate(client, GOOD | {"headcount": "260", "balance_sheet": "0"})

    assert page.count("La règle passerait si l’effectif était de 249 personnes au plus (260 → 249).") == 2
    assert "C’est un fait\u00a0: ne le modifiez que s’il a été mal indiqué." in page
    assert "<dt>Règle</dt><dd>Startup ou PME</dd>" in page


def test_an_item_left_out_is_left_out_for_good(client: Client) -> None:
    assert "Un volet ne sert qu’une fois." in simulate(client, GOOD)
    assert "Formation d’un membre de l’équipe qualité (plafond 8\u202f000,00\u00a0€)" in simulate(
        client, GOOD
    )
    assert "Un volet ne sert qu’une fois." not in simulate(client, GOOD | {"amount_qms_training": "1"})


def test_documents_have_their_reason_and_the_cash_its_estimate(client: Client) -> None:
    page = simulate(client, GOOD | {"created_on": "2022-03-01"})

    assert "car l’entreprise, créée le 01/03/2022, a plus de 1 an." in page
    # 50 300,50 less 20 000, and 20 % of it.
    assert "36\u202f360,60\u00a0€" in page
    assert "TVA estimée à 20\u00a0%" in page


def test_without_a_volet_the_five_are_shown_with_what_they_are_worth(client: Client) -> None:
    page = simulate(client, {"device": "dm.I", "created_on": "2022-03-01"})

    assert "Les cinq volets pour vous" in page
    assert page.count("Fermé</span>") == 3
    assert "27\u202f500,00\u00a0€" in page
    assert "/simulateur/?volet=5&device=dm.I&created_on=2022-03-01&etape=3" in page
    assert "Le volet 1 n’est pas ouvert à ce produit." in page
    assert "Reste à dire de l’entreprise\u00a0: Startup ou PME" in page
    assert "Pour tous les volets\u00a0: L’entreprise dépasse" in simulate(
        client, {"volet": "1", "headcount": "250"}
    )


def test_the_pdf_is_made_once_and_kept(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(simulation_pdf, "pdf_of", lambda html: made.append(html) or b"%PDF-")
    simulation_pdf.KEPT.clear()
    for _ in range(3):
        response = client.get(reverse("simulation_pdf"), GOOD)
        assert response.content == b"%PDF-"
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"].startswith("attachment")

    assert len(made) == 1
    assert "20\u202f000,00" in made[0]
    assert "http" not in re.sub(r"<meta[^>]+>", "", made[0])


def test_many_pdfs_are_refused_kindly(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation_pdf, "pdf_of", lambda html: b"%PDF-")
    simulation_pdf.KEPT.clear()
    simulation_pdf.PdfThrottle.cache.clear()
    statuses = [
        client.get(reverse("simulation_pdf"), GOOD | {"headcount": str(count)}).status_code
        for count in range(11)
    ]
    simulation_pdf.PdfThrottle.cache.clear()

    assert statuses == [200] * 10 + [429]


def test_a_pdf_that_would_wait_is_refused_kindly(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation_pdf, "PATIENCE_SECONDS", 0.01)
    simulation_pdf.KEPT.clear()
    with simulation_pdf.ONE_AT_A_TIME:
        response = client.get(reverse("simulation_pdf"), GOOD)

    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert "Votre simulation est intacte" in unescape(response.content.decode())


def test_a_real_pdf_fetches_nothing(client: Client) -> None:
    simulation_pdf.KEPT.clear()

    assert client.get(reverse("simulation_pdf"), GOOD).content.startswith(b"%PDF-1.7")


@pytest.mark.parametrize("query", ["", "volet=1&headcount=douze", "device=dm.I", "volet=9"])
def test_a_simulation_without_an_answer_has_no_pdf(client: Client, query: str) -> None:
    response = client.get(f"{reverse('simulation_pdf')}?{query}")

    assert response.status_code == 302
    assert response.url.startswith("/simulateur/")


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("headcount", "douze", "Écrivez un nombre en chiffres"),
        ("amount_qms_support", "12,555", "arrondissez"),
        ("created_on", "31/02/2024", "Cette date n’existe pas"),
        ("created_on", "2999-01-01", "postérieure"),
        ("on", "1999-01-01", "Aucune édition n’est en vigueur"),
        ("turnover", "<script>alert(1)</script>", "Écrivez un nombre"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_kept(
    client: Client, name: str, typed: str, sentence: str
) -> None:
    response = client.get(reverse("simulator"), GOOD | {name: typed})
    raw = response.content.decode()

    assert response.status_code == 200
    beside = re.search(rf'id="f_{name}_error">([^<]+)', raw)
    assert beside
    assert sentence in unescape(beside[1])
    assert "<script>alert" not in raw
    kept = re.search(rf'name="{name}" value="([^"]*)"', raw)
    assert kept
    assert unescape(kept[1]) == typed
    assert 'value="850 000"' in raw or name == "turnover"
    assert "Réponse en attente" in raw


@pytest.mark.parametrize(
    "query",
    [
        "volet=9&volet=1",
        "volet=" + "1" * 5000,
        "edition=%00&device=%ff%fe&targets=%F0%9F%92%A9",
        "volet=1&amount_travel=" + "9" * 400,
        "volet=5&expert=x&passi_from=99999-01-01",
        "holder1_share=-1&holder9_share=4",
        "volet=1&on=0001-01-01&created_on=9999-12-31",
        "%",
        "&&&=",
    ],
)
def test_no_address_breaks_the_page(client: Client, query: str) -> None:
    for headers in (
        {},
        {"HX-Request": "true", "HX-Target": "answer"},
        {"HX-Request": "true", "HX-Target": "simulator"},
    ):
        assert client.get(f"{reverse('simulator')}?{query}", headers=headers).status_code == 200


def test_htmx_gets_the_answer_alone_and_its_address(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "answer"}
    response = client.get(reverse("simulator"), GOOD | {"headcount": "douze"}, headers=headers)
    page = response.content.decode()

    assert "<html" not in page
    assert "<form" not in page
    assert 'data-dm-for="f_headcount_error"' in page
    assert 'id="answer-status" hx-swap-oob' in page
    assert response["HX-Replace-Url"].startswith("/simulateur/?volet=1&device=dm.IIa")
    assert "HX-Target" in response["Vary"]


def test_htmx_gets_the_form_anew_when_its_structure_changes(client: Client) -> None:
    page = simulate(client, GOOD, **{"HX-Request": "true", "HX-Target": "simulator"})

    assert "<html" not in page
    assert page.strip().startswith('<div id="simulator"')


def test_the_browser_s_history_gets_whole_pages(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "answer", "HX-History-Restore-Request": "true"}
    assert "<html" in simulate(client, GOOD, **headers)


@pytest.mark.parametrize(
    ("answers", "asked", "not_asked"),
    [
        ({"volet": "3"}, ["ce_marking"], ["targets", "medical_committee", "business_model_defined"]),
        (
            {"volet": "3", "edition": "2023"},
            ["medical_committee", "business_model_defined"],
            ["legal_form", "holders"],
        ),
        (
            {"volet": "5", "device": "digital_solution"},
            ["audience", "targets"],
            ["digital_functions", "ce_marking"],
        ),
        ({"volet": "5", "expert": "none"}, ["passi_from"], ["training_not_cumulated"]),
        (
            {"volet": "1", "expert": "none"},
            ["training_not_cumulated"],
            ["passi_from", "amount_penetration_test"],
        ),
        (
            {"volet": "2", "edition": "2023", "device": "dm.IIa"},
            ["hardware", "digital_functions"],
            ["audience"],
        ),
        ({"volet": "1", "holders": "some"}, ["holder1_share"], []),
        ({"volet": "1", "holders": "none"}, [], ["holder1_share"]),
        ({"volet": "1", "ce_marking": "wrong"}, ["ce_marking"], []),
        ({"volet": "1", "amount_code_audit": "5"}, ["amount_code_audit"], ["amount_penetration_test"]),
    ],
)
def test_only_the_questions_that_matter_are_asked(
    client: Client, answers: dict[str, str], asked: list[str], not_asked: list[str]
) -> None:
    page = simulate(client, answers)

    for name in asked:
        assert f'name="{name}"' in page
    for name in not_asked:
        assert f'name="{name}"' not in page


@pytest.mark.parametrize("volet", ["", "1", "2", "3", "4", "5"])
@pytest.mark.parametrize("edition", ["2023", "2024"])
@pytest.mark.parametrize("device", ["", "dm", "dm.I", "dmdiv.A", "digital_solution"])
def test_every_shape_of_the_form_is_drawn(client: Client, volet: str, edition: str, device: str) -> None:
    answers = {"volet": volet, "edition": edition, "device": device, "expert": "none", "holders": "some"}
    ids = re.findall(r' id="([^"]+)"', simulate(client, answers))

    assert len(ids) == len(set(ids))


def test_the_rates_show_each_ceiling_with_its_source(client: Client) -> None:
    page = page_of(client, "/bareme/2024/")

    for table in volet_tables(catalogue.get_edition("2024")):
        for row in table.rows:
            assert row.item.label in page
    assert "100\u202f000,00\u00a0€" in page
    assert "édition 2024, §2.1" in page
    assert "Lecture retenue" in page
    assert "5 à 10 configurations" in page


def test_the_rates_of_one_product(client: Client) -> None:
    page = page_of(client, "/bareme/2024/?produit=dm.I")

    assert "Volet 4" in page
    assert "15\u202f000,00\u00a0€" in page
    assert [volet.number for volet, _, _ in for_device(catalogue.get_edition("2024"), "dm.I")] == [4, 5]
    assert client.get("/bareme/2024/?produit=nothing").status_code == 200


def test_the_rates_without_a_code_are_those_in_force(client: Client) -> None:
    edition = catalogue.edition_at(today())
    assert edition
    assert f"Barème, {edition.label.lower()}" in page_of(client, "/bareme/")
    assert client.get("/bareme/1999/").status_code == 404


def test_two_editions_are_compared(client: Client) -> None:
    page = page_of(client, "/bareme/comparer/?de=2023&a=2024")
    themes = dict(differences(catalogue.get_edition("2023"), catalogue.get_edition("2024")))

    assert [change.label for change in themes["Volets proposés"]] == ["Volet 4", "Volet 5"]
    assert "Point de départ" in page
    assert "Aucune différence" in page_of(client, "/bareme/comparer/?de=2024&a=2024")
    assert client.get("/bareme/comparer/?de=x&a=").status_code == 200


@pytest.mark.parametrize("address", ["/", "/simulateur/", "/bareme/", "/bareme/comparer/", "/api/docs/"])
def test_pages_are_only_read(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
