"""Measurements against stated goals; the latest figures are in docs/benchmarks.md.

Each script runs alone: `.venv/bin/python -m bench.NAME`. It starts its servers on loopback with
data in a temporary folder, prints a table, and ends with 1 when a goal is missed, unless it is
told `--report-only`. Times are compared only with a bare page or relay (bench/floor) of the same
run: on a busy machine both get slower.
"""
