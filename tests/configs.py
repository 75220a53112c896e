"""Configs for tests of what a write does, in which any value may be changed."""

from functools import partial

from unifig import Config

changeable = partial(Config, allow_val_change=True)
"""A config that takes any later write, as one of a notebook does."""
