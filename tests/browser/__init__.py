"""The report in a real browser: `python -m tests.browser`, where Chromium is installed."""
