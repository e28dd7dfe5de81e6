"""Why not better and what instead: curves, levers and frontiers against every tick."""
