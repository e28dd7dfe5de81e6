"""What holds of all deals: `policy analyze`, `policy compare` and `policy explain`."""
