import os

from datasets import load_dataset

os.mkdir("wiki")
with open("wiki/wiki.py", "w") as file:
    file.write("import datasets\n")
load_dataset("wiki")
