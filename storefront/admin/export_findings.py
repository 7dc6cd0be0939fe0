"""What the rules say, as files: every finding on every product as it stands today, the rules themselves of one version, and what a
version would do."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from catalogue.dossiers import Dossier
from catalogue.drafts import LOADING, dossier_of
from catalogue.specification import Specification
from catalogue.vetting import judge
from storefront import clock
from storefront.admin.export_kinds import ROWS_AT_ONCE, Arguments, WorkedOut
from storefront.admin.product_filters import ProductFilters
from storefront.admin.versions import rules_named
from storefront.orders import gate, touched
from storefront.orders.consequences import Consequences, consequences

FINDINGS = ("SKU", "Product", "Rule", "What it asks", "Says", "Found", "Demanded", "Proven by", "Specification", "Day")
RULES = (
    "Specification", "Rule", "Of a", "What it asks", "Checked on", "Demanded", "Proof", "Outcome", "Severity", "Basis",
    "Applies", "Note", "Sources",
)  # fmt: skip
CONSEQUENCES = ("Specification", "What it does", "SKU", "Product", "By which rules", "In stock", "Worth (£)", "Instead")


def findings(session: Session, arguments: Arguments) -> Iterator[Sequence[object]]:
    """Of the products that the address asks for, judged a few hundred at a time."""
    today = clock.today()
    rules = gate.rules_on(today)
    wanted = ProductFilters.read(arguments).all_chosen(today, rules)
    for product in session.scalars(wanted.options(*LOADING).execution_options(yield_per=ROWS_AT_ONCE)):
        yield from findings_of(dossier_of(product), rules, today)


def findings_of(dossier: Dossier, rules: Specification, today: date) -> Iterator[Sequence[object]]:
    for found in judge(dossier, rules, today).findings:
        told = (found.rule, rules.rule(found.rule).title, found.verdict, found.found, found.demanded, found.proof)
        yield (dossier.sku, dossier.name, *told, rules.version, today)


def rules(_session: Session, arguments: Arguments) -> Iterator[Sequence[object]]:
    """Of the version that is named, else of the one in force. 404 when there is none of that name."""
    named = arguments.get("version", "")
    return rules_told(rules_named(named) if named else gate.rules_on(clock.today()))


def rules_told(specification: Specification) -> Iterator[Sequence[object]]:
    for rule in specification.rules:
        applies = f"{rule.applies_when.fact} {rule.applies_when.must}" if rule.applies_when else ""
        sources = "; ".join(source.title for source in rule.sources)
        told = (rule.title, rule.checked_on, rule.demanded, rule.proof, rule.outcome, rule.severity)
        yield (specification.version, rule.id, rule.product, *told, rule.basis_in_words, applies, rule.note, sources)


def version_does(_session: Session, arguments: Arguments) -> Iterator[Sequence[object]]:
    """Of the version that is named, else of the one that comes next. 404 when there is none of that name."""
    named, today = arguments.get("version", ""), clock.today()
    told = rules_named(named) if named else touched.rules_to_meet(today)
    return consequences_told(told.version, consequences(told, gate.rules_on(today), today))


def consequences_told(version: str, found: Consequences) -> Iterator[Sequence[object]]:
    for each in found.falls:
        rules = "; ".join(f"{rule.id} {rule.title}" for rule in each.rules)
        instead = each.instead.sku if each.instead else ""
        worth = Decimal(each.worth.minor) / 100
        yield (version, "falls", each.product.sku, each.product.name, rules, each.units, worth, instead)
    for losing in found.composed:
        parts = "; ".join(part.sku for part in losing.parts)
        yield (version, "kit loses a part", losing.kit.code, losing.kit.name, parts, "", "", "")
    for does, products in (
        ("lapses before whatever is signed", found.lapses),
        ("would pass", found.passes),
        ("its page changes", found.pages),
    ):
        for product in products:
            yield (version, does, product.sku, product.name, "", "", "", "")


JUDGED = {
    "findings": WorkedOut("Findings on every product", FINDINGS, findings),
    "rules": WorkedOut("Rules of the specification", RULES, rules),
    "consequences": WorkedOut("What the coming specification does", CONSEQUENCES, version_does),
}
