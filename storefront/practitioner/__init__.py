"""Pages for the practitioner."""
