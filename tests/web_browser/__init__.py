"""The desk's page in a real browser: `python -m tests.web_browser`, where Chromium is installed."""
