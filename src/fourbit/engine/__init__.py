"""Whole models with PyTorch: load, quantize layer by layer, store, evaluate."""
