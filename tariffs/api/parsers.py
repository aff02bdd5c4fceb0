"""Reading a request's body as it was sent, so that the engine sees each number exactly as it was written."""

from collections.abc import Mapping
from typing import Any

from rest_framework.parsers import BaseParser

from tariffs.api.base import TooLarge

MOST_BYTES = 256 * 1024


class CaseText(BaseParser):
    """The bytes of a JSON body, left to the engine's own reader."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,  # noqa: ARG002 the framework's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> dict[str, bytes]:
        """{"text": the body}; TooLarge where it can't be one case."""
        content: bytes = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise TooLarge
        return {"text": content}
