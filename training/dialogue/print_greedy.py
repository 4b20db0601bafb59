"""Prints JSON lines of image tokens, questions and PyTorch's greedy answer ids, for check-greedy.ts. Usage: print_greedy.py CHECKPOINT.pt COUNT"""
import json
import random
import sys

import numpy as np
import torch

import dialogues
import films as film_source
from model import Llama, Projection
from tokenizer import EOS, Tokenizer


@torch.no_grad()
def greedy(model, tokenizer, image, turns, most=96):
    """Greedy ids after the last question of `turns`, whose answer is empty."""
    ids, _, films = dialogues.encode(tokenizer, dialogues.SYSTEM, turns)
    embedded = model.embed(torch.tensor([ids[:-1]]))
    for position in films:
        embedded[0, position] = image
    hidden, past = model.hidden(embedded)
    out = []
    while len(out) < most:
        best = model.head(hidden[0, -1]).argmax().item()
        if best == EOS:
            break
        out.append(best)
        hidden, past = model.hidden(model.embed(torch.tensor([[best]])), past)
    return out


def main(checkpoint, count):
    saved = torch.load(checkpoint, map_location="cpu")
    tokenizer, rng = Tokenizer(saved["vocabulary"]), random.Random(11)
    features, findings = saved["projection"]["linear.weight"].shape[1], len(saved["assessed"])
    films = film_source.invent(features, np.random.default_rng(11), 500)
    model, projection = Llama(len(tokenizer), saved["shape"]), Projection(features, saved["shape"]["width"], findings)
    model.load_state_dict(saved["model"])
    projection.load_state_dict(saved["projection"])
    model.embed.weight.data[0] = 0.0
    writer = dialogues.Writer(films.assessed, rng)
    for _ in range(count):
        vector, belief = films.draw(mix=0)
        image = projection(torch.from_numpy(vector)).detach()
        questions = [dialogues.BASIC] + [writer.turn(intent, [belief])[0] for intent in rng.sample(writer.intents, 2)]
        turns, answers = [], []
        for n, question in enumerate(questions):
            answer = greedy(model, tokenizer, image, turns + [(question, "", None if n else 0)])
            answers.append(answer)
            turns.append((question, tokenizer.decode(answer), None if n else 0))
        print(json.dumps({"imageToken": image.tolist(), "questions": questions, "answers": answers}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
