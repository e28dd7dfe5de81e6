"""Questions over HTTP in, pages and JSON out; what they say is made by the rooms below."""
