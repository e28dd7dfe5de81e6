"""The invented history of the pilot's customers: `python -m tests.history` writes it anew."""
