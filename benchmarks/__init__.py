"""Programs that measure Cuelight from outside. Run one with `python -m benchmarks.<name>`; README.md tells what each prints."""
