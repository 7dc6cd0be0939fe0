"""The versions of the specification as rows: whole documents, each signed by an admin and a practitioner, and which of them
is in force on a day. What was published stays as it was signed; the packaged file is the version before the first of them."""

from datetime import date, datetime

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    and_,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from catalogue import specification
from catalogue.base import Base, UTCDateTime
from catalogue.guards import guard
from catalogue.specification import Specification

STANDING = text("withdrawn_at is null")


class SpecificationVersion(Base):
    """A whole version as TOML. `hash` is that of its content, the first day included; a draft until it is published."""

    __tablename__ = "specification_version"
    __table_args__ = (UniqueConstraint("id", "hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(20), unique=True)
    document: Mapped[str] = mapped_column(Text, deferred=True)
    hash: Mapped[str] = mapped_column(String(64))
    author_id: Mapped[int] = mapped_column(Integer)
    author_name: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="", server_default="")  # to the clients whom it touches
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)

    signatures: Mapped[list["SpecificationSignature"]] = relationship(
        lazy="raise", order_by="SpecificationSignature.id", cascade="all, delete-orphan"
    )
    publication: Mapped["Publication | None"] = relationship(back_populates="version", lazy="raise", uselist=False)


class SpecificationSignature(Base):
    """One of the two names under a version, given for exactly the content of that hash."""

    __tablename__ = "specification_signature"
    __table_args__ = (UniqueConstraint("version_id", "role"), UniqueConstraint("version_id", "by_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("specification_version.id"))
    hash: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[int] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    meaning: Mapped[str] = mapped_column(Text)


class Publication(Base):
    """A version that takes force on a day, unless it was withdrawn before. The stopping of what it refuses is due at the
    beginning of that day; whether that ran is no matter to what may be sold."""

    __tablename__ = "publication"
    __table_args__ = (
        ForeignKeyConstraint(["version_id", "hash"], ["specification_version.id", "specification_version.hash"]),
        Index(
            "uq_publication_in_force_from",
            "in_force_from",
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(Integer, unique=True)
    hash: Mapped[str] = mapped_column(String(64))
    in_force_from: Mapped[date] = mapped_column()
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_by: Mapped[str | None] = mapped_column(String(200))
    withdrawn_why: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(Text)

    version: Mapped[SpecificationVersion] = relationship(back_populates="publication", lazy="raise")


_PUBLISHED = "exists (select 1 from publication where version_id = {row}.{id})"
_SIGNED = (
    "(select count(distinct by_id) from specification_signature where version_id = new.version_id"
    " and hash = new.hash and role in ('admin', 'practitioner')) < 2"
)
_KEPT = ("version_id", "hash", "in_force_from", "published_at")
GUARDS = (
    (SpecificationVersion, "version_stays", "update", _PUBLISHED.format(row="old", id="id")),
    (SpecificationVersion, "version_is_kept", "delete", _PUBLISHED.format(row="old", id="id")),
    (SpecificationSignature, "signature_comes_before", "insert", _PUBLISHED.format(row="new", id="version_id")),
    (SpecificationSignature, "signature_stays", "update", "old.id is not null"),
    (SpecificationSignature, "signature_is_kept", "delete", _PUBLISHED.format(row="old", id="version_id")),
    (Publication, "publication_is_signed", "insert", _SIGNED),
    (Publication, "publication_stays", "update", " or ".join(f"old.{name} <> new.{name}" for name in _KEPT)),
    (Publication, "publication_is_kept", "delete", "old.id is not null"),
)
for _model, _name, _on, _when in GUARDS:
    guard(_model.__table__, _name, _on, _when, "a published specification stays as it was signed")  # type: ignore[arg-type]

_read: dict[str, Specification] = {}


def in_force(session: Session, today: date) -> Specification:
    """The specification of that day: of the published versions the one that took force last, else the packaged one."""
    counting = select(Publication.version_id, Publication.hash)
    counting = counting.where(Publication.in_force_from <= today, Publication.withdrawn_at.is_(None))
    found = session.execute(counting.order_by(Publication.in_force_from.desc()).limit(1)).first()
    return specification.load() if found is None else _of_row(session, *found)


def published(session: Session, after: date) -> list[tuple[Publication, Specification]]:
    """The versions that are still to come after a day, the next one first."""
    coming = select(Publication).where(Publication.in_force_from > after, Publication.withdrawn_at.is_(None))
    found = session.scalars(coming.order_by(Publication.in_force_from)).all()
    return [(publication, of_publication(session, publication)) for publication in found]


def in_force_and_coming(session: Session, today: date) -> tuple[Specification, ...]:
    """The specification of that day, and those that take force after it, the next one first."""
    found = select(Publication.version_id, Publication.hash, Publication.in_force_from)
    rows = session.execute(found.where(Publication.withdrawn_at.is_(None)).order_by(Publication.in_force_from)).all()
    current = [row for row in rows if row.in_force_from <= today][-1:]
    coming = (_of_row(session, row.version_id, row.hash) for row in rows if row.in_force_from > today)
    return (_of_row(session, *current[0][:2]) if current else specification.load(), *coming)


def awaited(session: Session, today: date) -> list[Specification]:
    """What may take force after that day: drafts that have a signature, and what is published and still to come."""
    found = select(SpecificationVersion.id, SpecificationVersion.hash).outerjoin(SpecificationVersion.publication)
    signed = and_(Publication.id.is_(None), SpecificationVersion.signatures.any())
    coming = and_(Publication.in_force_from > today, Publication.withdrawn_at.is_(None))
    rows = session.execute(found.where(or_(signed, coming)).order_by(SpecificationVersion.id)).all()
    return [_of_row(session, *row) for row in rows]


def of_publication(session: Session, publication: Publication) -> Specification:
    """The rules that were published."""
    return _of_row(session, publication.version_id, publication.hash)


def others_than(session: Session, version: str) -> list[Specification]:
    """Every other version by which anything may have been judged: the packaged one and what was published."""
    rows = session.execute(select(Publication.version_id, Publication.hash).order_by(Publication.in_force_from)).all()
    known = (specification.load(), *(_of_row(session, *row) for row in rows))
    return [rules for rules in known if rules.version != version]


def with_hash(session: Session, hash: str) -> Specification | None:
    """The version with that content, for what was judged by it; None when nobody has it any more."""
    for known in (specification.load(), _read.get(hash)):
        if known is not None and known.hash == hash:
            return known
    version_id = session.scalar(select(Publication.version_id).where(Publication.hash == hash))
    return _of_row(session, version_id, hash) if version_id is not None else None


def _of_row(session: Session, version_id: int, hash: str) -> Specification:
    """A document of one hash never changes, so it is read once."""
    if hash not in _read:
        document = session.scalars(
            select(SpecificationVersion.document).where(SpecificationVersion.id == version_id)
        ).one()
        _read[hash] = specification.parse(document, "the specification in force")
    return _read[hash]
