"""The report's templates, and their code as it is shipped; what is drawn with them is not known."""
