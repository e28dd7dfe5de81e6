"""A question in one line → requests and the price book they are put to; nothing is solved."""
