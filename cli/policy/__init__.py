"""The commands of policy authors, `cp-pricing policy ...`, one module each."""
