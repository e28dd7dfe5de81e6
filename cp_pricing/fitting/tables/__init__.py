"""Files of tables in, typed subscriptions and use with all their faults out; nothing is fitted."""
