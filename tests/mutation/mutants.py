"""Changes a function on purpose, one thing at a time: a comparison, an « and », a number, an obstacle, a result.

A change is put in the place of the function's code, so that whoever imported the function runs the changed one.
"""

from __future__ import annotations

import ast
import copy
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
}


CACHE = type(lru_cache(len))


class Change(ast.NodeTransformer):
    """Does the change number `wanted` of a function, or only counts them."""

    def __init__(self, wanted: int = -1) -> None:
        self.wanted, self.count, self.said = wanted, 0, ""

    def _now(self, node: ast.AST, said: str) -> bool:
        chosen = self.count == self.wanted
        self.count += 1
        if chosen:
            self.said = f"line {getattr(node, 'lineno', 0)}: {said}"
        return chosen

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Change the body alone: neither decorators nor annotations nor the sentence that tells of it."""
        told = ast.get_docstring(node) is not None
        node.body = node.body[:told] + [self.visit(one) for one in node.body[told:]]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Change the value alone."""
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Turn one comparison."""
        self.generic_visit(node)
        for place, found in enumerate(node.ops):
            if type(found) in COMPARED and self._now(node, f"{type(found).__name__} turned"):
                node.ops[place] = COMPARED[type(found)]()
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """Turn « and » into « or », and back."""
        self.generic_visit(node)
        if self._now(node, f"{type(node.op).__name__} turned"):
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """Leave a « not » out."""
        self.generic_visit(node)
        if isinstance(node.op, ast.Not) and self._now(node, "not left out"):
            return node.operand
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """Count otherwise."""
        self.generic_visit(node)
        text = any(isinstance(side, ast.JoinedStr) for side in (node.left, node.right))
        if not text and type(node.op) in COUNTED and self._now(node, f"{type(node.op).__name__} turned"):
            node.op = COUNTED[type(node.op)]()
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Move a number by one, turn a truth; words are left alone."""
        if isinstance(node.value, bool):
            return ast.Constant(not node.value) if self._now(node, f"{node.value} turned") else node
        if isinstance(node.value, int) and self._now(node, f"{node.value} + 1"):
            return ast.Constant(node.value + 1)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """Leave sentences alone."""
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        """Leave `strict=` alone: it only says what the code around it makes sure of."""
        return node if node.arg == "strict" else self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Leave an obstacle, or another thing given on the way, unsaid."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Yield) and self._now(node, "yield left out"):
            # Never reached, and still a generator.
            return ast.If(ast.Constant(value=False), [ast.Expr(node.value)], [])
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        """Return nothing."""
        self.generic_visit(node)
        plain = node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None)
        if not plain and self._now(node, "nothing returned"):
            node.value = ast.Constant(value=None)
        return node


@dataclass(frozen=True, eq=False)
class Mutant:
    """One change, and each living function that it alters with the code to run instead of its own."""

    name: str
    said: str
    altered: tuple[tuple[FunctionType, CodeType], ...]
    # What `lru_cache` keeps of their answers: another code might answer otherwise.
    remembered: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.said}"

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Have everybody run the changed functions within the block."""
        before = [function.__code__ for function, _ in self.altered]
        for function, code in self.altered:
            function.__code__ = code
        try:
            self.forget()
            yield
        finally:
            for (function, _), code in zip(self.altered, before, strict=True):
                function.__code__ = code
            self.forget()

    def forget(self) -> None:
        """Have the functions called again, whatever they answered before."""
        for one in self.remembered:
            one.cache_clear()


def living(file: str) -> dict[tuple[str, int], list[FunctionType]]:
    """Return by name and first line the functions that a file defines, those that functions made included."""
    found: dict[tuple[str, int], list[FunctionType]] = {}
    for one in gc.get_objects():
        # By its type alone: a lazy object of some request would compute what it stands for to tell its class.
        if type(one) is FunctionType and one.__code__.co_filename == file:
            found.setdefault(_key(one.__code__), []).append(one)
    return found


def mutants_of(module: ModuleType) -> Iterator[Mutant]:
    """Give each change of each function of a module."""
    file = str(module.__file__)
    source = Path(file).read_text(encoding="utf-8")
    mine = living(file)
    caches = [one for one in gc.get_objects() if type(one) is CACHE]
    for place, node in enumerate(_definitions(ast.parse(source))):
        counter = Change()
        counter.visit(copy.deepcopy(node))
        for wanted in range(counter.count):
            tree = ast.parse(source)
            change = Change(wanted)
            change.visit(_definitions(tree)[place])
            codes = _codes(compile(ast.fix_missing_locations(tree), file, "exec", dont_inherit=True))
            altered = tuple(
                (function, code)
                for key, code in codes.items()
                if _first_line(node) <= code.co_firstlineno <= (node.end_lineno or 0)
                for function in mine.get(key, ())
                if function.__code__ != code
            )
            if altered:
                functions = {function for function, _ in altered}
                remembered = tuple(one for one in caches if one.__wrapped__ in functions)
                name = f"{module.__name__}.{altered[0][0].__qualname__}"
                yield Mutant(name, change.said, altered, remembered)


def _definitions(tree: ast.Module) -> list[ast.FunctionDef]:
    """Return the functions of a module and of its classes, not those within others."""
    holders: list[ast.Module | ast.ClassDef] = [
        tree,
        *(one for one in tree.body if isinstance(one, ast.ClassDef)),
    ]
    return [one for holder in holders for one in holder.body if isinstance(one, ast.FunctionDef)]


def _first_line(node: ast.FunctionDef) -> int:
    """Return where the function begins, its decorators included."""
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> dict[tuple[str, int], CodeType]:
    """Return the codes that a module's code holds, at any depth."""
    found: dict[tuple[str, int], CodeType] = {}
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            found |= {_key(inner): inner} | _codes(inner)
    return found
