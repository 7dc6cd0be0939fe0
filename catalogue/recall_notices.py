"""What a recall notice has to say: the parts that Regulation (EU) 2023/988 asks for in article 36(2), with a choice of remedies
under article 37, and words that may not stand in it because they play the danger down. Pure; the clinic, in the United Kingdom,
keeps to it because it asks for more than the law there."""

import json
import re
from dataclasses import asdict, dataclass, fields

from catalogue.verdicts import Reason, Verdict

HEADLINE = "Product safety recall"
REMEDIES = {
    "refund": "You get the full price back, on the card with which you paid. You need not send anything back.",
    "replacement": "You get a unit of another batch, free of charge.",
    "repair": "It is repaired, free of charge.",
}
FREE = r"https?://|\bfree|costs? (?:you )?nothing|no charge|call (?:you )?back|\b0\s?80[08]"
# What may not be said of the hazard, each with the word that the person reads.
PLAYED_DOWN = (
    ("voluntary", r"voluntar(?:y|ily)"),
    ("precautionary", r"precaution(?:s|ary)?|(?:out of|abundance of) caution"),
    ("discretionary", r"discretion(?:s|ary)?"),
    ("in rare situations", r"in (?:very |some |a few )?(?:rare|isolated|exceptional|single) \w+|rarely"),
    ("in specific situations", r"in (?:some |certain |a few )?(?:specific|certain|particular) (?:situation|case|circumstance)s?"),
    ("unlikely", r"(?:un|not )likely|improbable"),
    (
        "no reported accidents",
        r"(?:no|not (?:any|aware of any)|without(?: any)?)(?: \w+){0,2} (?:accident|injur(?:y|ie)|incident|complaint|harm)s?",
    ),
    ("preventive", r"prevent(?:ive|ative|atively|ively)"),
    ("a small risk", r"(?:low|small|slight|minor|minimal|negligible|remote|theoretical) (?:risk|danger|chance|possibility)"),
    ("isolated", r"isolated|(?:very |only a )few (?:case|unit|incident|report)s"),
    ("no reason to worry", r"(?:no (?:cause|reason|need) (?:for|to)|(?:do not|don.t)) (?:alarm|concern|worry|panic)|harmless"),
    ("nobody was hurt", r"(?:nobody|no one|no-one) (?:has been|was|is) (?:hurt|harmed|injured)"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notice:
    """The parts that a person writes; product, numbers and the clinic's name come from the rows themselves."""

    where: str = ""
    sold: str = ""
    hazard: str = ""
    action: str = ""
    remedies: tuple[str, ...] = ()
    only_remedy: str = ""
    contact: str = ""
    share: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Notice":
        stored = json.loads(text)
        known = {part.name: stored[part.name] for part in fields(cls) if part.name in stored}
        return cls(**known | {"remedies": tuple(known.get("remedies", ()))})

    @property
    def remedy_lines(self) -> list[str]:
        return [REMEDIES[remedy] for remedy in self.remedies]


# Each part with what is missing where it is, and the point of article 36(2) that asks for it.
PARTS = {
    "where": ("where on the pack the batch number stands", "36(2)(b)(ii)"),
    "sold": ("when and where it was sold, and by whom", "36(2)(b)(iii)"),
    "hazard": ("what the danger is", "36(2)(c)"),
    "action": ("what to do", "36(2)(d)"),
    "remedies": ("what the client gets: at least one remedy", "36(2)(e)"),
    "contact": ("a free telephone number or a page where questions are answered", "36(2)(f)"),
    "share": ("the request to tell others", "36(2)(g)"),
}


def reasons_against(notice: Notice, has_picture: bool) -> Verdict:
    """Why the notice may not be sent: every missing part by name, and every word that plays the danger down."""
    reasons = [_missing(*PARTS[name]) for name in PARTS if not getattr(notice, name)]
    if not has_picture:
        reasons.append(_missing("a picture of the product", "36(2)(b)(i)"))
    if notice.action and not re.search(r"\b(?:stop\b.*\bus|(?:do not|don.t|never) use)", notice.action, re.I | re.S):
        reasons.append(_missing("the instruction to stop using it at once", "36(2)(d)"))
    if notice.contact and not re.search(r"\d[\d\s()-]{5,}|https?://", notice.contact):
        reasons.append(_missing("a telephone number or an address in the contact", "36(2)(f)"))
    elif notice.contact and not re.search(FREE, notice.contact, re.I):
        reasons.append(_missing("that the call costs nothing, or a page where questions are answered", "36(2)(f)"))
    if len(notice.remedies) == 1 and not notice.only_remedy:
        reasons.append(_missing("why only one remedy is offered", "37(2)"))
    return Verdict((*reasons, *_played_down(notice)))


def _missing(what: str, article: str) -> Reason:
    text = f"Missing: {what} (article {article})."
    return Reason("part-missing", text, "you", "Write it and save the notice.")


def _played_down(notice: Notice) -> list[Reason]:
    texts = [said for part in fields(notice) if isinstance(said := getattr(notice, part.name), str)]
    found = []
    for word, pattern in PLAYED_DOWN:
        said = next((match[0] for text in texts if (match := re.search(rf"\b(?:{pattern})\b", text, re.I))), None)
        if said:
            text = f"“{said}” plays the danger down ({word}, article 36(2)(c))."
            found.append(Reason("plays-down", text, "you", "Say it without that."))
    return found
