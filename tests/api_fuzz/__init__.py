"""The API fuzzed from its own description: `python -m tests.api_fuzz`, where schemathesis is."""
