"""Checking descriptors without a server: the files of a disk go through the pipeline that they would go through there.

What passes through: paths become the files that hold descriptors (`folders`), these and all that they name are read from
the disk (`disk`), the pipeline's problems become findings with a place (`checker`), and findings become what people,
programs and code hosts read (`reports`).
"""
