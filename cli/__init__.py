"""The command line of cp-pricing."""
