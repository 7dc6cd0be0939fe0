"""Every list as a table of columns: what the pages show, for a spreadsheet. Each is the select of its page with the same filters,
read as plain columns, so that a list of any length goes through a few hundred rows at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, select
from werkzeug.datastructures import MultiDict

from catalogue import stock
from catalogue.batches import Batch
from catalogue.known_verdicts import KnownVerdict, verdict_on
from catalogue.ledger import StockMovement
from catalogue.products import Document, DossierRow, EvidenceRow, Listing, Product, Vetting
from catalogue.recalls import Recall, RecallBatch
from catalogue.supplier_files import ImportFile, ImportRow, Supplier
from storefront import clock
from storefront.accounts.models import Account
from storefront.admin import batches, orders
from storefront.admin.product_filters import ProductFilters
from storefront.eligibility.consultations import ConsultationAnswer, ConsultationRequest
from storefront.eligibility.models import Client, Qualification
from storefront.orders import gate
from storefront.orders.models import Order
from storefront.roles import ADMIN, PRACTITIONER, STAFF

Arguments = MultiDict[str, str]


@dataclass(frozen=True)
class Export:
    """A list: its columns by title, who may take it, and whether it holds people, which is written to the journal."""

    title: str
    columns: Mapping[str, Any]
    rows: Callable[[Arguments], Select[Any]]
    roles: tuple[str, ...] = (ADMIN, PRACTITIONER)
    holds_people: bool = False

    def selected(self, arguments: Arguments) -> Select[Any]:
        """The rows as columns, for the filters that an address says."""
        named = (column.label(f"column_{n}") for n, column in enumerate(self.columns.values()))
        return self.rows(arguments).with_only_columns(*named, maintain_column_froms=True)

    def cells(self, row: Row[Any]) -> list[object]:
        """Amounts are kept in pence; a sheet shows pounds."""
        is_money = (title.endswith("(£)") for title in self.columns)
        return [
            Decimal(value) / 100 if money and value is not None else value
            for money, value in zip(is_money, row, strict=True)
        ]


def products(arguments: Arguments) -> Select[Any]:
    today = clock.today()
    found, _ = ProductFilters.read(arguments).chosen(today, gate.rules_on(today))
    found = found.outerjoin(Product.listing).outerjoin(Vetting, Vetting.id == Listing.vetting_id)
    return found.outerjoin(KnownVerdict, KnownVerdict.product_id == Product.id)


def chosen_products(skus: list[str]) -> Select[Any]:
    """Those that a person ticked."""
    found = select(Product).where(Product.sku.in_(skus)).order_by(Product.name, Product.id)
    found = found.outerjoin(Product.listing).outerjoin(Vetting, Vetting.id == Listing.vetting_id)
    return found.outerjoin(KnownVerdict, KnownVerdict.product_id == Product.id)


def documents(_arguments: Arguments) -> Select[Any]:
    found = select(EvidenceRow).join(EvidenceRow.dossier).join(DossierRow.product)
    found = found.outerjoin(Document, Document.sha256 == EvidenceRow.document_sha256)
    return found.order_by(Product.sku, EvidenceRow.id)


def vettings(_arguments: Arguments) -> Select[Any]:
    return select(Vetting).join(Product, Product.id == Vetting.product_id).order_by(Vetting.id)


def movements(_arguments: Arguments) -> Select[Any]:
    return select(StockMovement).join(Batch, Batch.id == StockMovement.batch_id).order_by(StockMovement.id)


def recalled(_arguments: Arguments) -> Select[Any]:
    """A row for each batch of a recall."""
    found = select(Recall).join(RecallBatch, RecallBatch.recall_id == Recall.id)
    return found.join(Batch, Batch.id == RecallBatch.batch_id).order_by(Recall.id, Batch.code)


def imported(_arguments: Arguments) -> Select[Any]:
    """A row for each row of a supplier's file."""
    found = select(ImportRow).join(ImportFile, ImportFile.id == ImportRow.import_id).join(ImportFile.supplier)
    return found.order_by(ImportFile.id, ImportRow.number)


def people(_arguments: Arguments) -> Select[Any]:
    found = select(Account).outerjoin(Qualification, Qualification.account_id == Account.id)
    return found.where(Account.role.in_(STAFF)).order_by(Account.name, Qualification.expires_on)


def clients(_arguments: Arguments) -> Select[Any]:
    return select(Client).order_by(Client.name, Client.id)


def consultations(_arguments: Arguments) -> Select[Any]:
    found = select(ConsultationRequest).outerjoin(ConsultationRequest.answer)
    return found.order_by(ConsultationRequest.asked_at, ConsultationRequest.id)


def product_columns() -> dict[str, Any]:
    return {
        "SKU": Product.sku, "Name": Product.name, "Kind": Product.kind, "Brand": Product.brand,
        "Maker": Product.manufacturer, "GTIN": Product.gtin, "Price (£)": Product.price_minor,
        "Verdict as last judged": verdict_on(clock.today()), "Judged on": KnownVerdict.judged_on,
        "On sale since": Listing.listed_at, "Vetted until": Vetting.lapses_on, "Signed by": Vetting.signed_by_name,
        "Entered": Product.created_at,
    }  # fmt: skip


BATCHES = {
    "Batch": Batch.code, "Supplier's lot": Batch.supplier_lot, "SKU": Product.sku, "Product": Product.name,
    "Status": Batch.status, "Expires": Batch.expires_on, "Received": Batch.received, "Reserved": Batch.reserved,
    "Sold": Batch.sold, "Returned": Batch.returned, "Destroyed": Batch.destroyed, "Free": stock.free,
    "Delivery note": Batch.delivery_note, "Received at": Batch.received_at, "Received by": Batch.received_by,
}  # fmt: skip
ORDERS = {
    "Order": Order.number, "Placed": Order.placed_at, "Status": Order.status, "Client number": Client.number,
    "Client": Client.name, "Delivery": Order.delivery, "Total (£)": Order.total_minor,
    "Taken (£)": Order.captured_minor, "Given back (£)": Order.refunded_minor,
    "Specification": Order.specification_version,
}  # fmt: skip
DOCUMENTS = {
    "SKU": Product.sku, "Product": Product.name, "Proof": EvidenceRow.proof, "Title": EvidenceRow.title,
    "Issuer": EvidenceRow.issuer, "Reference": EvidenceRow.reference, "Issued": EvidenceRow.issued_on,
    "Expires": EvidenceRow.expires_on, "Covers": EvidenceRow.covers, "File": Document.name,
    "SHA-256": EvidenceRow.document_sha256,
}  # fmt: skip
VETTINGS = {
    "Number": Vetting.id, "SKU": Product.sku, "Verdict": Vetting.verdict, "Specification": Vetting.specification_version,
    "Entered by": Vetting.entered_by_name, "Signed by": Vetting.signed_by_name, "Role": Vetting.signed_by_role,
    "Signed": Vetting.signed_at, "Counts until": Vetting.lapses_on, "Dossier": Vetting.dossier_hash,
}  # fmt: skip
MOVEMENTS = {
    "Batch": Batch.code, "At": StockMovement.at, "What": StockMovement.kind, "Free": StockMovement.free,
    "Reserved": StockMovement.reserved, "Sold": StockMovement.sold, "Returned": StockMovement.returned,
    "Destroyed": StockMovement.destroyed, "Order": StockMovement.order_number, "By": StockMovement.by_name,
    "Why": StockMovement.why,
}  # fmt: skip
RECALLS = {
    "Recall": Recall.number, "Status": Recall.status, "Severity": Recall.severity, "Cause": Recall.cause,
    "Opened": Recall.opened_at, "Batch": Batch.code, "Supplier's lot": Batch.supplier_lot,
}  # fmt: skip
IMPORTS = {
    "File": ImportFile.reference, "Supplier": Supplier.name, "Name": ImportFile.name, "Sent": ImportFile.at,
    "Row": ImportRow.number, "SKU": ImportRow.sku, "State": ImportRow.state, "What was said of it": ImportRow.told,
}  # fmt: skip
PEOPLE = {
    "Name": Account.name, "Email": Account.email, "Role": Account.role, "May sign in": Account.is_active,
    "Certificate": Qualification.title, "Registration": Qualification.registration, "Valid until": Qualification.expires_on,
}  # fmt: skip
CLIENTS = {
    "Number": Client.number, "Name": Client.name, "Born": Client.born_on, "Email": Client.email, "Phone": Client.phone,
    "Registered": Client.created_at,
}  # fmt: skip
CONSULTATIONS = {
    "Reference": ConsultationRequest.reference, "Asked": ConsultationRequest.asked_at, "Name": ConsultationRequest.name,
    "Email": ConsultationRequest.email, "Phone": ConsultationRequest.phone, "Concern": ConsultationRequest.concern,
    "Wishes": ConsultationRequest.wishes, "Times": ConsultationRequest.times, "Answered": ConsultationAnswer.at,
    "Answered by": ConsultationAnswer.by_name, "What came of it": ConsultationAnswer.note,
}  # fmt: skip


def exports() -> dict[str, Export]:
    """Every list by the name in its address."""
    return {
        "products": Export("Products", product_columns(), products),
        "documents": Export("Documents", DOCUMENTS, documents),
        "vettings": Export("Vettings", VETTINGS, vettings),
        "batches": Export("Batches", BATCHES, batches.listed),
        "movements": Export("Movements of stock", MOVEMENTS, movements),
        "orders": Export("Orders", ORDERS, orders.listed, (ADMIN,), holds_people=True),
        "recalls": Export("Recalls", RECALLS, recalled, (ADMIN,)),
        "imports": Export("Rows of suppliers' files", IMPORTS, imported, (ADMIN,)),
        "people": Export("People who work here", PEOPLE, people, (ADMIN,), holds_people=True),
        "clients": Export("Clients", CLIENTS, clients, (PRACTITIONER,), holds_people=True),
        "consultations": Export(
            "Requests for a consultation", CONSULTATIONS, consultations, (PRACTITIONER,), holds_people=True
        ),
    }
