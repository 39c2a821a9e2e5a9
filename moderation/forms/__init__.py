"""The forms of both sides of a case."""
