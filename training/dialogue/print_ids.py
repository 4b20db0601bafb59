"""Prints JSON lines of texts and conversations with their ids, for check-tokens.ts. Usage: print_ids.py TOKENIZER.json COUNT"""
import json
import random
import sys

from belief import drawn
from dialogues import Writer, encode
from tokenizer import Tokenizer
from words import nonsense

tokenizer, rng = Tokenizer.load(sys.argv[1]), random.Random(7)
writer = Writer(["effusion", "edema", "atelectasis", "pneumothorax"], rng)
for _ in range(int(sys.argv[2])):
    beliefs = [drawn(writer.assessed, rng) for _ in range(rng.choice([1, 1, 2, 3]))]
    system, turns = writer.conversation(beliefs)
    line = {"turns": turns, "ids": encode(tokenizer, system, turns)[0]}
    print(json.dumps(line if system is None else {**line, "system": system}))
    text = rng.choice([nonsense(rng), "".join(chr(rng.choice([rng.randint(32, 126), rng.randint(160, 1000), 10, 32, 8364, 128512])) for _ in range(rng.randint(1, 40)))])
    print(json.dumps({"text": text, "ids": tokenizer.encode(text)}))
