"""Answers for machines: health."""
