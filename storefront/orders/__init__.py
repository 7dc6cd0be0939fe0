"""Baskets, orders, the money owed either way, dispatch and stopping."""
