"""A fuzzer of price books: valid ones are damaged, and nothing wrong may come of it."""
