"""Whole models with PyTorch: load, quantize layer by layer, store, evaluate."""

import os

# Idle threads of PyTorch spin while they wait for work, and where cores are shared that can take more time than the
# work. The setting is read when PyTorch is loaded; a user's own stays.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from fourbit.engine.solve import solve

__all__ = ["solve"]
