"""Step 5: nudges the projection's bias until reports change where the encoder's thresholds are, measured on training films.

Usage: center.py IN.pt FEATURES_DIR OUT.pt. Training leaves a finding's boundary a few hundredths of a logit off; the errors' median says by how much."""
import sys

import numpy as np
import torch

import dialogues
import films as film_source
from medical import FINDINGS
from model import Llama, Projection
from tokenizer import EOS, Tokenizer

MOST_LOGITS = 0.06  # further off is no offset but a mistake of another kind
EVERY = 13  # training views looked at


@torch.no_grad()
def reports(model, projection, tokenizer, vectors, most=85):
    """Greedy answers to the specific prompt, all films at once."""
    ids, _, films = dialogues.encode(tokenizer, dialogues.SYSTEM, [(dialogues.SPECIFIC, "", 0)])
    embedded = model.embed(torch.tensor([ids[:-1]] * len(vectors)))
    embedded[:, next(iter(films))] = projection(torch.from_numpy(vectors))
    hidden, past = model.hidden(embedded)
    said = []
    for _ in range(most):
        said.append(model.head(hidden[:, -1]).argmax(-1))
        hidden, past = model.hidden(model.embed(said[-1].unsqueeze(1)), past)
    rows = torch.stack(said, 1).tolist()
    return [tokenizer.decode(row[: row.index(EOS)] if EOS in row else row) for row in rows]


def errors(films, rows, texts):
    """{finding: margins of the films on which report and encoder disagree}, share of films without any."""
    wrong, exact = {name: [] for name in films.assessed}, 0
    for row, text in zip(rows, texts):
        belief, impression = films.belief(row), text.partition("Impression: ")[2].lower()
        off = [n for n in films.assessed if (FINDINGS[n]["label"] in impression) != (belief.margins[n] >= 0)]
        exact += not off
        for name in off:
            wrong[name].append(belief.margins[name])
    return wrong, exact / len(rows)


def main(source, features, out):
    saved = torch.load(source, map_location="cpu")
    tokenizer, films = Tokenizer(saved["vocabulary"]), film_source.load(features, "train", np.random.default_rng(1))
    model = Llama(len(tokenizer), saved["shape"])
    projection = Projection(films.vectors.shape[1], saved["shape"]["width"], len(films.names))
    model.load_state_dict(saved["model"])
    projection.load_state_dict(saved["projection"])
    rows = [row for row in range(1, len(films.vectors), EVERY) if not films.child[row]]
    wrong, before = errors(films, rows, reports(model, projection, tokenizer, films.vectors[rows]))
    shifts = {n: float(np.clip(np.median(m), -MOST_LOGITS, MOST_LOGITS)) for n, m in wrong.items() if len(m) > 2}
    with torch.no_grad():
        for name, shift in shifts.items():
            # The vector carries half the margin.
            projection.linear.bias += projection.linear.weight[:, films.names.index(name)] * shift / 2
    _, after = errors(films, rows, reports(model, projection, tokenizer, films.vectors[rows]))
    print({n: round(s, 3) for n, s in shifts.items()}, f"exact {before:.3f} → {after:.3f} of {len(rows)} training films")
    if after > before:
        saved["projection"] = projection.state_dict()
    torch.save(saved, out)


if __name__ == "__main__":
    main(*sys.argv[1:4])
