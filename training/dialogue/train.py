"""Steps 2 to 4: trains the language model and the projection; loss on answers only; seeded; SIGTERM saves, and the same OUT.pt goes on.

  train.py pretrain OUT.pt --tokenizer T.json --steps N             language and a throw-away projection, on invented films
  train.py projection OUT.pt --start IN.pt --features DIR --steps N  the real projection alone, language model frozen
  train.py both OUT.pt --start IN.pt --features DIR --steps N        projection and language model, encoder frozen
"""
import argparse
import json
import math
import os
import random
import signal
import time

import numpy as np
import torch
import torch.nn.functional as F

import films as film_source
from dialogues import Writer, encode, encode_drill
from model import SHAPE, Llama, Projection
from tokenizer import Tokenizer

INVENTED_FEATURES = 7 + 32
# Conversations of one film, two, three and four.
FILMS = [0.86, 0.09, 0.03, 0.02]
MOST_SECONDS = 5  # a step that took longer was stopped meanwhile


def batches(films, writer, tokenizer, rng, tokens, drills, pool=12, dropout=0.1):
    """Endless batches of about `tokens` positions, conversations of like length together; `drills` is the share of drills among them."""
    while True:
        items = []
        total = 0
        while total < tokens * pool:
            is_drill = rng.random() < drills
            drawn = [films.draw() for _ in range(1 if is_drill else rng.choices([1, 2, 3, 4], FILMS)[0])]
            beliefs = [belief for _, belief in drawn]
            if is_drill:
                ids, mask, at, branches = encode_drill(tokenizer, *writer.drill(beliefs), dropout, rng)
            else:
                ids, mask, at = encode(tokenizer, *writer.conversation(beliefs), dropout, rng)
                branches = [0] * len(ids)
            items.append((ids, mask, branches, {p: drawn[n][0] for p, n in at.items()}))
            total += len(ids)
        items.sort(key=lambda item: len(item[0]))
        groups, group = [], []
        for item in items:
            if group and len(item[0]) * (len(group) + 1) > tokens:
                groups.append(group)
                group = []
            group.append(item)
        rng.shuffle(groups)
        yield from groups


def collate(group):
    longest = max(len(ids) for ids, *_ in group)
    ids = torch.zeros(len(group), longest, dtype=torch.long)
    mask = torch.zeros(len(group), longest)
    branches = torch.zeros(len(group), longest, dtype=torch.long)
    where, vectors = [], []
    for row, (i, m, b, at) in enumerate(group):
        ids[row, : len(i)] = torch.tensor(i)
        mask[row, : len(m)] = torch.tensor(m, dtype=torch.float32)
        branches[row, : len(b)] = torch.tensor(b)
        for position, vector in at.items():
            where.append((row, position))
            vectors.append(vector)
    return ids, mask, branches if branches.any() else None, torch.tensor(where), torch.from_numpy(np.stack(vectors))


def loss_of(model, projection, batch, emphasis):
    ids, mask, branches, where, vectors = batch
    embedded = model.embed(ids)
    image = torch.zeros(embedded.shape[:2], dtype=torch.bool)
    image[where[:, 0], where[:, 1]] = True
    spread = torch.zeros_like(embedded).index_put((where[:, 0], where[:, 1]), projection(vectors).float())
    embedded = torch.where(image.unsqueeze(-1), spread, embedded)
    hidden, _ = model.hidden(embedded, branches=branches)
    wanted = mask[:, 1:] > 0
    targets = ids[:, 1:][wanted]
    each = F.cross_entropy(model.head(hidden[:, :-1][wanted]), targets, reduction="none")
    weight = emphasis[targets] * mask[:, 1:][wanted]
    return (each * weight).sum() / weight.sum()


def emphasis_of(tokenizer):
    """The words that carry the belief count four times: yes and no, degrees, names of findings."""
    weight = torch.ones(len(tokenizer))
    for word in ("Yes", "No", "no", "probable", "possible", "definite", "likely", "pleural", "pulmonary", "atelectasis", "pneumothorax", "edema", "effusion", "abnormal", "normal", "cardiomegaly", "consolidation", "Unspecific", "Possible", "Probable", "Pneumothorax", "Pleural", "Pulmonary", "Atelectasis"):
        weight[tokenizer.encode(word)[0]] = 4.0
    return weight


def save(path, **content):
    torch.save(content, path + ".new")
    os.replace(path + ".new", path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("stage", choices=["pretrain", "projection", "both"])
    parser.add_argument("out")
    parser.add_argument("--tokenizer")
    parser.add_argument("--start", metavar="IN.pt")
    parser.add_argument("--features", metavar="DIR")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=1e9, help="stop the schedule by time spent on steps: the learning rate falls to its end by then")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--tokens", type=int, default=2048)
    parser.add_argument("--drills", type=float, default=0.5, help="share of drills: many questions side by side after one short conversation")
    parser.add_argument("--new-encoder", action="store_true", help="the start's projection was learnt on another encoder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--exact", action="store_true", help="float32 throughout; otherwise products in bfloat16, faster where the processor has AVX512-BF16")
    parser.add_argument("--save-every", type=int, default=100)
    o = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("THREADS", "1")))
    resumed = torch.load(o.out) if os.path.exists(o.out) else None
    # What was seen before a stop is not drawn again.
    seed = o.seed + 1000 * (resumed["step"] if resumed else 0)
    torch.manual_seed(seed)
    rng, numbers = random.Random(seed), np.random.default_rng(seed)
    random.seed(seed)
    films = film_source.load(o.features, "train", numbers) if o.features else film_source.invent(INVENTED_FEATURES, numbers)
    features, count = films.vectors.shape[1], len(films.names)
    source = resumed or (torch.load(o.start) if o.start else None)
    tokenizer = Tokenizer(source["vocabulary"]) if source else Tokenizer.load(o.tokenizer)
    shape = source["shape"] if source else SHAPE
    model, projection = Llama(len(tokenizer), shape), Projection(features, shape["width"], count)
    if source:
        model.load_state_dict(source["model"])
        fits = source["projection"]["linear.weight"].shape[1] == features
        if fits:
            projection.load_state_dict(source["projection"])
            if o.new_encoder:
                # Only the belief in front means the same in an encoder that was trained anew.
                projection.linear.weight.data[:, count + 1:] = 0
        elif source["assessed"] == films.names:
            # Another set of features, but the same belief in front of them. A cautious encoder's margins are narrow: they are spread to
            # about what the language learned on, or it could not tell which side of the threshold they are on.
            spread = torch.ones(count + 1)
            adult = films.vectors[~films.child, :count]
            spread[:count] = torch.from_numpy(0.7 / adult.std(0)).clamp(1, 4)
            print("margins spread by", [round(s, 2) for s in spread.tolist()])
            with torch.no_grad():
                projection.linear.weight[:, : count + 1] = source["projection"]["linear.weight"][:, : count + 1] * spread
                projection.linear.bias.copy_(source["projection"]["linear.bias"])
    writer = Writer(films.assessed, rng)
    parts = [projection] if o.stage == "projection" else [projection, model]
    if o.stage == "projection":
        model.requires_grad_(False)
    wide = [p for part in parts for p in part.parameters() if p.dim() > 1]
    thin = [p for part in parts for p in part.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW([{"params": wide, "weight_decay": 0.03}, {"params": thin, "weight_decay": 0.0}], lr=o.rate, betas=(0.9, 0.97))
    step, spent = 0, 0.0
    if resumed and "optimizer" in resumed:
        optimizer.load_state_dict(resumed["optimizer"])
        step, spent = resumed["step"], resumed["seconds"]
    emphasis = emphasis_of(tokenizer)
    print(json.dumps({"stage": o.stage, "parameters": sum(p.numel() for p in model.parameters()), "vocabulary": len(tokenizer), "films": len(films.vectors), "features": features, "findings": films.names}), flush=True)
    stream, last, smooth = batches(films, writer, tokenizer, rng, o.tokens, o.drills), time.time(), None

    def store():
        save(o.out, model=model.state_dict(), projection=projection.state_dict(), optimizer=optimizer.state_dict(), step=step, seconds=spent, shape=shape, vocabulary=tokenizer.vocabulary, assessed=films.names)

    is_ended = []
    signal.signal(signal.SIGTERM, lambda *_: is_ended.append(True))
    while not is_ended:
        # A process that is stopped for a while must not lose its schedule.
        last, spent = time.time(), spent + min(time.time() - last, MOST_SECONDS)
        done = max(step / o.steps, spent / 60 / o.minutes)
        if done >= 1:
            break
        factor = min(1.0, (step + 1) / 60) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
        for group in optimizer.param_groups:
            group["lr"] = o.rate * factor
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=not o.exact):
            loss = loss_of(model, projection, collate(next(stream)), emphasis)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(wide + thin, 1.0)
        optimizer.step()
        step += 1
        smooth = loss.item() if smooth is None else 0.97 * smooth + 0.03 * loss.item()
        if step % 20 == 0:
            print(f"{step} loss {smooth:.4f} done {done:.3f} {spent:.0f}s", flush=True)
        if step % o.save_every == 0:
            store()
    store()


if __name__ == "__main__":
    main()
