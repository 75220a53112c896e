"""Runs: one execution of a program each."""
