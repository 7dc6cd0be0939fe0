"""The demo clinic: invented people, goods and orders, all relative to the day of loading, made by the same actions that serve
real ones. Nothing here knows a short cut past a rule."""
