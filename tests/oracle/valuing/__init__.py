"""What terms are worth: bills, lifetime values, and the rule language at one offer."""
