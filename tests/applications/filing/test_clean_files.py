"""Only a file found clean is filed: one still analysed, or refused, is missing."""

import pytest

from applications.models import DossierDocument
from applications.services.evaluation import case_of
from portal import clock
from tests.applications import factories as f

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("state", "counts"), [("clean", True), ("pending", False), ("refused", False)])
def test_only_a_clean_file_counts_as_filed(state: str, counts: bool) -> None:
    dossier = f.DossierFactory()
    piece = dossier.documents.get(kind=DossierDocument.Kind.REGULARITY)
    piece.document.state = state
    piece.document.save()
    kinds = [entry["kind"] for entry in case_of(dossier, on=clock.today())["documents"]]
    assert (DossierDocument.Kind.REGULARITY in kinds) is counts
