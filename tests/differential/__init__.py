"""The solver against the brute-force oracle, on random price books and requests."""
