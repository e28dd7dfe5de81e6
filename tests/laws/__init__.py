"""Laws that the pricing model keeps, checked by means other than its own formulas."""
