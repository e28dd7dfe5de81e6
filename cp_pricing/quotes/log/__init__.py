"""Who did what when, each entry chained to the one before; knows nothing of how it is kept."""
