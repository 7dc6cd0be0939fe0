"""Pages for the admin."""
