"""What is told of a result: to the seller in short and in full, and to the customer."""
