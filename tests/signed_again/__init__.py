"""Where a signature is asked for again: pairs of versions against the sentence of the promise.

The promise: *a new version needs a signature again only if it is worse for the seller on a side
that this approver signed for*. Nothing here uses how the record decides that.
"""
