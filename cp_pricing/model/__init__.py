"""A price book and a request in, a deal of expressions and domains out; no rule is judged."""
