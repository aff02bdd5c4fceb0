"""The rules of the scheme as pure functions, on the standard library only.

Where to find what:

- `facts`: what a case is made of; `reading` (with `values` and `jsontext`): how it is read from JSON;
- `rules/`: one module a subject, a rule `quote.within_ceilings` being the function `within_ceilings` of
  `rules/quote.py`; `rules/__init__`: the registry of all of them, in the order of the findings;
- `editions`: the tables of an edition; `loading` (with `tables`): how they are read from
  `tariffs/editions/*.toml`, where every figure, source and reading of the rulebook stands;
- `findings`: what a rule answers; `funding`: the money, `settle` included; `terms`: the dates;
- `evaluation`: the one function that calls them all; `logic` and `french`: what they share.
"""

from tariffs.engine.evaluation import Evaluation, evaluate
from tariffs.engine.facts import Case, CaseError
from tariffs.engine.findings import Finding
from tariffs.engine.funding import Funding, settle

__all__ = ["Case", "CaseError", "Evaluation", "Finding", "Funding", "evaluate", "settle"]
