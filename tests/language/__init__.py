"""The constraint language: parsed, checked, evaluated and read back."""
