"""The shop: who may buy, what they buy, and the money. Flask lives here and nowhere below."""
