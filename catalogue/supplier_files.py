"""Suppliers' files as rows: the file as it came, how its columns are read, and what became of each of its rows. A file is read
without touching any product; what it would change is kept beside each row until a person says "import"."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from catalogue import columns, journal
from catalogue.base import Base, UTCDateTime
from catalogue.canonical import restored
from catalogue.columns import Plan
from catalogue.journal import Who
from catalogue.sheets import Glance, Line
from catalogue.verdicts import Refused, Stale

STATES = ("mapping", "reading", "read", "importing", "imported", "unreadable")
ROW_STATES = ("new", "changed", "same", "refused", "imported", "failed")
WAITING = ("new", "changed")
MAPPABLE = ("mapping", "read", "unreadable")  # while nothing of the file is on its way into the catalogue


class Supplier(Base):
    """Who sends sheets. `plan` is how the columns of the last one were read."""

    __tablename__ = "supplier"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    plan: Mapped[str] = mapped_column(Text, default="{}")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class SheetBytes(Base):
    """A file as it came, kept once by its hash."""

    __tablename__ = "sheet_bytes"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class ImportFile(Base):
    """One file of a supplier on its way to drafts. While `due_at` is set the worker has to read or import more of it."""

    __tablename__ = "import_file"
    __table_args__ = (CheckConstraint(f"state in {STATES}", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    sha256: Mapped[str | None] = mapped_column(ForeignKey("sheet_bytes.sha256"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(12), default="mapping")
    plan: Mapped[str] = mapped_column(Text, default="{}")
    notes: Mapped[str] = mapped_column(Text, default="[]")
    expected: Mapped[int] = mapped_column(Integer, default=0)
    read_to: Mapped[int] = mapped_column(Integer, default=0)
    by_id: Mapped[int] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(Text)

    supplier: Mapped[Supplier] = relationship(lazy="raise")

    @property
    def by(self) -> Who:
        """Who entered what is in it, and therefore signs none of it."""
        return Who(self.by_id, self.by_name, "admin")

    @property
    def said(self) -> list[str]:
        """What there was to say of the file when it was opened."""
        return list(json.loads(self.notes))


class ImportRow(Base):
    """One row of a file. `cells` are as they came, or as somebody corrected them; `told` says why it is refused or what it
    changes; `seen` is the mark of the dossier that this was compared with, empty for a new product."""

    __tablename__ = "import_row"
    __table_args__ = (
        CheckConstraint(f"state in {ROW_STATES}", name="state"),
        UniqueConstraint("import_id", "number"),
        Index("ix_import_row_import_id_state_number", "import_id", "state", "number"),
        Index("ix_import_row_import_id_sku", "import_id", "sku"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("import_file.id"))
    number: Mapped[int] = mapped_column(Integer)
    sku: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(10))
    cells: Mapped[str] = mapped_column(Text)
    told: Mapped[str] = mapped_column(Text, default="{}")
    seen: Mapped[str | None] = mapped_column(String(64))
    corrected_by_id: Mapped[int | None] = mapped_column(Integer)
    corrected_by_name: Mapped[str | None] = mapped_column(String(200))
    corrected_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def corrected_by(self) -> Who | None:
        """Who typed what is in it, where somebody did."""
        return Who(self.corrected_by_id, self.corrected_by_name or "", "admin") if self.corrected_by_id else None

    @property
    def line(self) -> Line:
        """The row as it stood in the sheet."""
        return Line(self.number, restored(json.loads(self.cells)))  # type: ignore[arg-type]

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Why the row was not taken: each reason with its cell, where it has one."""
        return [(cell, text) for cell, text in json.loads(self.told).get("reasons", ())]


def supplier_named(session: Session, name: str, now: datetime) -> Supplier:
    """The supplier of that name, whatever its capitals; a new one where there is none."""
    found = session.scalar(select(Supplier).where(func.lower(Supplier.name) == name.lower()))
    if found is None:
        found = Supplier(name=name, plan="{}", created_at=now)
        session.add(found)
        session.flush()
    return found


def receive_file(
    session: Session, supplier: Supplier, name: str, content: bytes, seen: Glance, by: Who, now: datetime
) -> ImportFile:
    """Keeps a file and proposes what its columns state, as they did in the supplier's last one. No product is touched."""
    sha256 = hashlib.sha256(content).hexdigest()
    if session.get(SheetBytes, sha256) is None:
        session.add(SheetBytes(sha256=sha256, size=len(content), content=content))
    asked = columns.asked_on(session, now.date())
    plan = columns.proposed(seen.header, columns.from_json(supplier.plan), asked, seen.encoding)
    file = new_file(session, supplier, name, by, now)
    file.sha256, file.plan, file.expected = sha256, columns.to_json(plan), seen.expected
    file.notes = json.dumps(seen.notes, ensure_ascii=False)
    return file


def new_file(session: Session, supplier: Supplier, name: str, by: Who, now: datetime) -> ImportFile:
    """A file under the next reference. Refuses (Stale) when somebody took that in the same moment."""
    if by.id is None:
        raise Refused.because("import", "A file is imported by a person.")
    number = (session.scalar(select(func.max(ImportFile.id))) or 0) + 1
    kept = {"name": name[:200], "by_id": by.id, "by_name": by.name, "at": now}
    file = ImportFile(reference=f"IM-{1000 + number}", supplier_id=supplier.id, state="mapping", **kept)
    session.add(file)
    try:
        session.flush()
    except IntegrityError as clash:
        raise Stale.because("changed-meanwhile", "Somebody sent a file in the same moment.") from clash
    journal.note(session, "file received", "import", file.reference, by, now, supplier=supplier.name)
    return file


def content_of(session: Session, file: ImportFile) -> bytes:
    """The bytes of the file as it came."""
    found = session.scalar(select(SheetBytes.content).where(SheetBytes.sha256 == file.sha256))
    return found or b""


def read_again(session: Session, file: ImportFile, seen: Glance, today: date) -> None:
    """The head of the file as it reads in another encoding; its columns are proposed anew. What was corrected was so in other
    letters, and is read from the sheet again."""
    remembered = session.scalar(select(Supplier.plan).where(Supplier.id == file.supplier_id)) or "{}"
    plan = columns.proposed(seen.header, columns.from_json(remembered), columns.asked_on(session, today), seen.encoding)
    values = {"state": "mapping", "plan": columns.to_json(plan), "notes": json.dumps(seen.notes, ensure_ascii=False)}
    _move(session, file, MAPPABLE, values)
    session.execute(delete(ImportRow).where(ImportRow.import_id == file.id))


def plan_columns(session: Session, file: ImportFile, plan: Plan, by: Who, now: datetime) -> None:
    """Says what the columns state, for this file and the supplier's next one, and has it read (again); what a person corrected
    stays. Refuses a plan by which no product can be read, and (Stale) a file that is being imported or was."""
    if faults := plan.faults():
        raise Refused.because("columns", " ".join(faults), "you", "Correct the columns.")
    text = columns.to_json(plan)
    values = {"state": "reading", "plan": text, "read_to": 0, "last_error": None, "attempts": 0, "due_at": now}
    _move(session, file, MAPPABLE, values)
    of_sheet = ImportRow.import_id == file.id, ImportRow.corrected_by_id.is_(None)
    session.execute(delete(ImportRow).where(*of_sheet))
    session.execute(update(Supplier).where(Supplier.id == file.supplier_id).values(plan=text))
    journal.note(session, "columns mapped", "import", file.reference, by, now)


def start_import(session: Session, file: ImportFile, by: Who, now: datetime) -> None:
    """Has the rows that are new or changed entered as drafts, by this person. Refuses (Stale) a file that is not read, or is on
    its way already."""
    if by.id is None or file.sha256 is None:
        raise Refused.because("import", "A supplier’s file is imported, by a person; the market sample stays outside.")
    values = {"state": "importing", "by_id": by.id, "by_name": by.name, "due_at": now, "attempts": 0}
    _move(session, file, ("read",), values)
    journal.note(session, "import begun", "import", file.reference, by, now)


def retry_failed(session: Session, file: ImportFile, by: Who, now: datetime) -> int:
    """Has the failed rows tried once more, over the dossiers as they are then, and the corrected ones entered; how many these
    are. Refuses (Stale) when the import is under way, or nothing is left to try."""
    values = {"state": "importing", "by_id": by.id, "by_name": by.name, "due_at": now, "attempts": 0}
    _move(session, file, ("imported",), values)
    of_file = ImportRow.import_id == file.id
    session.execute(
        update(ImportRow).where(of_file, ImportRow.state == "failed").values(state="new", seen=None, told="{}")
    )
    again = session.scalar(select(func.count()).where(of_file, ImportRow.state.in_(WAITING))) or 0
    if not again:
        raise Stale.because("changed-meanwhile", "Somebody tried these rows already.", "you", "Reload the page.")
    journal.note(session, "failed rows tried again", "import", file.reference, by, now)
    return again


def hold_still(session: Session, file: ImportFile) -> None:
    """Nobody starts the import until the commit. Refuses (Stale) a file that is on its way."""
    _move(session, file, ("read", "imported"), {"attempts": 0})


def _move(session: Session, file: ImportFile, before: Sequence[str], values: Mapping[str, object]) -> None:
    moved = update(ImportFile).where(ImportFile.id == file.id, ImportFile.state.in_(before)).values(**values)
    if not session.execute(moved).rowcount:  # type: ignore[attr-defined]
        raise Stale.because("changed-meanwhile", "This file is elsewhere by now.", "you", "Reload the page.")


def corrected_rows(session: Session, file: ImportFile) -> int:
    """How many rows a person put right: they stay so when the file is compared anew, but not in other letters."""
    is_corrected = (ImportRow.import_id == file.id, ImportRow.corrected_by_id.is_not(None))
    return session.scalar(select(func.count()).where(*is_corrected)) or 0


def counts_of(session: Session, file: ImportFile) -> dict[str, int]:
    """How many rows there are of each state."""
    found = select(ImportRow.state, func.count()).where(ImportRow.import_id == file.id).group_by(ImportRow.state)
    counted = {row[0]: row[1] for row in session.execute(found)}
    return {state: counted.get(state, 0) for state in ROW_STATES}
