"""What would change the answer: for each rule that fails or warns, the nearest change of one fact that flips it.

Each module mirrors one of `tariffs.engine.rules`: a proposer bears the name of its rule, reads the same parameters
of the edition, and proposes; `search` applies each proposal, asks the rule again, and keeps only what flips it.
"""

from tariffs.engine.changes.search import Change, changes

__all__ = ["Change", "changes"]
