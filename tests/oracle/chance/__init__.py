"""What is left to chance: the catalogs, profiles, policies and requests of random cases."""
