"""One module a benchmark, named for it, with `measure(bench: Bench) -> None`."""
