"""Whole models with PyTorch: load, quantize layer by layer, store, evaluate."""

from fourbit.engine.solve import solve

__all__ = ["solve"]
