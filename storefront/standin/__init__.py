"""A stand-in for Stripe on this machine: its paths, objects, errors and signed events, and no real money.

It keeps its own database and its own commits, imports no other room, and none imports it.
Start: `python -m storefront.standin`.
"""
