"""Files in a bucket: the same promises as in a folder, and a sentence when the service is down."""

import io
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError, IncompleteReadError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from moto import mock_aws

from portal.documents import services, storage
from portal.documents.bucket import PrivateBucket
from portal.documents.checks import FileRefused
from portal.documents.faults import FileUnavailable
from portal.documents.folder import PrivateFolder
from portal.documents.models import Document
from portal.notifications import outbox
from tests.portal.documents.makers import SOUND
from tests.portal.documents.test_download import address

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
OPTIONS = {
    "bucket_name": "portail",
    "region_name": "eu-west-3",
    "access_key": "essai",
    "secret_key": "essai",
    "default_acl": "private",
}


def use(settings, **options):
    """Keep files in a bucket."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "portal.documents.bucket.PrivateBucket", "OPTIONS": {**OPTIONS, **options}},
    }


@pytest.fixture(autouse=True)
def policy(settings, private_storage):
    settings.DOCUMENT_POLICY = "tests.portal.documents.test_download.own_only"
    settings.DOCUMENTS_TO_ENCRYPT = f"{__name__}.reports"


def reports():
    """Return what must be encrypted here."""
    return Document.objects.filter(kind="report")


@pytest.fixture
def bucket(settings):
    """Give an empty bucket in which files are kept."""
    with mock_aws():
        client = boto3.client("s3", region_name="eu-west-3")
        client.create_bucket(Bucket="portail", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        use(settings)
        yield client


@pytest.fixture
def down(settings):
    """Have the service refuse every connection."""
    use(settings, endpoint_url="http://127.0.0.1:1")


def kept(client):
    return sorted(one["Key"] for one in client.list_objects_v2(Bucket="portail").get("Contents", ()))


def store(user, content=SOUND["pdf"], **more):
    file = SimpleUploadedFile("Devis.pdf", content)
    return services.store(file=file, kind="quote", uploaded_by=user, now=NOW, **more)


@pytest.mark.django_db
@pytest.mark.parametrize("encrypt", [False, True])
def test_a_file_comes_back_byte_for_byte_and_nobody_else_may_read_it(ada, bucket, client, encrypt):
    document = store(ada, encrypt=encrypt)
    assert kept(bucket) == [document.file.name]
    raw = bucket.get_object(Bucket="portail", Key=document.file.name)["Body"].read()
    assert (raw == SOUND["pdf"]) is not encrypt
    grants = bucket.get_object_acl(Bucket="portail", Key=document.file.name)["Grants"]
    assert [grant["Grantee"]["Type"] for grant in grants] == ["CanonicalUser"]
    client.force_login(ada)
    answer = client.get(address(document))
    assert b"".join(answer.streaming_content) == SOUND["pdf"]
    assert answer["Content-Length"] == str(len(SOUND["pdf"]))


@pytest.mark.django_db
def test_a_kept_file_has_no_address(ada, bucket, private_storage, settings):
    document = store(ada)
    with pytest.raises(ValueError, match="no address"):
        _ = document.file.url
    with pytest.raises(ValueError, match="no address"):
        PrivateFolder(location=str(private_storage)).url(document.file.name)


@pytest.mark.django_db
def test_pages_are_drawn_and_shown(ada, bucket, client):
    document = store(ada, examine=True, encrypt=True)
    assert outbox.drain(NOW) == 1
    client.force_login(ada)
    page = client.get(reverse("document_page", args=[document.pk, 1]))
    assert page.content.startswith(b"\x89PNG")
    assert len(kept(bucket)) == 2


@pytest.mark.django_db
def test_a_large_file_goes_by_pieces_and_is_read_as_it_comes(ada, bucket):
    content = bytes(range(256)) * 50_000
    document = services.store_made(
        file=io.BytesIO(content), name="a.zip", kind="export", uploaded_by=ada, now=NOW, encrypt=True
    )
    with document.file.open("rb") as file:
        assert file.read(5) == content[:5]
        assert file.read() == content[5:]
    with document.file.open("rb") as file, storage.gone_through(file) as whole:
        assert whole.seek(0, io.SEEK_END) == len(content)


@pytest.mark.django_db(transaction=True)
def test_the_sweep_removes_old_orphans_only_and_a_discarded_file_goes(ada, bucket):
    document = store(ada)
    with transaction.atomic():
        orphan = store(ada)
        transaction.set_rollback(True)
    now = datetime.now(tz=UTC)
    assert services.sweep_orphans(now=now) == 0
    assert services.sweep_orphans(now=now + timedelta(hours=25)) == 1
    assert kept(bucket) == [document.file.name]
    assert not default_storage.exists(orphan.file.name)
    services.discard(document=document)
    assert kept(bucket) == []
    default_storage.delete(document.file.name)


@pytest.mark.django_db(transaction=True)
def test_keys_rotate_there_too(ada, bucket, settings):
    from portal.documents import rotation
    from tests.portal.documents.test_encryption import NEW, OLD

    settings.FILE_KEYS = [OLD]
    document = store(ada, encrypt=True)
    settings.FILE_KEYS = [NEW, OLD]
    assert rotation.rotate().done == 1
    settings.FILE_KEYS = [NEW]
    with Document.objects.get().file.open("rb") as file:
        assert file.read() == SOUND["pdf"]
    assert len(kept(bucket)) == 1
    assert kept(bucket) != [document.file.name]


@pytest.mark.django_db
def test_a_prefix_sets_the_portals_files_apart(ada, bucket, settings):
    bucket.put_object(Bucket="portail", Key="autre/aa/bb", Body=b"x")
    use(settings, location="portail")
    document = store(ada)
    assert f"portail/{document.file.name}" in kept(bucket)
    assert services.sweep_orphans(now=datetime.now(tz=UTC) + timedelta(days=3)) == 0
    assert "autre/aa/bb" in kept(bucket)


@pytest.mark.django_db
def test_a_file_that_is_not_there_is_a_404(ada, bucket, client):
    document = store(ada)
    bucket.delete_object(Bucket="portail", Key=document.file.name)
    client.force_login(ada)
    assert client.get(address(document)).status_code == 404


def test_checksums_are_sent_only_where_they_are_required(bucket):
    config = default_storage.client_config
    assert config.request_checksum_calculation == "when_required"
    assert config.response_checksum_validation == "when_required"
    assert (config.connect_timeout, config.read_timeout) == (3, 15)


# --- The service is down -------------------------------------------------------------------------
@pytest.mark.django_db
def test_when_the_service_is_down_a_deposit_keeps_nothing_and_says_so(ada, down, within_seconds):
    with within_seconds(8), pytest.raises(FileRefused, match="rien n’a été gardé"):
        store(ada)
    assert not Document.objects.exists()


@pytest.mark.django_db
def test_when_the_service_is_down_a_reader_gets_a_sentence(ada, bucket, settings, client):
    document = store(ada)
    use(settings, endpoint_url="http://127.0.0.1:1")
    client.force_login(ada)
    answer = client.get(address(document))
    assert answer.status_code == 503
    assert "rien n’est perdu" in answer.content.decode()


@pytest.mark.django_db
def test_a_bucket_that_refuses_is_a_sentence_too(ada, bucket, settings, client, monkeypatch):
    document = store(ada)

    class Refusing:
        def get_object(self, **_):
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")

    monkeypatch.setattr(PrivateBucket, "_client", Refusing())
    client.force_login(ada)
    assert client.get(address(document)).status_code == 503


def test_a_file_cut_on_its_way_is_not_a_short_file(bucket, monkeypatch):
    class Cut(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > 3:
                raise IncompleteReadError(actual_bytes=5, expected_bytes=9)
            return super().read(5)

    class Cutting:
        def get_object(self, **_):
            return {"Body": Cut(b"12345")}

    monkeypatch.setattr(PrivateBucket, "_client", Cutting())
    with pytest.raises(FileUnavailable), default_storage.open("aa/bb") as file:
        file.read()


def test_the_check_says_what_does_not_work(bucket, settings):
    assert storage.problem() == ""
    assert kept(bucket) == []
    use(settings, endpoint_url="http://127.0.0.1:1")
    assert "DIAGDM_STORAGE=s3" in storage.problem()


def test_the_check_says_nothing_of_a_folder_that_works(private_storage):
    assert storage.problem() == ""
    assert not [path for path in private_storage.rglob("*") if path.is_file()]
    private_storage.chmod(0o700)
