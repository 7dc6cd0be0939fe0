"""Accounts, the links and sessions that prove who someone is, and the attempts that are counted against guessing.
Tokens are kept as SHA-256 only: who reads the database cannot sign in with it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.journal import Who


class Account(Base):
    """A client signs in by e-mailed link, staff by password. Who is invited and has not come yet is asked for the date of
    birth; `birth_tries` counts the wrong ones since the clinic's invitation."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("role in ('client', 'practitioner', 'admin')", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(default=True)
    is_invited: Mapped[bool] = mapped_column(default=False)
    birth_tries: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @property
    def who(self) -> Who:
        return Who(self.id, self.name, self.role)


class SignInLink(Base):
    """E-mailed, single use."""

    __tablename__ = "sign_in_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    account: Mapped[Account] = relationship(lazy="raise")

    def is_live(self, now: datetime) -> bool:
        return self.used_at is None and now < self.expires_at


class SignedIn(Base):
    """One browser signed in as one account; ended at sign-out, so that a copied cookie dies with it."""

    __tablename__ = "signed_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    began_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    account: Mapped[Account] = relationship(lazy="raise")


class Attempt(Base):
    """One try at something that may be guessed or flooded, counted per key over all workers."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
