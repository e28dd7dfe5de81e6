"""What people read: numbers, terms, sentences for the seller and for the customer."""
