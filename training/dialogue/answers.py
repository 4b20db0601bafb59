"""What is said, given a belief: reports, differential, further examination, yes or no. No side, no number, no prior, no device."""
from medical import FINDINGS, LIKELY, TOGETHER, ORDER


def cap(text):
    return text[:1].upper() + text[1:]


def join(items, last="and"):
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + f" {last} " + items[-1]


def labels(findings):
    return [FINDINGS[f]["label"] for f in findings]


PRESENT = {
    "clear": ["There is {a}.", "{Label} is present.", "The film shows {a}."],
    "likely": ["There is probable {label}.", "{A} is likely.", "The film probably shows {a}."],
    "possible": ["There is possible {label}.", "{A} is possible.", "The film may show {a}."],
}


def fill(template, finding):
    f = FINDINGS[finding]
    return template.format(a=f["a"], A=cap(f["a"]), label=f["label"], Label=cap(f["label"]), short=f["short"])


def hedged(belief, finding):
    """A noun phrase: `probable pleural effusion`."""
    word = {"clear": "", "likely": "probable ", "possible": "possible "}[belief.degree(finding)]
    return word + FINDINGS[finding]["label"]


def impression(belief, rng):
    if belief.child:
        if belief.normal:
            return rng.choice(["No abnormality detected on this child's film.", "Child's film without detected abnormality."])
        return rng.choice(["Abnormal child's film, to be reviewed clinically.", "Abnormal film of a child; clinical review is advised."])
    if belief.present:
        return cap(join([hedged(belief, f) for f in belief.present])) + "."
    if belief.abnormal_alone:
        return abnormal_words(belief, rng)
    return rng.choice(["No abnormality detected.", "No abnormality detected among the assessed findings."])


def abnormal_words(belief, rng):
    if belief.degree("abnormal") == "possible":
        return rng.choice(["Possible unspecific abnormality.", "Possibly abnormal film, unspecific."])
    return rng.choice(["Unspecific abnormality.", "Abnormal film, unspecific."])


def negatives(belief, rng):
    weak = [f for f in belief.absent if belief.degree(f) == "borderline"]
    firm = [f for f in belief.absent if f not in weak]
    out = []
    if firm:
        start = rng.choice(["There is no", "No"])
        out.append(f"{start} {join(labels(firm), 'or')}" + (rng.choice([" is seen.", "."]) if start == "No" else "."))
    if weak:
        out.append(f"No definite {join(labels(weak), 'or')}.")
    return out


def abnormal_sentence(belief, rng):
    if belief.degree("abnormal") == "possible":
        return rng.choice(["The film is possibly abnormal, but none of the assessed findings is identified.", "There may be an unspecific abnormality."])
    return rng.choice(["The film appears abnormal, but none of the assessed findings is identified.", "There is an unspecific abnormality without one of the assessed findings."])


def missing(belief):
    return [f for f in ORDER if not belief.assesses(f)]


def report(belief, rng, specific=False):
    parts = []
    if belief.child:
        parts.append(rng.choice(["This is a child's film, on which only normal or abnormal is assessed.", "On a child's film only normal or abnormal is assessed."]))
        if belief.normal:
            parts.append(rng.choice(["The film appears normal.", "No abnormality is detected."]))
        else:
            sure = belief.degree("abnormal")
            word = {"clear": "appears", "likely": "probably is", "possible": "is possibly"}[sure]
            parts.append(f"The film {word} abnormal.")
    else:
        for f in belief.present:
            parts.append(fill(rng.choice(PRESENT[belief.degree(f)]), f))
        if belief.abnormal_alone:
            parts.append(abnormal_sentence(belief, rng))
        if belief.normal and rng.random() < 0.3:
            parts.append("The lungs appear clear.")
        parts += negatives(belief, rng)
    if specific and missing(belief) and not belief.child:
        names = labels(missing(belief))
        parts.append(f"{cap(join(names))} {'is' if len(names) == 1 else 'are'} not assessed.")
    return " ".join(parts) + " Impression: " + impression(belief, rng)


def short(belief, rng):
    return rng.choice(["In short: ", "Impression: "]) + impression(belief, rng)


def differential(belief, rng):
    if belief.child:
        if belief.normal:
            return "The film shows no abnormality to explain; symptoms decide whether more is needed."
        return rng.choice(["On a child's abnormal film a lower respiratory infection is the first thought, bacterial or viral; aspiration and atelectasis are alternatives.", "In a child this could be bacterial or viral pneumonia; aspiration or mucus plugging are alternatives."])
    if belief.abnormal_alone:
        return "The abnormality is unspecific: infection, chronic change or an effect of technique are possible. Clinical correlation is needed."
    if belief.normal:
        return rng.choice(["No abnormality is detected that would need an explanation; a normal film does not exclude disease.", "The film gives no finding to explain; if symptoms persist, other causes must be looked for."])
    out = []
    for f in belief.present:
        verb = rng.choice(["may be due to", "could be explained by"])
        out.append(f"The {FINDINGS[f]['short']} {verb} {rng.choice(FINDINGS[f]['causes'])}.")
    for pair, sentence, _ in TOGETHER:
        if all(p in belief.present for p in pair):
            out.append(sentence)
            break
    if rng.random() < 0.4:
        out.append("Clinical correlation is needed.")
    return " ".join(out)


def alternative(belief, rng):
    text = differential(belief, rng)
    return "Yes. " + text if belief.present else text


def likely(belief, rng):
    if not belief.present:
        if belief.child and not belief.normal:
            return "In a child a lower respiratory infection is the most likely cause, but the film alone cannot settle it."
        return differential(belief, rng)
    for pair, _, cause in TOGETHER:
        if all(p in belief.present for p in pair):
            break
    else:
        cause = LIKELY[belief.present[0]]
    return f"Most likely is {cause}, but the film alone cannot settle it."


def examination(belief, rng):
    if belief.child:
        if belief.normal:
            return "No further imaging is suggested by this film; the child's symptoms decide."
        return "Further examination: clinical assessment by a pediatrician, and a follow-up film if the course is not as expected."
    if belief.abnormal_alone:
        return rng.choice(["Further examination: a lateral film and comparison with the clinical picture; CT if doubt remains.", "Further examination: clinical correlation and a second reading; CT if doubt remains."])
    if belief.normal:
        return rng.choice(["No further imaging is suggested by this film; if symptoms persist, a follow-up film or CT can be considered.", "No further imaging is suggested by this film alone; clinical correlation decides."])
    return "Further examination: " + "; ".join(f"for the {FINDINGS[f]['short']} {rng.choice(FINDINGS[f]['next'])}" for f in belief.present) + "."


YES = {
    "clear": ["Yes, there is {a}.", "Yes, {label} is present."],
    "likely": ["Yes, {a} is likely.", "Yes, there is probable {label}."],
    "possible": ["Yes, {a} is possible.", "Yes, there is possible {label}."],
    "borderline": ["No, no definite {label} is seen.", "No definite {label}."],
    "absent": ["No, there is no {label}.", "No, {label} is not seen."],
}


def is_there(belief, finding, rng):
    if belief.child:
        return "On a child's film " + FINDINGS[finding]["label"] + " is not assessed; only normal or abnormal is."
    if not belief.assesses(finding):
        return not_assessed(FINDINGS[finding]["label"], rng)
    return fill(rng.choice(YES[belief.degree(finding)]), finding)


def strict(belief, finding):
    """The paper's confirmation: one word. What is not assessed is not claimed: No."""
    return "Yes" if belief.margins.get(finding, -9.0) >= 0 and (finding == "abnormal" or not belief.child) else "No"


def not_assessed(label, rng):
    verb = "are" if label in ("lines and tubes", "devices") else "is"
    return f"{cap(label)} {verb} not assessed by this model. " + rng.choice(["Please check the film yourself.", "The film has to be read for that by a radiologist."])


def not_assessed_other(rng):
    return "That is not assessed by this model. " + rng.choice(["Please check the film yourself.", "The film has to be read for that by a radiologist."])


def is_normal(belief, rng):
    if belief.normal:
        return rng.choice(["Yes, the film appears normal", "Yes, no abnormality is detected"]) + (" on this child's film." if belief.child else ".")
    if belief.present:
        return "No, the film is not normal: " + join([hedged(belief, f) for f in belief.present]) + "."
    word = {"clear": "appears", "likely": "is probably", "possible": "is possibly"}[belief.degree("abnormal")]
    return f"No, the film {word} abnormal" + (" on this child's film." if False else ".")


def is_abnormal(belief, rng):
    text = is_normal(belief, rng)
    return ("No" + text[3:]) if text.startswith("Yes") else ("Yes" + text[2:]).replace("the film is not normal", "the film is abnormal")
