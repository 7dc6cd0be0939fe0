"""Two people who change one dossier at the same time: what the one has saved beside what the other has typed since, over what
both of them had before them. Whoever comes second decides on each, knowing it."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalogue.dossiers import Dossier, Evidence
from catalogue.states import told_of_document, told_of_facts, told_of_head


@dataclass(frozen=True, slots=True)
class Clash:
    """One thing of a dossier that somebody else has changed, in words; None where a side does not state it."""

    name: str
    before: str | None
    theirs: str | None
    mine: str | None

    @property
    def is_mine(self) -> bool:
        """Both have changed it."""
        return self.mine != self.before


def clashes(before: Mapping[str, str], theirs: Mapping[str, str], mine: Mapping[str, str]) -> list[Clash]:
    """All that they changed and that stands otherwise in mine."""
    names = dict.fromkeys([*theirs, *before, *mine])
    rows = [Clash(name, before.get(name), theirs.get(name), mine.get(name)) for name in names]
    return [row for row in rows if row.theirs not in (row.before, row.mine)]


def in_words(dossier: Dossier, summary: str) -> dict[str, str]:
    """All that a dossier states, by the name of what is stated: the head, each fact, each document in one line."""
    told = dict([*told_of_head(dossier, summary), *told_of_facts(dossier.facts)])
    for name, evidence in papers_of(dossier).items():
        told[name] = ", ".join(f"{part} {text}" for part, text in told_of_document(evidence))
    return told


def papers_of(dossier: Dossier) -> dict[str, Evidence]:
    """Its documents by a name that they keep when something else of them changes."""
    names = paper_names([(evidence.reference, evidence.proof) for evidence in dossier.evidence])
    return dict(zip(names, dossier.evidence, strict=True))


def paper_names(papers: list[tuple[str, str]]) -> list[str]:
    """A name for each reference and kind of document; a second one of the same is numbered."""
    names: list[str] = []
    for reference, proof in papers:
        name, number = f"document {reference} ({proof})", 1
        while name in names:
            number += 1
            name = f"document {reference} ({proof}) {number}"
        names.append(name)
    return names
