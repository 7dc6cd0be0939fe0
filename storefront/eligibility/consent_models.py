"""What a client agreed to, as rows: the text they signed, when they took it back, and the files of them that are kept under
seal: pictures of their skin, and papers of a course from before the shop."""

from datetime import date, datetime
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Integer, LargeBinary, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.lasting import lasts
from storefront.eligibility.signed import Signed


class Consent(Signed, Base):
    """`signed_name` is what the client typed under the `text`, as it stood on the page; `by` is who was signed in: the client,
    or on the clinic's tablet the practitioner beside them."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("kind in ('treatment', 'photos', 'publication')", name="kind"),
        CheckConstraint("signed_name <> ''", name="signed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    text_sha256: Mapped[str] = mapped_column(String(64))
    signed_name: Mapped[str] = mapped_column(String(200))
    signed_on: Mapped[date] = mapped_column()  # the day where the clinic is
    on_tablet: Mapped[bool] = mapped_column(default=False)

    withdrawal: Mapped["ConsentWithdrawal | None"] = relationship(lazy="raise", uselist=False)


class ConsentWithdrawal(Signed, Base):
    """The client took a consent back; it needs no reason."""

    __tablename__ = "consent_withdrawal"

    id: Mapped[int] = mapped_column(primary_key=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"), unique=True)
    withdrawn_on: Mapped[date] = mapped_column()


class SealedFile(Base):
    """A file that lies encrypted, under a key of its own, which lies wrapped in the clinic's. `token` is its public name, a
    part of what is encrypted. Once destroyed, neither bytes nor key are there."""

    __tablename__ = "sealed_file"
    __table_args__ = (CheckConstraint("(destroyed_at is null) = (wrapped_key is not null)", name="destroyed"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int] = mapped_column(Integer)
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    kept_at: Mapped[datetime] = mapped_column(UTCDateTime)
    destroyed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Photo(Signed, Base):
    """A picture of the client's skin before or after treatments; taken and kept under the client's consent to pictures."""

    __tablename__ = "photo"
    __table_args__ = (CheckConstraint("moment in ('before', 'after')", name="moment"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("sealed_file.id"), unique=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"))
    moment: Mapped[str] = mapped_column(String(10))
    view: Mapped[str] = mapped_column(String(40), default="face")
    taken_on: Mapped[date] = mapped_column()

    file: Mapped[SealedFile] = relationship(lazy="raise")


lasts(cast(Table, Consent.__table__))
lasts(cast(Table, ConsentWithdrawal.__table__))
