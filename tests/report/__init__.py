"""The HTML report: what is in it, for whom, its charts, and the page as such."""
