"""Changes a function on purpose, one thing at a time: a comparison, an « and », a number, an obstacle, a result.

A change is put in the place of the function's code, so that whoever imported the function runs the changed one.
"""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Mutant:
    """One function with one change: `code` stands in for the function's own."""

    function: FunctionType
    code: CodeType
    said: str

    def __str__(self) -> str:
        return f"{self.function.__module__}.{self.function.__qualname__} {self.said}"

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Have everybody run the changed function within the block."""
        before = self.function.__code__
        self.function.__code__ = self.code
        try:
            yield
        finally:
            self.function.__code__ = before


def functions_of(module: ModuleType) -> list[FunctionType]:
    """Return the functions and methods that a module defines."""
    found: dict[CodeType, FunctionType] = {}
    for one in vars(module).values():
        members = [one, *vars(one).values()] if inspect.isclass(one) else [one]
        for member in members:
            plain = _plain(member)
            if plain is not None and plain.__code__.co_filename == module.__file__:
                found[plain.__code__] = plain
    return list(found.values())


def _plain(member: Any) -> FunctionType | None:
    """Return the function behind a property, a method of a class or a decorator."""
    member = getattr(member, "fget", None) or getattr(member, "__func__", None) or member
    member = inspect.unwrap(member) if callable(member) and not inspect.isclass(member) else member
    return member if isinstance(member, FunctionType) else None


def mutants_of(module: ModuleType) -> Iterator[Mutant]:
    """Give each change of each function of a module."""
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    mine = {function.__qualname__: function for function in functions_of(module)}
    for place, node in enumerate(_definitions(ast.parse(source))):
        counter = Change()
        counter.visit(copy.deepcopy(node))
        for wanted in range(counter.count):
            tree = ast.parse(source)
            change = Change(wanted)
            change.visit(_definitions(tree)[place])
            codes = _codes(compile(ast.fix_missing_locations(tree), str(module.__file__), "exec"))
            function = next((mine[name] for name, code in codes if name in mine and _is(code, node)), None)
            if function is not None:
                code = next(code for name, code in codes if name == function.__qualname__)
                yield Mutant(function, code, change.said)


def _definitions(tree: ast.Module) -> list[ast.FunctionDef]:
    """Return the functions of a module and of its classes, not those within others."""
    holders = [tree, *(one for one in tree.body if isinstance(one, ast.ClassDef))]
    return [one for holder in holders for one in holder.body if isinstance(one, ast.FunctionDef)]


def _is(code: CodeType, node: ast.FunctionDef) -> bool:
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return code.co_name == node.name and code.co_firstlineno == first


def _codes(code: CodeType) -> list[tuple[str, CodeType]]:
    """Return the codes of a module's functions and methods by their qualified names."""
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    found = [(one.co_qualname, one) for one in inner]
    return found + [pair for one in inner if "<locals>" not in one.co_qualname for pair in _codes(one)]
