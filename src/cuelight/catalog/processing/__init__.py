"""Processing: from an entity as it was given to what it is, whom it relates to, and which further entities it names.

What passes through: due rows are claimed in batches, each is taken through the pipeline on a snapshot of the
database (no network, no writing), and the outcomes are written in one transaction, guarded by claim and generation.
"""
