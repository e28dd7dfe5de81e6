"""Files in, located texts and typed values with all their faults out; not what they mean."""
