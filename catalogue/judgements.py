"""What a coming version of the specification says of a dossier that was vetted under an earlier one: judged beforehand, so
that on the version's first day the date alone decides."""

import json
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.base import Base, UTCDateTime


class Judgement(Base):
    """One version's verdict on exactly one dossier. `open_rules` are those that stand against it, in JSON."""

    __tablename__ = "judgement"
    __table_args__ = (
        CheckConstraint("verdict in ('accepted', 'incomplete', 'rejected')", name="verdict"),
        UniqueConstraint("product_id", "dossier_hash", "specification_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    dossier_hash: Mapped[str] = mapped_column(String(64))
    specification_hash: Mapped[str] = mapped_column(String(64), index=True)
    verdict: Mapped[str] = mapped_column(String(10))
    open_rules: Mapped[str] = mapped_column(Text, default="[]")
    findings: Mapped[str] = mapped_column(Text, deferred=True)
    lapses_on: Mapped[date | None] = mapped_column()
    judged_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @property
    def rules_against(self) -> tuple[str, ...]:
        return tuple(json.loads(self.open_rules))
