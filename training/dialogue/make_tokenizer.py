"""Step 1: trains the vocabulary on a few thousand conversations with random beliefs. Usage: make_tokenizer.py OUT.json [pieces]"""
import random
import re
import sys
from collections import Counter

from belief import drawn
from dialogues import OTHER_SYSTEMS, SYSTEM, Writer
from medical import ORDER
from tokenizer import SPACE, Tokenizer, train

ASSESSED = ["effusion", "edema", "atelectasis", "pneumothorax"]


def count_parts(counts, word):
    """Letters, digits and punctuation apart, so that `effusion?` and `effusion` share their piece."""
    for n, part in enumerate(re.findall(r"[^\W\d_]+|\d+|[^\w\s]+|_+", word)):
        counts[part if n else SPACE + part] += 1


def main(path, pieces):
    rng = random.Random(1)
    counts = Counter()
    for assessed in (ASSESSED, ASSESSED + ["cardiomegaly"], list(ORDER)):
        writer = Writer(assessed, rng)
        for _ in range(6000):
            belief = drawn(assessed, rng, -0.6, 1.2)
            for question, answer, _ in writer.conversation([belief])[1]:
                for text in (question, answer):
                    for word in text.replace("\n", " ").split(" "):
                        count_parts(counts, word)
    for system in [SYSTEM] * 400 + [s for s in OTHER_SYSTEMS if s] * 20:
        for word in system.split(" "):
            count_parts(counts, word)
    counts.update({SPACE + "[INST]": 20000, SPACE + "[/INST]": 20000, SPACE + "<<SYS>>": 8000, "<<SYS>>": 8000, "<</SYS>>": 8000})
    # Square root: common answers must not crowd out the words of rare questions.
    weights = {w: int(round(c**0.6 * 10)) for w, c in counts.items() if c > 1}
    tokenizer = Tokenizer(train(weights, pieces))
    tokenizer.save(path)
    print(f"{len(tokenizer)} tokens from {len(weights)} words")
    for text in ("[INST] ", SYSTEM, "Write a radiologic report on the given chest radiograph. [/INST]", "There is probable pleural effusion. No pneumothorax is seen."):
        print([tokenizer.vocabulary[i][0] for i in tokenizer.encode(text)])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1300)
