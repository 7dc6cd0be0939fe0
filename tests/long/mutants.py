"""What may be changed in a file of rules, one thing at a time: a comparison, a truth, a number, a word, a sign, a condition, an
argument, or a whole step. Docstrings, decorators, types and `__all__` decide nothing and stay."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

SWAPPED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.Mult: ast.Add, ast.Div: ast.Mult,
}  # fmt: skip
RENAMED = {"any": "all", "all": "any", "min": "max", "max": "min"}
LEFT_OUT = {"annotation", "returns", "decorator_list", "format_spec", "type_params", "ctx"}
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
NOTHING = ast.Constant(None)

Slot = tuple[object, str | int]  # where something stands: a field of a node, or a place in a list


@dataclass(frozen=True)
class Mutant:
    """One file with one change: in which function, the line that differs before and after, and the whole new text. `function`
    is "" where the file itself would be read anew: a constant, a class, what an argument is when none is given."""

    name: str
    function: str
    was: str
    now: str
    text: str


def mutants(name: str, text: str) -> Iterator[Mutant]:
    """Every change of a file, one at a time."""
    tree = ast.parse(text)
    before = ast.unparse(tree).splitlines()
    for slot, function in [*places(tree)]:
        for (holder, field), new in changes(slot):
            old = put(holder, field, new)
            told = ast.unparse(tree)
            put(holder, field, old)
            was, now = next(pair for pair in zip_longest(before, told.splitlines(), fillvalue="") if len({*pair}) > 1)
            yield Mutant(name, function, was.strip(), now.strip(), told)


def places(node: ast.AST, function: str = "", inside: str = "") -> Iterator[tuple[Slot, str]]:
    """Everything in a tree that may decide something, with the outermost function in whose body it stands."""
    named = f"{inside}{node.name}" if isinstance(node, FUNCTION | ast.ClassDef) else ""
    within = f"{named}." if named else inside
    for field, value in ast.iter_fields(node):
        if field in LEFT_OUT:
            continue
        there = function or (named if isinstance(node, FUNCTION) and field == "body" else "")
        slots: list[Slot] = [(value, at) for at in range(len(value))] if isinstance(value, list) else [(node, field)]
        for slot in slots:
            part = stands_at(slot)
            if isinstance(part, ast.AST) and not decides_nothing(part):
                yield slot, there
                yield from places(part, there, within)


def decides_nothing(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)  # a docstring
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def changes(slot: Slot) -> Iterator[tuple[Slot, object]]:
    """What may stand there instead, or in a part of it that is no place of its own."""
    match stands_at(slot):
        case ast.stmt() as step:
            yield from ((where or slot, new) for where, new in of_a_step(step))
        case ast.expr() | ast.comprehension() as part:
            yield from ((where or slot, new) for where, new in of_an_expression(part))


def of_a_step(node: ast.stmt) -> Iterator[tuple[Slot | None, object]]:
    match node:
        case ast.Return(value=ast.expr()) | ast.Assign() | ast.AnnAssign(value=ast.expr()):
            if not isinstance(node.value, ast.Constant):
                yield (node, "value"), NOTHING
        case ast.AugAssign() | ast.Raise() | ast.Expr():
            yield None, ast.Pass()
        case ast.If(test=test) | ast.While(test=test) if is_plain(test):
            yield (node, "test"), ast.UnaryOp(ast.Not(), test)


def of_an_expression(node: ast.expr | ast.comprehension) -> Iterator[tuple[Slot | None, object]]:
    match node:
        case ast.Compare():
            yield from (((node.ops, at), SWAPPED[type(op)]()) for at, op in enumerate(node.ops))
        case ast.BoolOp():
            yield (node, "op"), SWAPPED[type(node.op)]()
            for at in range(len(node.values)):
                yield (node, "values"), node.values[:at] + node.values[at + 1 :]
        case ast.BinOp() if type(node.op) in SWAPPED:
            yield (node, "op"), SWAPPED[type(node.op)]()
        case ast.UnaryOp(op=ast.Not()):
            yield None, node.operand
        case ast.IfExp(test=test) if is_plain(test):
            yield (node, "test"), ast.UnaryOp(ast.Not(), test)
        case ast.comprehension():
            for at, test in enumerate(node.ifs):
                yield (node, "ifs"), node.ifs[:at] + node.ifs[at + 1 :]
                if is_plain(test):
                    yield (node.ifs, at), ast.UnaryOp(ast.Not(), test)
        case ast.FormattedValue():
            yield None, ast.Constant("")
        case ast.Constant():
            yield from ((None, ast.Constant(other)) for other in of_a_value(node.value))
        case ast.Call():
            yield from of_a_call(node)


def of_a_value(value: object) -> Iterator[object]:
    match value:
        case bool():
            yield not value
        case int():
            yield value + 1
        case str():
            yield f"XX{value}XX"


def of_a_call(node: ast.Call) -> Iterator[tuple[Slot | None, object]]:
    match node.func:
        case ast.Name(id="sorted"):
            yield None, ast.Call(ast.Name("list"), node.args, [])
        case ast.Name(id=word) if word in RENAMED:
            yield (node, "func"), ast.Name(RENAMED[word])
    for at, given in enumerate(node.args):
        if not isinstance(given, ast.Constant | ast.Starred | ast.GeneratorExp):
            yield (node.args, at), NOTHING
    for at, named in enumerate(node.keywords):
        if not (isinstance(named.value, ast.Constant) and isinstance(named.value.value, bool)):  # that is turned round
            yield (node, "keywords"), node.keywords[:at] + node.keywords[at + 1 :]


def is_plain(test: ast.expr) -> bool:
    """Whether nothing within a condition turns it round already."""
    return not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp)


def stands_at(slot: Slot) -> object:
    holder, field = slot
    return holder[field] if isinstance(holder, list) and isinstance(field, int) else getattr(holder, str(field))


def put(holder: object, field: str | int, new: object) -> object:
    """Puts something there and gives back what stood there before."""
    old = stands_at((holder, field))
    if isinstance(holder, list):
        holder[int(field)] = new
    else:
        setattr(holder, str(field), new)
    return old
