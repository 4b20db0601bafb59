"""The vocabulary: byte-pair training, and encoding exactly as llama.cpp's SPM tokenizer does it (checked by check-tokens.ts)."""
import heapq
import json
import random
from collections import Counter, defaultdict

UNK, BOS, EOS = 0, 1, 2  # LLaMA's ids; the image stands at <unk>, which no text ever produces
FIRST_BYTE = 3
SPACE = "\u2581"
NORMAL_TYPE, UNKNOWN_TYPE, CONTROL_TYPE, BYTE_TYPE = 1, 2, 3, 6  # llama.cpp's token types


def train(counts, pieces):
    """counts: {word beginning with the space mark: weight}; returns the vocabulary as [(piece, score, type)].

    Merges stay inside words, so that encoding can go word by word."""
    words = [(list(w), c) for w, c in sorted(counts.items())]
    pairs, where = Counter(), defaultdict(set)
    for n, (symbols, count) in enumerate(words):
        for pair in zip(symbols, symbols[1:]):
            pairs[pair] += count
            where[pair].add(n)
    heap = [(-c, p) for p, c in pairs.items()]
    heapq.heapify(heap)
    merged, seen = [], set()
    while len(merged) < pieces and heap:
        count, pair = heapq.heappop(heap)
        if -count != pairs[pair] or -count <= 0:
            continue
        piece = pair[0] + pair[1]
        changed = set()
        for n in sorted(where.pop(pair)):
            symbols, weight = words[n]
            i = 0
            while i < len(symbols) - 1:
                if (symbols[i], symbols[i + 1]) == pair:
                    for left, right, sign in ((i - 1, i, -1), (i + 1, i + 2, -1)):
                        if left >= 0 and right < len(symbols):
                            old = (symbols[left], symbols[right])
                            pairs[old] += sign * weight
                            changed.add(old)
                    symbols[i : i + 2] = [piece]
                    for left, right in ((i - 1, i), (i, i + 1)):
                        if left >= 0 and right < len(symbols):
                            new = (symbols[left], symbols[right])
                            pairs[new] += weight
                            where[new].add(n)
                            changed.add(new)
                i += 1
        pairs[pair] = 0
        for other in changed:
            if pairs[other] > 0:
                heapq.heappush(heap, (-pairs[other], other))
        if piece not in seen:
            seen.add(piece)
            merged.append(piece)
    letters = sorted({c for w in counts for c in w} | {chr(c) for c in range(33, 127)} | {SPACE})
    vocabulary = [("<unk>", 0.0, UNKNOWN_TYPE), ("<s>", 0.0, CONTROL_TYPE), ("</s>", 0.0, CONTROL_TYPE)]
    vocabulary += [("<0x%02X>" % b, 0.0, BYTE_TYPE) for b in range(256)]
    vocabulary += [(p, -float(n), NORMAL_TYPE) for n, p in enumerate(merged)]
    vocabulary += [(c, -float(len(merged) + n), NORMAL_TYPE) for n, c in enumerate(letters) if c not in seen]
    return vocabulary


class Tokenizer:
    """Text to ids as llama.cpp's llama vocabulary does: a space before the text, spaces as U+2581, best-scored merges first."""

    def __init__(self, vocabulary):
        self.vocabulary = [tuple(v) for v in vocabulary]
        self.ids = {p: n for n, (p, _, t) in enumerate(self.vocabulary) if t == NORMAL_TYPE}
        self.score = {p: s for p, s, t in self.vocabulary if t == NORMAL_TYPE}
        self.cache = {}

    @classmethod
    def load(cls, path):
        with open(path, encoding="utf-8") as file:
            return cls(json.load(file))

    def save(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.vocabulary, file, ensure_ascii=False)

    def __len__(self):
        return len(self.vocabulary)

    def _word(self, word, dropout=0.0):
        symbols = list(word)
        while len(symbols) > 1:
            best, at = None, -1
            for i in range(len(symbols) - 1):
                score = self.score.get(symbols[i] + symbols[i + 1])
                if score is None or (best is not None and score <= best):
                    continue
                if dropout and random.random() < dropout:
                    continue
                best, at = score, i
            if at < 0:
                break
            symbols[at : at + 2] = [symbols[at] + symbols[at + 1]]
        ids = []
        for symbol in symbols:
            if symbol in self.ids:
                ids.append(self.ids[symbol])
            else:
                ids += [FIRST_BYTE + b for b in symbol.encode("utf-8")]
        return ids

    def encode(self, text, dropout=0.0):
        """Ids of a text piece, never special ones. `dropout` skips merges at random (only for questions in training)."""
        if not text:
            return []
        marked = SPACE + text.replace(" ", SPACE)
        out = []
        for part in marked.split(SPACE)[1:]:
            word = SPACE + part
            if dropout:
                out += self._word(word, dropout)
                continue
            if word not in self.cache:
                self.cache[word] = self._word(word)
            out += self.cache[word]
        return out

    def decode(self, ids):
        data = b""
        for i in ids:
            piece, _, kind = self.vocabulary[i]
            if kind == BYTE_TYPE:
                data += bytes([i - FIRST_BYTE])
            elif kind == NORMAL_TYPE:
                data += piece.replace(SPACE, " ").encode("utf-8")
        text = data.decode("utf-8", "replace")
        return text[1:] if text.startswith(" ") else text
