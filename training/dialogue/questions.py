"""Expands the question templates: hundreds of ways to ask for each intent, with the words that fill them."""
import os
import re

from medical import FINDINGS, NOT_ASSESSED, OTHER_CONDITIONS
from words import WORDS, pseudo_word

HERE = os.path.dirname(os.path.abspath(__file__))

# How people name a finding: with an article or `any`, and bare.
SYNONYMS = {
    "effusion": ["pleural effusion", "effusion", "pleural effusions", "effusions", "pleural fluid", "fluid in the pleura", "fluid around the lung", "fluid around the lungs", "water on the lung", "water around the lung", "fluid", "hydrothorax", "liquid in the chest", "blunting of the costophrenic angle", "blunted angle", "fluid in the chest", "fluid next to the lung", "fluid collection in the pleura", "costophrenic blunting", "fluid at the lung base", "pleural liquid", "water between lung and ribs", "fluid in the pleural space", "water in the pleura", "liquid in the pleural space", "free pleural fluid"],
    "edema": ["pulmonary edema", "edema", "oedema", "pulmonary oedema", "lung edema", "congestion", "pulmonary congestion", "vascular congestion", "water in the lungs", "water in the lung", "fluid in the lungs", "fluid inside the lung", "interstitial edema", "alveolar edema", "fluid overload", "kerley lines", "wet lungs", "pulm edema", "congested vessels", "venous congestion", "cardiac decompensation", "lung oedema", "interstitial fluid", "volume overload", "hydrostatic edema", "oedematous lungs", "backed-up vessels"],
    "atelectasis": ["atelectasis", "atelectases", "collapse", "lobar collapse", "partial collapse", "volume loss", "loss of volume", "atelectatic lung", "collapsed lung tissue", "plate atelectasis", "collapsed lobe", "discoid atelectasis", "lung that is not aerated", "subsegmental atelectasis", "basal atelectasis", "atelectatic bands", "airless lung", "underventilated lung", "platelike atelectasis", "atelectasis of a lobe", "part of the lung collapsed", "lung that has lost volume"],
    "pneumothorax": ["pneumothorax", "pneumothoraces", "ptx", "PTX", "pneumo", "pnx", "collapsed lung", "air around the lung", "pleural air", "air in the pleural space", "air in the pleura", "tension pneumothorax", "air between lung and chest wall", "pneumothorax line", "pleural gas", "air leak", "lung collapse from air", "apical pneumothorax", "mantle pneumothorax", "pneumothorax after puncture", "air outside the lung", "air in the pleural cavity", "free air in the pleura", "gas in the pleural space"],
    "cardiomegaly": ["cardiomegaly", "enlarged heart", "big heart", "large heart", "heart enlargement", "cardiac enlargement", "enlarged cardiac silhouette", "wide heart", "wide cardiac silhouette", "dilated heart", "enlarged heart shadow", "heart too big", "increased heart size", "widened heart shadow", "heart shadow too wide", "raised cardiothoracic ratio", "heart wider than normal"],
    "consolidation": ["consolidation", "consolidations", "air-space disease", "airspace opacity", "opacities", "airspace consolidation", "lung opacity", "opacity", "opacification", "lobar consolidation", "airspace disease", "dense lung area", "air bronchogram"],
}
ARTICLE = {"effusion", "pleural effusion", "pneumothorax", "ptx", "collapsed lobe", "collapsed lung", "enlarged heart", "big heart", "large heart", "wide heart", "opacity", "lung opacity", "tension pneumothorax", "dilated heart", "blunted angle", "air leak", "partial collapse", "lobar collapse", "hydrothorax"}
LABELS_ABNORMAL = ["abnormal radiograph", "abnormality", "abnormal finding"]


def parse(text):
    """Template to a tree: a list of strings and of alternatives (lists of trees)."""

    def sequence(i, inside):
        out, plain = [], ""
        alternatives = []
        while i < len(text):
            c = text[i]
            if c == "{":
                branch, i = sequence(i + 1, True)
                out += [plain, branch] if plain else [branch]
                plain = ""
            elif inside and c in "|}":
                if plain:
                    out.append(plain)
                alternatives.append(out)
                out, plain = [], ""
                if c == "}":
                    return tuple(alternatives), i + 1
                i += 1
            else:
                plain += c
                i += 1
        if inside:
            raise ValueError("unclosed brace: " + text)
        if plain:
            out.append(plain)
        return out, i

    return sequence(0, False)[0]


def load():
    forms, intent = {}, None
    for name in ("questions-film.txt", "questions-talk.txt", "questions-findings.txt", "questions-people.txt"):
        with open(os.path.join(HERE, name), encoding="utf-8") as file:
            for line in file.read().split("\n"):
                if not line.strip() or line.startswith("#"):
                    continue
                section = re.fullmatch(r"\[([a-z-]+)\]", line.strip())
                if section:
                    intent = section.group(1)
                    forms.setdefault(intent, [])
                elif intent:
                    forms[intent].append(parse(line))
    return forms


FORMS = load()


def any_of(finding, rng):
    term = rng.choice(SYNONYMS[finding])
    if term in ARTICLE and rng.random() < 0.5:
        return ("an " if term[0] in "aeio" else "a ") + term
    if rng.random() < 0.4:
        return "any " + term
    return ("a " + term) if term == "pneumothorax" else term


def not_assessed_term(assessed, rng):
    """(term as asked, label or None): what this bundle does not assess; None stands for the answer without a name."""
    draw = rng.random()
    if draw < 0.14:
        return rng.choice(OTHER_CONDITIONS), None
    if draw < 0.22:
        return pseudo_word(rng) + rng.choice(["itis", "oma", "osis", "opathy", " disease", " syndrome", " sign", " lesion", "ectasia", "emia"]), None
    open_findings = [f for f in ("cardiomegaly", "consolidation") if f not in assessed]
    if open_findings and draw < 0.36:
        finding = rng.choice(open_findings)
        term = rng.choice(SYNONYMS[finding])
        if finding == "cardiomegaly" and rng.random() < 0.4:
            term = rng.choice(["the heart size", "the heart", "heart size", "the cardiac silhouette", "the heart shadow", "cardiac size"])
        return term, FINDINGS[finding]["label"]
    label = rng.choice(sorted(NOT_ASSESSED))
    return rng.choice(NOT_ASSESSED[label]), label


class Filler:
    """Values of the $names for one question."""

    def __init__(self, rng, finding=None, x=None, label=None):
        self.rng, self.finding, self.x, self.label = rng, finding, x, label

    def __call__(self, name):
        rng = self.rng
        if name == "any":
            return any_of(self.finding, rng)
        if name == "bare":
            return rng.choice(SYNONYMS[self.finding])
        if name == "x":
            return self.x
        if name == "label":
            return self.label
        if name == "plainterm":
            return rng.choice([FINDINGS[self.finding]["label"], FINDINGS[self.finding]["short"]])
        if name == "plainfinding":
            return rng.choice(["effusion", "edema", "atelectasis", "pneumothorax", "fluid", "collapse"])
        if name in ("thing", "verb") and rng.random() < 0.12:
            return pseudo_word(rng)
        return rng.choice(WORDS[name])


def expand(tree, filler):
    rng, out = filler.rng, []
    for node in tree:
        if isinstance(node, tuple):
            out.append(expand(rng.choice(node), filler))
        else:
            out.append(re.sub(r"\$([a-z_]+)", lambda m: filler(m.group(1)), node))
    return "".join(out)


def ask(intent, rng, **fill):
    return " ".join(expand(rng.choice(FORMS[intent]), Filler(rng, **fill)).split())
