"""The one way a file is refused: a French sentence for the person, a code for the machine."""


class FileRefused(Exception):
    """A file that does not come in; `message` says what to do, `code` says why in one word."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
