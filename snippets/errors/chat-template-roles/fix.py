messages = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello!"},
    {"role": "user", "content": "Who are you?"},
]


# --8<-- [start:fix]
def alternating(messages):
    turns = []
    for one in messages:
        role = "assistant" if one["role"] == "assistant" else "user"
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += "\n\n" + one["content"]
        else:
            turns.append({"role": role, "content": one["content"]})
    return turns
    # --8<-- [end:fix]


# --8<-- [start:check]
(turn,) = alternating(messages)
assert turn["role"] == "user"
assert turn["content"] == "Be brief.\n\nHello!\n\nWho are you?"
# --8<-- [end:check]
