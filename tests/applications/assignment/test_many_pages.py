"""Many dossiers at once on the pages: ticked in the list, asked for, confirmed by who prepared them, told after."""

import pytest
from django.urls import reverse

from applications.models import BulkAssignmentItem
from applications.services.assignment import many
from tests.applications import factories as f
from tests.applications.assignment.test_many import prepare
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.officer.conftest import signed_in
from tests.applications.officer.test_lists import filed

pytestmark = pytest.mark.django_db


# --- From the list ---------------------------------------------------------------------------------
def test_the_list_offers_its_ticks_and_the_whole_of_it_to_managers() -> None:
    one, _ = filed(2)
    filed(1, volet=2)
    manager = signed_in(f.ManagerFactory())
    page = manager.get(reverse("dossier_list"), {"vue": "all", "volet": "1"}).content.decode()
    assert f'form="affecter" name="dossier" value="{one.pk}"' in page
    assert "Affecter les 2 dossiers de cette liste" in page
    assert (
        "affecter"
        not in signed_in(f.OfficerFactory()).get(reverse("dossier_list"), {"vue": "all"}).content.decode()
    )
    ticked = manager.get(reverse("assign_many_new"), {"dossier": [one.pk, "x", "9" * 30]})
    assert ticked.context["count"] == 1
    whole = manager.get(reverse("assign_many_new"), {"tous": "1", "vue": "all", "volet": "1"})
    assert whole.context["count"] == 2
    assert manager.get(reverse("assign_many_new")).status_code == 302
    assert "Aucun dossier n’est coché" in manager.get(reverse("dossier_list")).content.decode()
    assert manager.get(reverse("assign_many_new"), {"de": "x"}).context["count"] == 0


def test_a_longer_list_is_to_be_filtered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "MOST", 2)
    filed(3)
    page = signed_in(f.ManagerFactory()).get(reverse("assign_many_new"), {"tous": "1", "vue": "all"})
    assert page.context["is_too_long"]
    assert "La liste est trop longue" in page.content.decode()


def test_the_form_asks_for_whom_and_why() -> None:
    (one,) = filed(1)
    client = signed_in(f.ManagerFactory())
    address = f"{reverse('assign_many_new')}?dossier={one.pk}"
    answer = client.post(address, {"to": "", "motive": "court"})
    assert answer.status_code == 422
    answer = client.post(address, {"to": "regles", "motive": "court"})
    assert "Le motif manque ou est trop court." in answer.content.decode()
    assert not BulkAssignmentItem.objects.exists()


def test_another_managers_assignment_is_read_and_not_confirmed() -> None:
    (one,) = filed(1)
    bulk = prepare(f.ManagerFactory(), [one], f.OfficerFactory())
    other = signed_in(f.ManagerFactory())
    page = other.get(reverse("assign_many", args=[bulk.pk]))
    assert page.status_code == 200
    assert "Affecter ce dossier" not in page.content.decode()
    for name in ("assign_many_confirm", "assign_many_cancel"):
        assert other.post(reverse(name, args=[bulk.pk])).status_code == 404


# --- What the pages say ----------------------------------------------------------------------------
def test_the_history_says_from_whom_to_whom() -> None:
    manager, other = f.ManagerFactory(full_name="Martine Lefort"), f.OfficerFactory(full_name="Karim Benali")
    journey = Journey().to("under_review")
    previous = str(journey.officer)
    journey.act("reassign", manager, officer=other, motive=MOTIVE)
    page = signed_in(manager).get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    line = f'<b>Réaffecté</b> <span class="dm-log-state">par Martine Lefort\u00a0: {previous} → Karim Benali'
    assert line in page.replace("&nbsp;", "\u00a0")


def test_after_it_is_given_up_no_row_says_that_it_may_be_given() -> None:
    manager, (one,) = f.ManagerFactory(), filed(1)
    bulk, client = prepare(manager, [one], f.OfficerFactory()), signed_in(manager)
    client.post(reverse("assign_many_cancel", args=[bulk.pk]))
    page = client.get(reverse("assign_many", args=[bulk.pk])).content.decode().replace("&nbsp;", "\u00a0")
    assert "Peut être affecté" not in page
    assert "Non affecté" in page
    assert ">0 affecté," in " ".join(page.split()).replace("> 0", ">0").replace(" ,", ",")
