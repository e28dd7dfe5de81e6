"""Documents of programs in, documents out, with the OpenAPI description of what there is."""
