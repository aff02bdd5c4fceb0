"""The rules of the scheme as pure functions, on the standard library only.

Where to find what: `facts` says what a case is made of, `reading` (with `values` and `jsontext`) reads it from JSON,
`rules/` holds the rules by subject and `rules/__init__` the registry of all of them, `editions` the tables of an edition
and `loading` (with `tables`) how they are read from its file, `funding` the money, `terms` the dates, `findings` what a
rule answers, `evaluation` the function that calls them all. Figures and sources stand in `tariffs/editions/*.toml`.
"""

from tariffs.engine.evaluation import Evaluation, evaluate
from tariffs.engine.facts import Case, CaseError
from tariffs.engine.findings import Finding
from tariffs.engine.funding import Funding, settle

__all__ = ["Case", "CaseError", "Evaluation", "Finding", "Funding", "evaluate", "settle"]
