"""What an author writes in, its layout, doubts, tests and meaning out; no terminal."""
