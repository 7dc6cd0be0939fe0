"""The only room that knows Stripe."""
