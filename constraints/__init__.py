"""A small declarative constraint language and its way to CP-SAT; it knows no pricing."""
