"""Rate cards against numbers that others have published: worked bills, and a calculator."""
