with open("rows.jsonl", "w") as file:
    file.write('{"text": "some text"}\n')
    file.write('{"text": some more}\n')
# --8<-- [start:fix]
import json

with open("rows.jsonl") as file:
    for number, line in enumerate(file, 1):
        try:
            json.loads(line)
        except json.JSONDecodeError as error:
            print(f"line {number}: {error}: {line[:60]!r}")
            break
# --8<-- [end:fix]
# --8<-- [start:check]
assert number == 2
# --8<-- [end:check]
