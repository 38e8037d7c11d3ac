"""The benchmarks of `manage.py bench`: each figure a ratio, measured in one run beside its peer."""
