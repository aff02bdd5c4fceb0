"""CSV files: text in UTF-8, and nothing that another program could take for something else."""

from portal.documents.checks.refusal import FileRefused
from portal.documents.checks.signatures import is_program, refuse_second_format, wrong_type


def check_csv(content: bytes) -> None:
    """Refuse what is not plain UTF-8 text."""
    if is_program(content) or b"\x00" in content:
        raise wrong_type("CSV")
    refuse_second_format(content)
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(
            "Ce fichier n’est pas en UTF-8\u00a0: enregistrez-le au format «\u00a0CSV UTF-8\u00a0», puis déposez-le.",
            "encoding",
        ) from error
