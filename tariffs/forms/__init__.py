"""What a person types into the simulator, and the case that it makes."""

from tariffs.forms.case import Mapped, case_from_query, read_query
from tariffs.forms.simulation import SimulationForm

__all__ = ["Mapped", "SimulationForm", "case_from_query", "read_query"]
