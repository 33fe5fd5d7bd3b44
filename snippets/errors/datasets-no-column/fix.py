from datasets import Dataset

rows = Dataset.from_dict({"content": ["print(1)"]})
# --8<-- [start:fix]
print(rows.column_names)
rows = rows.rename_column("content", "text")
# --8<-- [end:fix]
# --8<-- [start:check]
assert rows["text"][0] == "print(1)"
# --8<-- [end:check]
