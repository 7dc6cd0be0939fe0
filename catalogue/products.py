"""Products as rows: the product, its dossier with evidence, the documents by hash, the signed vetting, and the listing that
puts it on sale. The value that is judged is `dossiers.Dossier`; `Dossier…` rows here keep it."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.batches import Batch
from catalogue.judgements import Judgement
from catalogue.listing_guards import lay_guards_with_tables
from catalogue.money import Money

KINDS = ("roller", "serum")


class Product(Base):
    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint("kind in ('roller', 'serum')", name="kind"),
        CheckConstraint("price_minor > 0", name="price"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    sku: Mapped[str] = mapped_column(String(40), unique=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    brand: Mapped[str] = mapped_column(String(200), default="")
    manufacturer: Mapped[str] = mapped_column(String(200), default="")
    gtin: Mapped[str | None] = mapped_column(String(14))
    summary: Mapped[str] = mapped_column(Text, default="")
    price_minor: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(String(3), default="GBP")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    dossier: Mapped["DossierRow"] = relationship(back_populates="product", lazy="raise", uselist=False)
    listing: Mapped["Listing | None"] = relationship(back_populates="product", lazy="raise", uselist=False)
    batches: Mapped[list[Batch]] = relationship(back_populates="product", lazy="raise", order_by=Batch.expires_on)

    @property
    def recalled_batches(self) -> list["Batch"]:
        """Of the batches that were loaded, those that are called back."""
        return [batch for batch in self.batches if batch.status == "recalled"]

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


class Document(Base):
    """A stored file, once by its hash; the bytes lie outside the web root. `sent_sha256` is that of the file as it came:
    a picture is stored as it was drawn anew."""

    __tablename__ = "document"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    sent_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    stored_at: Mapped[datetime] = mapped_column(UTCDateTime)


class DossierRow(Base):
    """The current facts of one product. `hash` is that of `dossiers.Dossier`; a change of it takes the product off sale."""

    __tablename__ = "dossier"
    __table_args__ = (UniqueConstraint("product_id", "hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), unique=True)
    facts: Mapped[str] = mapped_column(Text, default="{}")
    hash: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_by_id: Mapped[int] = mapped_column(Integer)
    changed_by_name: Mapped[str] = mapped_column(String(200))

    product: Mapped[Product] = relationship(back_populates="dossier", lazy="raise")
    evidence: Mapped[list["EvidenceRow"]] = relationship(
        back_populates="dossier", lazy="raise", order_by="EvidenceRow.id", cascade="all, delete-orphan"
    )
    changes: Mapped[list["DossierChange"]] = relationship(lazy="raise", order_by="DossierChange.id")


class DossierChange(Base):
    """Who entered or changed a dossier, and what. `vetting_id` names the accepted vetting that vouches for the change;
    until then nobody who made it may sign. `state` is the whole dossier as it was from then on."""

    __tablename__ = "dossier_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    vetting_id: Mapped[int | None] = mapped_column(ForeignKey("vetting.id"))
    by_id: Mapped[int] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    hash: Mapped[str] = mapped_column(String(64))
    changed: Mapped[str] = mapped_column(Text, default="[]")
    state: Mapped[str] = mapped_column(Text, default="", server_default="")


class EvidenceRow(Base):
    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    document_sha256: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"), index=True)
    proof: Mapped[str] = mapped_column(String(20))
    covers: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(200))
    reference: Mapped[str] = mapped_column(String(120))
    issued_on: Mapped[date] = mapped_column()
    expires_on: Mapped[date | None] = mapped_column()
    file: Mapped[str | None] = mapped_column(String(200))
    page: Mapped[str | None] = mapped_column(String(40))

    dossier: Mapped[DossierRow] = relationship(back_populates="evidence", lazy="raise")


class Vetting(Base):
    """A signed judgement of exactly one dossier hash under one specification. Two people: who entered it cannot sign it."""

    __tablename__ = "vetting"
    __table_args__ = (
        CheckConstraint("verdict in ('accepted', 'incomplete', 'rejected')", name="verdict"),
        CheckConstraint("signed_by_id <> entered_by_id", name="two_people"),
        UniqueConstraint("id", "product_id", "dossier_hash", "verdict"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    dossier_hash: Mapped[str] = mapped_column(String(64))
    dossier: Mapped[str] = mapped_column(Text)
    specification_version: Mapped[str] = mapped_column(String(20))
    specification_hash: Mapped[str] = mapped_column(String(64))
    verdict: Mapped[str] = mapped_column(String(10))
    findings: Mapped[str] = mapped_column(Text)
    shown_hash: Mapped[str] = mapped_column(String(64))
    lapses_on: Mapped[date | None] = mapped_column()
    entered_by_id: Mapped[int] = mapped_column(Integer)
    entered_by_name: Mapped[str] = mapped_column(String(200))
    signed_by_id: Mapped[int] = mapped_column(Integer)
    signed_by_name: Mapped[str] = mapped_column(String(200))
    signed_by_role: Mapped[str] = mapped_column(String(20))
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    meaning: Mapped[str] = mapped_column(Text)


class Voiding(Base):
    """A product was taken off sale by a person, whatever its dossier says: of which vetting, by whom, when and why."""

    __tablename__ = "voiding"

    id: Mapped[int] = mapped_column(primary_key=True)
    vetting_id: Mapped[int] = mapped_column(ForeignKey("vetting.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    why: Mapped[str] = mapped_column(Text)


class Listing(Base):
    """For sale. The foreign keys make the database refuse a listing but for an accepted vetting of exactly this dossier."""

    __tablename__ = "listing"
    __table_args__ = (
        CheckConstraint("verdict = 'accepted'", name="accepted"),
        ForeignKeyConstraint(["product_id", "dossier_hash"], ["dossier.product_id", "dossier.hash"]),
        ForeignKeyConstraint(
            ["vetting_id", "product_id", "dossier_hash", "verdict"],
            ["vetting.id", "vetting.product_id", "vetting.dossier_hash", "vetting.verdict"],
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), unique=True)
    vetting_id: Mapped[int] = mapped_column(Integer)
    dossier_hash: Mapped[str] = mapped_column(String(64))
    verdict: Mapped[str] = mapped_column(String(10), default="accepted")
    listed_at: Mapped[datetime] = mapped_column(UTCDateTime)

    product: Mapped[Product] = relationship(back_populates="listing", lazy="raise", foreign_keys=[product_id])
    vetting: Mapped[Vetting] = relationship(
        lazy="raise", primaryjoin="Vetting.id == Listing.vetting_id", foreign_keys=[vetting_id]
    )
    judgements: Mapped[list[Judgement]] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin="and_(foreign(Judgement.product_id) == Listing.product_id,"
        " foreign(Judgement.dossier_hash) == Listing.dossier_hash)",
    )


event.listen(Base.metadata, "after_create", lay_guards_with_tables)
