"""What whoever packs scans or types for a line: our own code of a batch, or the code of the box as GS1 writes it, which names the
maker's lot. Pure: the words and the loaded batches in, a batch or what is wrong with the words out."""

import re
from collections.abc import Mapping
from datetime import date

from catalogue import gs1
from catalogue.batches import Batch
from catalogue.products import Product

UNKNOWN = "there is no such batch."
_BETWEEN = re.compile(r"[ \t\r\n]+")  # never FNC1, which Python takes for a space


def words(typed: str) -> list[str]:
    """What was scanned or typed one after another. Our codes may also stand with commas between them; a lot may hold one."""
    told = [word for word in _BETWEEN.split(typed) if word]
    return [part for word in told for part in ([word] if _is_of_a_box(word) else word.split(",")) if part]


def batch_of(word: str, product: Product, ours: Mapping[str, Batch], today: date) -> Batch | str:
    """The batch that a word names for this product; `ours` are the batches with these codes, of whatever product."""
    if word in ours:
        return ours[word]
    try:
        scan = gs1.read(word, today)
    except gs1.Unreadable as error:
        return str(error) if _is_of_a_box(word) else UNKNOWN
    if not gs1.is_of(scan, product.gtin):
        return f"this box is GTIN {scan.gtin}; {product.name} has {product.gtin}."
    if scan.lot is None:
        return "the code of this box names no lot: type our code." if _is_of_a_box(word) else UNKNOWN
    return _of_lot(scan, scan.lot, product)


def _of_lot(scan: gs1.Scan, lot: str, product: Product) -> Batch | str:
    """The one batch with this lot. Where several have it, the serial or the date tells them apart, else a person has to."""
    found = [batch for batch in product.batches if batch.supplier_lot == lot]
    if not found:
        return f"no batch of {product.name} has the lot {lot}."
    fitting = [batch for batch in found if scan.expires_on in (None, batch.expires_on)]
    if not fitting:
        return f"the box expires on {scan.expires_on}, lot {lot} on {found[0].expires_on}: compare them."
    exact = [batch for batch in fitting if scan.serial and batch.serial == scan.serial] or fitting
    if len(exact) > 1:
        return f"lot {lot} came as {', '.join(batch.code for batch in exact)}: type which it is."
    return exact[0]


def _is_of_a_box(word: str) -> bool:
    return word.startswith(("(", "]", "01")) or gs1.FNC1 in word
