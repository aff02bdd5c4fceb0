"""The one exception by which the services of this room refuse, with the sentence that is shown."""


class Refused(Exception):
    """A use case that can't go on; `str()` is a French sentence saying why and what to do."""
