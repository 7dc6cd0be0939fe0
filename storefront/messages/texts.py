"""The words of a mail: the package's own (`templates/mail/KIND.txt`, the first line being the subject) until the clinic writes
others. Words that the clinic writes may hold only what the package's hold: each filling, condition and part is compared with
those, so that an edited text can reach nothing else, and none of the links that a mail is written for can go missing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from flask import current_app
from jinja2 import Environment, Template, TemplateError, meta, nodes

from catalogue.verdicts import YES, Reason, Verdict
from storefront.messages.samples import samples

MOST_SUBJECT = 150
MOST_TEXT = 5000
LINKS = ("{{ address }}", "{{ again }}", "{{ settings.base_url }}", "{{ token }}")
GLIMPSE = 150  # what a telephone shows of a mail while it is locked: subject, and about so many signs of the text
FILLING = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
HEALTH = re.compile(
    r"\b(skin|needl\w*|roller\w*|derma\w*|treatment\w*|course|acne|scar\w*|rosacea|wrinkl\w*|pigment\w*|pregnan\w*|allerg\w*|"
    r"reaction\w*|medic\w*|screening|diagnos\w*|infect\w*|eczema|psoriasis|isotretinoin|herpes|cold sores?|serums?|symptom\w*)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class MailWords:
    """Subject and text with their fillings, as a person edits them."""

    subject: str
    text: str

    @classmethod
    def of(cls, source: str) -> "MailWords":
        subject, _, text = source.partition("\n")
        return cls(subject.strip(), text.strip())

    @property
    def source(self) -> str:
        return f"{self.subject}\n{self.text}\n"


def package_words(kind: str) -> MailWords:
    """What the shop was delivered with."""
    return MailWords.of(_source_of(f"mail/{kind}.txt"))


def filled(source: str, particulars: Mapping[str, object]) -> MailWords:
    """The words with their fillings. TemplateError when one of them has no value."""
    return MailWords.of(_compiled(current_app.jinja_env, source).render(**particulars))


def previews(kind: str, words: MailWords) -> list[MailWords]:
    """How a mail of this kind reads, once for each case that the package's words know, with invented people."""
    found = [filled(words.source, particulars) for particulars in samples(_names(package_words(kind).source))]
    return [each for n, each in enumerate(found) if each not in found[:n]]


def fillings(kind: str) -> list[str]:
    """What may stand in the text, as it is written there."""
    return list(dict.fromkeys(FILLING.findall(package_words(kind).source)))


def may_say(kind: str, words: MailWords) -> Verdict:
    """Refuses words that are empty or too long, hold a filling that this mail has not, lack one of its links, or show a word of
    health before the mail is opened. Every reason at once."""
    try:
        parts = {"subject": _parsed(words.subject), "text": _parsed(words.text)}
    except TemplateError as error:
        text = f"A filling is not closed or not known: {error}."
        return Verdict((Reason("filling", text, "you", "Copy the fillings from the list beside the form."),))
    reasons = [*_shape(words), *_strangers(kind, parts), *_missing(kind, parts)]
    return Verdict(tuple(reasons)) if reasons else _glimpse(kind, words)


def _names(source: str) -> set[str]:
    """What words ask for, and the parts that they include."""
    parsed = _parsed(source)
    parts = [part for part in meta.find_referenced_templates(parsed) if part]
    return meta.find_undeclared_variables(parsed).union(*(_names(_source_of(part)) for part in parts))


def _source_of(name: str) -> str:
    loader = current_app.jinja_env.loader
    assert loader is not None
    return loader.get_source(current_app.jinja_env, name)[0]


@lru_cache(maxsize=200)
def _compiled(environment: Environment, source: str) -> Template:
    """Words that are filled for one mail after the other are read once; what the clinic edits are other words."""
    return environment.overlay(autoescape=False).from_string(source)


def _parsed(source: str) -> nodes.Template:
    return current_app.jinja_env.parse(source)


def _shape(words: MailWords) -> Iterator[Reason]:
    if not words.subject or not words.text:
        yield Reason("empty", "A mail has a subject and a text.", "you", "Write both.")
    if "\n" in words.subject or len(words.subject) > MOST_SUBJECT:
        text = f"The subject is one line of {MOST_SUBJECT} signs at most."
        yield Reason("subject", text, "you", "Say it in fewer words.")
    if len(words.text) > MOST_TEXT:
        yield Reason("text", f"The text has {MOST_TEXT} signs at most.", "you", "Say it in fewer words.")


def _pieces(parsed: nodes.Node) -> Iterator[nodes.Node]:
    """All that is not plain words: fillings, conditions, what is repeated, what is included, and anything else that is written."""
    for node in parsed.iter_child_nodes():
        if isinstance(node, nodes.Output):
            yield from (each for each in node.nodes if not isinstance(each, nodes.TemplateData))
        elif isinstance(node, nodes.If):
            yield node.test
            yield from (piece for branch in (*node.body, *node.elif_, *node.else_) for piece in _within(branch))
        elif isinstance(node, nodes.For):
            yield nodes.Pair(node.target, node.iter, lineno=node.lineno)
            yield from (piece for branch in (*node.body, *node.else_) for piece in _within(branch))
        else:
            yield node


def _within(node: nodes.Node) -> Iterator[nodes.Node]:
    return _pieces(nodes.Template([node]))


def _strangers(kind: str, parts: Mapping[str, nodes.Template]) -> Iterator[Reason]:
    """What the package's own subject, or text, does not hold."""
    package = package_words(kind)
    for name, allowed in (("subject", package.subject), ("text", package.source)):
        known = list(_pieces(_parsed(allowed)))
        lines = {piece.lineno for piece in _pieces(parts[name]) if piece not in known}
        for line in sorted(lines):
            text = f"Line {line} of the {name} holds a filling that is not one of this mail's."
            yield Reason("filling", text, "you", "Use only the fillings beside the form, written as they are there.")


def _missing(kind: str, parts: Mapping[str, nodes.Template]) -> Iterator[Reason]:
    written = list(_pieces(parts["text"]))
    for filling in fillings(kind):
        is_link = filling in LINKS
        if is_link and next(_pieces(_parsed(filling))) not in written:
            text = f"The text lacks {filling}: without its link nobody can act on the mail."
            yield Reason("link", text, "you", "Put it back where the link belongs.")


def _glimpse(kind: str, words: MailWords) -> Verdict:
    """What can be read without opening the mail; asked of every case, once it is known that the words can be filled in."""
    try:
        shown = previews(kind, words)
    except TemplateError as error:
        text = f"A filling stands where it has no value: {error}."
        return Verdict((Reason("filling", text, "you", "Leave it inside the condition or list in which it was."),))
    clinic = current_app.config["SETTINGS"].clinic_name  # whose name may well say what it treats
    glimpses = (f"{each.subject}\n{each.text[:GLIMPSE]}".replace(clinic, "") for each in shown)
    found = (HEALTH.search(glimpse) for glimpse in glimpses)
    words_found = dict.fromkeys(match.group().lower() for match in found if match)
    reasons = (
        Reason(
            "health-word",
            f"“{word}” can be read on a locked telephone: subject and first lines hold no word of health.",
            "you",
            "Say it further down, or only that there is news.",
        )
        for word in words_found
    )
    return Verdict(tuple(reasons)) if words_found else YES
