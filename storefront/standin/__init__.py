"""The local stand-in for Stripe: a separate small server on loopback. Imports no other room, and none imports it."""
