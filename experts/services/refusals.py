"""The one exception by which the services of this room refuse, with the sentence that is shown."""


class Refused(Exception):
    """A use case that can't go on; `str()` is a French sentence, `field` the input to mend, if any."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        self.field = field
        super().__init__(message)
