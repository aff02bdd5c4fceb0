"""The doctor looks at all that the portal rests upon, and says of each thing whether it works and what to do."""

from portal.operations.doctor.looking import Look, Verdict, look_at_all

__all__ = ["Look", "Verdict", "look_at_all"]
