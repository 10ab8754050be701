"""Stitching: from what entities were processed to, with everybody's relations, to what the API serves.

What passes through: refs whose final entity may have changed (the queue, filled by the transaction that changed
something), then the final entity itself, its search rows and its line in the change log, written in one transaction.
"""
