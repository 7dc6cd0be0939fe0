"""A version of the specification from its draft to its day: a copy is edited and checked as loading checks, an admin and a
practitioner sign it, and the second signature publishes it. Nothing published is ever edited: going back is a new version."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from catalogue import journal, rejudging
from catalogue.journal import Who
from catalogue.specification import Specification, SpecificationError, entries, parse
from catalogue.specification_text import written
from catalogue.verdicts import Reason, Refused, Stale, Verdict, refuse_silence
from catalogue.versions import Publication, SpecificationSignature, SpecificationVersion

MEANING = "I have read this version and what follows from it, and it shall be in force from the day it names."
SIGNERS = ("admin", "practitioner")
LONGEST_NAME = 20
NOTE = (
    "Our safety rules have become stricter, and something that you could buy from us is no longer sold. You need do nothing "
    "now. What there is for you instead stands in your account, or ask us."
)
LOADING = (selectinload(SpecificationVersion.signatures), joinedload(SpecificationVersion.publication))


def draft_version(session: Session, document: str, reason: str, by: Who, now: datetime) -> SpecificationVersion:
    """A new draft with that content, as TOML. Refuses what loading refuses, a name that is taken, or silence about why."""
    rules = checked(document)
    refuse_silence(reason)
    if by.id is None:
        raise Refused.because("no-person", "A version is drafted by a person.")
    draft = SpecificationVersion(version=rules.version, document=written(entries(document)), hash=rules.hash)
    draft.author_id, draft.author_name, draft.made_at, draft.reason = by.id, by.name, now, reason.strip()
    draft.note = NOTE
    session.add(draft)
    _flush(session, f"There is a version {rules.version} already.")
    journal.note(session, "version drafted", "specification", draft.version, by, now, hash=draft.hash)
    return draft


def edit_draft(
    session: Session,
    version: str,
    document: str,
    by: Who,
    now: datetime,
    was: str,
    reason: str | None = None,
    note: str | None = None,
) -> SpecificationVersion:
    """The draft with another content, or another note to clients; whoever had signed it signs again. `was` is the hash that
    the person saw.

    Refuses what loading refuses; Stale when somebody changed or published it meanwhile.
    """
    rules = checked(document)
    draft = _locked_draft(session, version)
    if draft.hash != was:
        raise _changed_meanwhile()
    if reason is not None:
        refuse_silence(reason)
        draft.reason = reason.strip()
    if rules.hash != draft.hash or note not in (None, draft.note):
        draft.note = draft.note if note is None else note
        void = len(draft.signatures)
        draft.signatures.clear()
        session.flush()
        draft.document, draft.hash, draft.version = written(entries(document)), rules.hash, rules.version
        _flush(session, f"There is a version {rules.version} already.")
        journal.note(
            session, "version edited", "specification", draft.version, by, now, hash=draft.hash, signatures_void=void
        )
    return draft


def discard_draft(session: Session, version: str, by: Who, now: datetime) -> None:
    """The draft is gone. Stale when it was published meanwhile."""
    session.delete(_locked_draft(session, version))
    journal.note(session, "version discarded", "specification", version, by, now)


def sign_version(session: Session, version: str, by: Who, today: date, now: datetime, shown: str) -> Publication | None:
    """One of two signatures; the second one publishes the version, and what is on sale is judged by it beforehand, as far as
    the worker has not judged it since the first; should there be much, the worker goes on.

    Refuses when the signer is neither admin nor practitioner, or that role has signed, or its day is past or another's;
    Stale when it is no longer what was shown.
    """
    draft = _locked_draft(session, version)
    if draft.hash != shown:
        raise _changed_meanwhile()
    rules = parse(draft.document, f"version {version}")
    verdict = may_sign(draft, rules, by, today)
    if not verdict.is_yes:
        raise Refused(verdict)
    signature = SpecificationSignature(hash=draft.hash, by_id=by.id, by_name=by.name, role=by.role, at=now)
    signature.meaning = MEANING
    draft.signatures.append(signature)
    _flush(session, "Somebody of your role signed at the same moment.")
    journal.note(session, "version signed", "specification", version, by, now, hash=draft.hash)
    return _publish(session, draft, rules, by, now) if len(draft.signatures) == len(SIGNERS) else None


def may_sign(draft: SpecificationVersion, rules: Specification, by: Who, today: date) -> Verdict:
    """Whether this person may put their name under a draft: an admin and a practitioner do, each once."""
    reasons = []
    if by.role not in SIGNERS or by.id is None:
        reasons.append("An admin and a practitioner sign.")
    if any(signature.by_id == by.id for signature in draft.signatures):
        reasons.append("You have signed it.")
    elif any(signature.role == by.role for signature in draft.signatures):
        reasons.append(f"An {by.role} has signed it." if by.role == "admin" else f"A {by.role} has signed it.")
    if rules.in_force_from < today:
        reasons.append("Its first day is past: choose today or a later day.")
    return Verdict(tuple(Reason("two-signatures", text, "a second person", "Ask a colleague.") for text in reasons))


def _publish(
    session: Session, draft: SpecificationVersion, rules: Specification, by: Who, now: datetime
) -> Publication:
    publication = Publication(version_id=draft.id, hash=draft.hash, in_force_from=rules.in_force_from, published_at=now)
    session.add(publication)
    _flush(session, f"Another version takes force on {rules.in_force_from.isoformat()}: choose another day.")
    rejudging.judge_beforehand(session, rules, now)
    journal.note(
        session, "version published", "specification", draft.version, by, now, day=rules.in_force_from.isoformat()
    )
    return publication


def withdraw_version(session: Session, version: str, why: str, by: Who, today: date, now: datetime) -> None:
    """A published version will not take force. Refuses without a reason; Stale once its day has come or it is withdrawn."""
    refuse_silence(why)
    found = select(Publication).join(Publication.version).where(SpecificationVersion.version == version)
    publication = session.scalar(found.with_for_update(of=Publication).execution_options(populate_existing=True))
    if publication is None or publication.withdrawn_at is not None or publication.in_force_from <= today:
        raise Stale.because("not-coming", f"Version {version} is not one that is still to come.")
    publication.withdrawn_at, publication.withdrawn_by, publication.withdrawn_why = now, by.name, why.strip()
    publication.due_at = None
    journal.note(session, "version withdrawn", "specification", version, by, now)


def checked(document: str) -> Specification:
    """The rules of a document, as loading reads them. Refuses with every fault, naming rule and key."""
    try:
        rules = parse(document, "the draft")
    except SpecificationError as error:
        raise Refused.because("specification", str(error), "you", "Correct the draft.") from error
    if len(rules.version) > LONGEST_NAME:
        raise Refused.because("specification", f"version: at most {LONGEST_NAME} characters.", "you", "Shorten it.")
    return rules


def _locked_draft(session: Session, version: str) -> SpecificationVersion:
    found = select(SpecificationVersion).where(SpecificationVersion.version == version)
    fresh = found.options(*LOADING[:1]).with_for_update().execution_options(populate_existing=True)
    draft = session.scalar(fresh)
    is_published = select(Publication.id).where(Publication.version_id == draft.id) if draft else None
    if draft is None or session.scalar(is_published) is not None:  # type: ignore[arg-type]
        raise Stale.because("not-a-draft", f"Version {version} is no draft any more.", "nobody", "Look at it again.")
    return draft


def _flush(session: Session, clash: str) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise Stale.because("changed-meanwhile", clash, "you", "Look at the versions again.") from error


def _changed_meanwhile() -> Refused:
    return Stale.because(
        "changed-meanwhile", "Somebody changed this version while you had it open.", "you", "Reload it."
    )
