"""A fuzzer of price books and what is round them: damaged, and nothing wrong may come of it."""
