"""The mission room: minutes that both sides approve, phases of the planning, what comes next and for whom."""
