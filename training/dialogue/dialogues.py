"""Writes whole conversations: questions, answers that follow the encoder's belief, and their ids in LLaMA-2's chat format."""
import csv
import glob
import os
import re

import answers as a
import answers_talk as t
from medical import FINDINGS, ORDER
from questions import HERE, LABELS_ABNORMAL, ask, any_of, not_assessed_term
from tokenizer import BOS, EOS, UNK
from words import nonsense, vary

SYSTEM = "You help a radiologist to read a chest radiograph."
OTHER_SYSTEMS = [
    None,
    "You are a helpful assistant for radiologists.",
    "You are an assistant that drafts radiology reports. You never give a final diagnosis.",
    "Answer questions about the chest radiograph truthfully and briefly.",
    "You are a helpful radiologist. Try to interpret chest x ray image and answer to the question that user provides.",
]
BASIC = "Write a radiologic report on the given chest radiograph."
SPECIFIC = "Write a radiologic report on the given chest radiograph, including information about atelectasis, cardiomegaly, consolidation, pulmonary edema, pleural effusion, and pneumothorax"
PEDIATRIC = SPECIFIC + ". Note. In pediatric radiograph, the cardiac shadow might seem larger due to the heart's proportion to the thorax, so one must be cautious when diagnosing cardiomegaly."
DIFFERENTIAL = "What can be possible diagnosis?"
EXAMINATION = "What kind of further examination is required?"

FOLLOW_UPS = {
    "report": 5, "differential": 13, "alternative": 2, "examination": 13, "ask": 24, "ask-two": 2, "strict": 9, "sure-of": 3, "not-assessed": 13,
    "normal": 4, "abnormal": 3, "impression": 5, "why": 3.5, "sure": 4, "likely": 4, "where": 4, "size": 4, "prior": 4.5, "urgent": 4.5, "plain": 4.5,
    "identity": 3.5, "capability": 3, "greeting": 2.5, "thanks": 3, "bye": 2, "offtopic": 7, "treatment": 5, "language": 3, "unclear": 4, "injection": 4,
    "disagree": 3, "define": 2, "causes": 1.5, "patient": 3, "technique": 2.5, "two": 6,
}
# Two questions in one message: what they may be, and how they are joined.
PARTS = {
    "ask": 7, "differential": 4, "examination": 5, "not-assessed": 2, "urgent": 3, "treatment": 2.5, "likely": 2, "where": 2, "size": 2, "normal": 2,
    "prior": 2, "plain": 2, "impression": 1.5, "why": 1.5, "sure": 1.5, "sure-of": 1, "report": 1,
}
JOINED = [
    "{} and {}", "{} and {}", "{}, and {}", "{}? {}", "{}? {}", "{}? And {}", "{}. {}", "{}. And {}", "{}, {}", "{}? Also, {}", "{}, also {}", "{}; {}", "{} / {}", "1) {} 2) {}", "1. {}? 2. {}", "{} plus {}", "{} - and {}",
    "first {}, then {}", "two questions: {}, and {}", "{} as well as {}", "{} + {}", "{} & {}", "{}? if so, {}", "{}, and then {}", "{}? then {}", "{}... {}", "{}? and second, {}", "{}, and besides {}", "{}? one more thing: {}", "tell me {} and {}",
]
# The first tokens of an answer show whether the question was understood: they count more.
OPENING, OPENING_WEIGHT = 2, 5
# A drill asks many questions side by side after one stem, each answer cut when it is clear what it is about.
DRILLED, CUT = 8, 8
STATEMENTS = {"report", "greeting", "thanks", "bye", "injection", "disagree", "unclear"}


def words_of(text):
    return frozenset(re.sub(r"[^a-z0-9]+", " ", text.lower()).split())


def unseen():
    """The words of each paraphrase kept for evaluation: never a training question, in any case, punctuation or order."""
    questions = set()
    for name in sorted(glob.glob(os.path.join(HERE, "paraphrases*.tsv"))):
        with open(name, encoding="utf-8") as file:
            questions |= {words_of(row["question"]) for row in csv.DictReader(file, delimiter="\t")}
    return questions


class Writer:
    def __init__(self, assessed, rng):
        """assessed: names of the findings that the bundle assesses (without `abnormal`)."""
        self.assessed, self.rng, self.forbidden = list(assessed), rng, unseen()
        self.intents, self.weights = list(FOLLOW_UPS), list(FOLLOW_UPS.values())

    def question(self, intent, **fill):
        while True:
            q = vary(ask(intent, self.rng, **fill), self.rng, intent not in STATEMENTS)
            if words_of(q) not in self.forbidden:
                return q

    def finding(self, belief):
        """A finding to ask about; present ones more often than chance."""
        rng = self.rng
        if belief.present and rng.random() < 0.4:
            return rng.choice(belief.present)
        return rng.choice(self.assessed)

    def report(self, belief):
        rng, draw = self.rng, self.rng.random()
        if draw < 0.12:
            return BASIC, a.report(belief, rng)
        if draw < 0.22:
            return SPECIFIC + rng.choice(["", "."]), a.report(belief, rng, specific=True)
        if draw < 0.25:
            return PEDIATRIC, a.report(belief, rng, specific=True)
        return self.question("report"), a.report(belief, rng)

    def turn(self, intent, films):
        """One question and its answer about the last of `films` (beliefs in the order in which the films came)."""
        rng, belief = self.rng, films[-1]
        if intent == "report":
            return self.report(belief)
        if intent == "differential":
            q = DIFFERENTIAL if rng.random() < 0.15 else self.question(intent)
            return q, a.differential(belief, rng)
        if intent == "examination":
            q = EXAMINATION if rng.random() < 0.15 else self.question(intent)
            return q, a.examination(belief, rng)
        if intent in ("ask", "sure-of"):
            finding = self.finding(belief)
            answer = a.is_there if intent == "ask" else t.sure_of
            return self.question(intent, finding=finding), answer(belief, finding, rng)
        if intent == "ask-two":
            one, two = rng.sample(self.assessed, 2)
            form = rng.choice(["is there {} or {}", "{} or {}", "do you see {} or {}", "{} and {}", "what about {} and {}", "are there {} or {}"])
            if belief.child:
                return vary(form.format(any_of(one, rng), any_of(two, rng)), rng), a.is_there(belief, one, rng)
            return vary(form.format(any_of(one, rng), any_of(two, rng)), rng), a.is_there(belief, one, rng) + " " + a.is_there(belief, two, rng)
        if intent == "strict":
            return self.strict(belief)
        if intent == "not-assessed":
            x, label = not_assessed_term(self.assessed, rng)
            q = self.question(intent, x=x)
            return q, a.not_assessed(label, rng) if label else a.not_assessed_other(rng)
        if intent == "prior":
            return self.question(intent), t.compare(films[-2], belief, rng) if len(films) > 1 else t.prior(belief, rng)
        if intent in ("define", "causes"):
            finding = rng.choice(ORDER)
            return self.question(intent, finding=finding), getattr(t, intent)(finding, rng)
        if intent == "capability":
            return self.question(intent), t.capability(self.assessed, rng)
        if intent == "two":
            return self.two(films)
        if intent == "unclear":
            q = nonsense(rng)
            return (q if rng.random() < 0.6 else vary(q, rng)), t.unclear(belief, rng)
        say = {"alternative": a.alternative, "impression": a.short, "normal": a.is_normal, "abnormal": a.is_abnormal, "likely": a.likely, "offtopic": t.off_topic}
        return self.question(intent), (say.get(intent) or getattr(t, intent))(belief, rng)

    def two(self, films):
        """Two questions in one message and both answers, in the order asked."""
        rng = self.rng
        while True:
            one, two = rng.choices(list(PARTS), PARTS.values(), k=2)
            if one != "report" and two == "report" or one == two != "ask":
                continue
            (first, said), (second, more) = self.turn(one, films), self.turn(two, films)
            if said == more:
                continue
            first, second = first.rstrip(" ?.!"), second.rstrip(" ")
            if not second.isupper() and rng.random() < 0.7:
                second = second[:1].lower() + second[1:]
            q = rng.choice(JOINED).format(first, second)
            if words_of(q) not in self.forbidden:
                return q, said + " " + more

    def strict(self, belief):
        """The paper's confirmation, also for what the bundle does not assess: the answer is one word."""
        rng, draw = self.rng, self.rng.random()
        if draw < 0.2:
            finding, label = "abnormal", rng.choice(LABELS_ABNORMAL)
        elif draw < 0.85:
            finding = self.finding(belief)
            label = FINDINGS[finding]["label"] if rng.random() < 0.8 else finding
        else:
            finding, label = "none", not_assessed_term(self.assessed, rng)[0]
        if rng.random() < 0.5:
            return f"Respond with yes or no. Is there any {label}?", a.strict(belief, finding)
        return self.question("strict", label=label), a.strict(belief, finding)

    def conversation(self, films):
        """films: one to four beliefs, in the order in which they come. Returns (system prompt or None, [(question, answer, index of the film that comes with it or None)])."""
        rng = self.rng
        system = SYSTEM if rng.random() < 0.88 else rng.choice(OTHER_SYSTEMS)
        count = rng.choices([1, 2, 3, 4, 5, 6, 11, 20], [1, 2, 4, 4, 3, 2, 0.8, 0.5])[0]
        count = max(count, len(films) + rng.randint(0, 1))
        comes = [0, *sorted(rng.sample(range(1, count), len(films) - 1))]
        turns = []
        for n in range(count):
            film = comes.index(n) if n in comes else None
            seen = films[: sum(at <= n for at in comes)]
            if n == 0:
                draw = rng.random()
                intent = "report" if draw < 0.4 else "strict" if draw < 0.46 else rng.choices(self.intents, self.weights)[0]
            elif film is not None:
                intent = rng.choice(["report", "report", "prior", "ask", "normal"])
            elif len(seen) > 1 and rng.random() < 0.3:
                intent = "prior"
            elif n == 1 and rng.random() < 0.12:
                intent = "differential"
            elif n == 2 and rng.random() < 0.12:
                intent = "examination"
            else:
                intent = rng.choices(self.intents, self.weights)[0]
            q, answer = self.turn(intent, seen)
            if n > 0 and film is not None and rng.random() < 0.4 and intent == "report":
                q = rng.choice(["Here is a new film. ", "This is the new film: ", "The next film. ", "And this one? ", "New image, "]) + q
            turns.append((q, answer, film))
        return system, turns


    def drill(self, films):
        """A short conversation and questions that each follow it alone: (system prompt or None, turns as above, [(question, answer)])."""
        rng = self.rng
        system = SYSTEM if rng.random() < 0.9 else rng.choice(OTHER_SYSTEMS)
        turns = [(*self.turn("report" if rng.random() < 0.6 else "strict", films), 0)]
        if rng.random() < 0.25:
            turns.append((*self.turn(rng.choice(self.intents), films), None))
        # Flatter than in conversations: rare kinds of question are misunderstood most.
        intents = rng.choices(self.intents, [weight**0.5 for weight in self.weights], k=DRILLED)
        return system, turns, [self.turn(intent, films) for intent in intents]


def question_text(question):
    """A question as engine/chat-format.ts passes it on: no markers of the chat format, no outer space."""
    mark = lambda m: f"[ {m.group(0)[1:-1]} ]" if m.group(0)[0] == "[" else f"< <{m.group(0)[2:-2]}> >"
    return re.sub(r"\[/?INST\]|<</?SYS>>", mark, question, flags=re.I).strip()


def encode(tokenizer, system, turns, dropout=0.0, rng=None):
    """→ ids, weight of each id in the loss (0 outside answers), film index at each image position {position: film}."""
    ids, mask, films = [], [], {}

    def add(new, counts=0):
        ids.extend(new)
        mask.extend([counts] * len(new))

    for n, (question, answer, film) in enumerate(turns):
        add([BOS])
        question = question_text(question)
        drop = dropout if rng is not None and rng.random() < 0.2 else 0.0
        head = "[INST] "
        if n == 0 and system is not None:
            head += f"<<SYS>>\n{system}\n<</SYS>>\n\n"
        if film is None:
            add(tokenizer.encode(head + question + " [/INST]", drop))
        else:
            add(tokenizer.encode(head))
            films[len(ids)] = film
            add([UNK])
            add(tokenizer.encode("\n" + question + " [/INST]", drop))
        said = tokenizer.encode(answer) + [EOS]
        add(said[:OPENING], OPENING_WEIGHT)
        add(said[OPENING:], 1)
    return ids, mask, films


def encode_drill(tokenizer, system, turns, questions, dropout=0.0, rng=None):
    """As `encode`, and the branch of each token: 0 for the turns, 1 … for the questions."""
    ids, mask, films = encode(tokenizer, system, turns, dropout, rng)
    branches = [0] * len(ids)
    for n, (question, answer) in enumerate(questions, 1):
        more, counts, _ = encode(tokenizer, None, [(question, answer, None)], dropout, rng)
        end = next(at for at, count in enumerate(counts) if count) + CUT
        ids, mask, branches = ids + more[:end], mask + counts[:end], branches + [n] * len(more[:end])
    return ids, mask, films, branches
