"""Python to JavaScript, for the part of the language that `fourbit.vram` and the modules below it are written in.

A page can then compute with the very rules that the command line has. What is not covered raises `Unsupported`, so a
change to those modules either translates or is noticed; tests/vram/test_parity.py compares the results.

Every operation whose meaning differs goes through the runtime, docs/assets/js/vram-python.js: truth, equality, `in`,
indexing, dicts (Map), sets (Set), format specifications, keyword arguments. Numbers are doubles: whole numbers are
exact to 2**53.
"""
