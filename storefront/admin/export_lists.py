"""Every list as a table of columns: what the pages show, for a spreadsheet. Each is the select of its page with the same filters,
read as plain columns, so that a list of any length goes through a few hundred rows at a time."""

from typing import Any

from sqlalchemy import Select, select

from catalogue import stock
from catalogue.batches import Batch
from catalogue.known_verdicts import KnownVerdict, verdict_on
from catalogue.ledger import StockMovement
from catalogue.products import Document, DossierRow, EvidenceRow, Listing, Product, Vetting
from catalogue.recalls import Recall, RecallBatch
from catalogue.supplier_files import ROW_STATES, ImportFile, ImportRow, Supplier
from catalogue.versions import Publication, SpecificationVersion
from storefront import clock
from storefront.admin import batches, messages, order_list, parcels
from storefront.admin.export_charts import CHARTED
from storefront.admin.export_findings import JUDGED
from storefront.admin.export_kinds import Arguments, Export, WorkedOut
from storefront.admin.export_records import RECORDS
from storefront.admin.export_trade import TRADE
from storefront.admin.product_filters import ProductFilters
from storefront.admin.reading import unlisted_products
from storefront.eligibility.models import Client
from storefront.messages.models import Message
from storefront.orders import gate
from storefront.orders.invoice_models import Invoice, InvoiceSheet
from storefront.orders.models import Order
from storefront.roles import ADMIN


def products(arguments: Arguments) -> Select[Any]:
    today = clock.today()
    found = ProductFilters.read(arguments).all_chosen(today, gate.rules_on(today))
    found = found.outerjoin(Product.listing).outerjoin(Vetting, Vetting.id == Listing.vetting_id)
    return found.outerjoin(KnownVerdict, KnownVerdict.product_id == Product.id)


def chosen_products(skus: list[str]) -> Select[Any]:
    """Those that a person ticked."""
    found = select(Product).where(Product.sku.in_(skus)).order_by(Product.name, Product.id)
    found = found.outerjoin(Product.listing).outerjoin(Vetting, Vetting.id == Listing.vetting_id)
    return found.outerjoin(KnownVerdict, KnownVerdict.product_id == Product.id)


def documents(arguments: Arguments) -> Select[Any]:
    found = select(EvidenceRow).join(EvidenceRow.dossier).join(DossierRow.product)
    found = found.outerjoin(Document, Document.sha256 == EvidenceRow.document_sha256)
    return of_product(found, arguments).order_by(Product.sku, EvidenceRow.id)


def vettings(arguments: Arguments) -> Select[Any]:
    found = select(Vetting).join(Product, Product.id == Vetting.product_id)
    return of_product(found, arguments).order_by(Vetting.id)


def of_product(found: Select[Any], arguments: Arguments) -> Select[Any]:
    """Of one product alone where its SKU is said."""
    sku = arguments.get("sku", "")
    return found.where(Product.sku == sku) if sku else found


def movements(arguments: Arguments) -> Select[Any]:
    """Of one batch alone where its code is said."""
    found = select(StockMovement).join(Batch, Batch.id == StockMovement.batch_id).order_by(StockMovement.id)
    code = arguments.get("batch", "")
    return found.where(Batch.code == code) if code else found


def recalled(_arguments: Arguments) -> Select[Any]:
    """A row for each batch of a recall."""
    found = select(Recall).join(RecallBatch, RecallBatch.recall_id == Recall.id)
    return found.join(Batch, Batch.id == RecallBatch.batch_id).order_by(Recall.id, Batch.code)


def imported(arguments: Arguments) -> Select[Any]:
    """A row for each row of a supplier's file; of one file, or in one state, where the address says so."""
    found = select(ImportRow).join(ImportFile, ImportFile.id == ImportRow.import_id).join(ImportFile.supplier)
    file, state = arguments.get("file", ""), arguments.get("state", "")
    found = found.where(ImportFile.reference == file) if file else found
    found = found.where(ImportRow.state == state) if state in ROW_STATES else found
    return found.order_by(ImportFile.id, ImportRow.number)


def dossiers(_arguments: Arguments) -> Select[Any]:
    """Those of products that are not on sale, as the queue has them."""
    return unlisted_products()


def invoiced(_arguments: Arguments) -> Select[Any]:
    found = select(Invoice).join(Order, Order.id == Invoice.order_id)
    return found.outerjoin(InvoiceSheet, InvoiceSheet.invoice_id == Invoice.id).order_by(Invoice.id)


def files(_arguments: Arguments) -> Select[Any]:
    return select(ImportFile).join(ImportFile.supplier).order_by(ImportFile.id)


def specifications(_arguments: Arguments) -> Select[Any]:
    return select(SpecificationVersion).outerjoin(SpecificationVersion.publication).order_by(SpecificationVersion.id)


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
    "Status": Batch.status, "Shelf": Batch.shelf, "Expires": Batch.expires_on, "Received": Batch.received,
    "Reserved": Batch.reserved, "Sold": Batch.sold, "Returned": Batch.returned, "Destroyed": Batch.destroyed, "Free": stock.free,
    "Delivery note": Batch.delivery_note, "Received at": Batch.received_at, "Received by": Batch.received_by,
}  # fmt: skip
ORDERS = {
    "Order": Order.number, "Placed": Order.placed_at, "Status": Order.status, "Client number": Client.number,
    "Client": Client.name, "Delivery": Order.way_name, "Country": Order.country, "Discount code": Order.discount_code,
    "Discount (£)": order_list.TAKEN_OFF, "Total (£)": Order.total_minor,
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
    "Corrected by": ImportRow.corrected_by_name, "Corrected": ImportRow.corrected_at,
}  # fmt: skip
FILES = {
    "File": ImportFile.reference, "Supplier": Supplier.name, "Name": ImportFile.name, "State": ImportFile.state,
    "Sent": ImportFile.at, "By": ImportFile.by_name, "What went wrong": ImportFile.last_error,
}  # fmt: skip
DOSSIERS = {
    "SKU": Product.sku, "Product": Product.name, "Kind": Product.kind, "Verdict as last judged": KnownVerdict.verdict,
    "Entered by": DossierRow.changed_by_name, "Changed": DossierRow.changed_at, "Hash": DossierRow.hash,
}  # fmt: skip
INVOICES = {
    "Number": Invoice.number, "Kind": Invoice.kind, "Order": Order.number, "Issued": Invoice.issued_at,
    "Tax point": Invoice.supplied_on, "Total (£)": Invoice.gross_minor, "VAT in it (£)": Invoice.tax_minor,
    "Currency": Invoice.currency, "Sheet (SHA-256)": InvoiceSheet.sha256,
}  # fmt: skip
MAILS = {
    "Mail": Message.reference, "Written": Message.queued_at, "Kind": Message.kind, "To": Message.to,
    "Subject": Message.subject, "About": Message.about, "Sent": Message.sent_at, "Given up": Message.given_up_at,
    "Came back": Message.came_back_at, "Tries": Message.attempts, "Last error": Message.last_error,
}  # fmt: skip
SPECIFICATIONS = {
    "Version": SpecificationVersion.version, "Drafted by": SpecificationVersion.author_name,
    "Drafted": SpecificationVersion.made_at, "Why": SpecificationVersion.reason,
    "In force from": Publication.in_force_from, "Published": Publication.published_at,
    "Withdrawn": Publication.withdrawn_at, "Why withdrawn": Publication.withdrawn_why, "Hash": SpecificationVersion.hash,
}  # fmt: skip


def exports() -> dict[str, Export | WorkedOut]:
    """Every list by the name in its address."""
    return {
        "products": Export("Products", product_columns(), products),
        "dossiers": Export("Dossiers that are not on sale", DOSSIERS, dossiers),
        "documents": Export("Documents", DOCUMENTS, documents),
        "vettings": Export("Vettings", VETTINGS, vettings),
        "specifications": Export("Versions of the specification", SPECIFICATIONS, specifications),
        **JUDGED,
        **CHARTED,
        **TRADE,
        "batches": Export("Batches", BATCHES, batches.listed),
        "movements": Export("Movements of stock", MOVEMENTS, movements),
        "orders": Export("Orders", ORDERS, order_list.listed, (ADMIN,), holds_people=True),
        "parcels": WorkedOut(
            "Parcels for the carrier", parcels.CARRIER, parcels.for_the_carrier, (ADMIN,), holds_people=True
        ),
        "invoices": Export("Invoices and credit notes", INVOICES, invoiced, (ADMIN,)),
        "messages": Export("Mail", MAILS, messages.listed, (ADMIN,), holds_people=True),
        "recalls": Export("Recalls", RECALLS, recalled, (ADMIN,)),
        "import-files": Export("Suppliers' files", FILES, files, (ADMIN,)),
        "imports": Export("Rows of suppliers' files", IMPORTS, imported, (ADMIN,)),
        **RECORDS,
    }
