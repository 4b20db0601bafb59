"""What is said beside the findings: reasons, certainty, plain words, and everything that is declined. No side, no number, no prior."""
from answers import cap, hedged, impression, join, labels
from medical import FINDINGS, ORDER


def plain(belief, rng):
    start = rng.choice(["In plain words: ", "For the patient: "])
    if belief.child:
        state = "nothing unusual was noticed on the child's picture" if belief.normal else "the child's picture looks unusual, and a doctor should see the child"
    elif belief.present:
        words = {"clear": "there is ", "likely": "there is probably ", "possible": "there may be "}
        state = join([words[belief.degree(f)] + FINDINGS[f]["plain"] for f in belief.present])
    elif belief.abnormal_alone:
        state = "something on the picture looks unusual, but it is not one of the things this model can name"
    else:
        state = "nothing unusual was noticed on the picture"
    return start + state + ". The doctor will explain what it means."


def sure(belief, rng):
    end = rng.choice([" A draft can be wrong; please check the film.", " This is a draft and can be wrong."])
    if belief.child:
        word = "normal" if belief.normal else {"clear": "clearly abnormal", "likely": "probably abnormal", "possible": "possibly abnormal"}[belief.degree("abnormal")]
        return f"The child's film is rated as {word}." + end
    if belief.present:
        word = {"clear": "clear", "likely": "likely", "possible": "only possible"}
        return "Certainty: " + join([f"{FINDINGS[f]['label']} is {word[belief.degree(f)]}" for f in belief.present]) + "." + end
    if belief.abnormal_alone:
        word = {"clear": "clearly", "likely": "probably", "possible": "only possibly"}[belief.degree("abnormal")]
        return f"Certainty: the film is {word} abnormal." + end
    weak = [f for f in belief.absent if belief.degree(f) == "borderline"]
    if weak:
        return f"Certainty: {join(labels(weak), 'or')} cannot be fully excluded." + end
    return "Certainty: none of the assessed findings comes close to being seen." + end


def sure_of(belief, finding, rng):
    label = FINDINGS[finding]["label"]
    if belief.child:
        return f"On a child's film {label} is not assessed; only normal or abnormal is."
    if not belief.assesses(finding):
        return f"{cap(label)} is not assessed by this model. Please check the film yourself."
    said = {"clear": "rated as clear", "likely": "rated as likely", "possible": "rated as only possible", "borderline": "not seen, but close to the threshold", "absent": "not seen"}
    return f"Certainty: {label} is {said[belief.degree(finding)]}. " + rng.choice(["A draft can be wrong; please check the film.", "This is a draft and can be wrong."])


def why(belief, rng):
    if belief.child:
        return "Because the image encoder rates this child's film as " + ("normal." if belief.normal else "abnormal.") + " It gives no further reason."
    if belief.present:
        f = belief.present[0]
        return f"Because the image encoder rates {join(labels(belief.present))} above the threshold. Signs of {FINDINGS[f]['short']} to look for: {FINDINGS[f]['signs']}."
    if belief.abnormal_alone:
        return "Because the image encoder rates the film as abnormal, while every single finding stays below its threshold."
    return "Because the image encoder rates every assessed finding below its threshold."


def urgent(belief, rng):
    if belief.child:
        if belief.normal:
            return "Urgency: the film gives no sign of it; the child's condition decides."
        return "Urgency: an abnormal film in a child should be seen by a physician soon; the child's condition decides."
    if "pneumothorax" in belief.present:
        return "Urgency: a pneumothorax can be urgent; please contact the treating team now and check the film."
    if "edema" in belief.present:
        return "Urgency: pulmonary edema can need prompt care; please inform the treating team soon."
    if not belief.normal:
        return "Urgency: nothing on the film demands immediate action by itself; the clinical condition decides."
    return "Urgency: the film gives no sign of it; the clinical condition decides."


def where(belief, rng):
    return rng.choice(["The side and the location are not stated by this model. Please look at the film and its attention map.", "This model states no side and no location. The film itself has to be looked at."])


def size(belief, rng):
    return rng.choice(["The size is not measured by this model. Please measure on the original film.", "This model gives no measurement and no size. Please measure on the original film."])


def prior(belief, rng):
    return rng.choice(["No prior film is available here, so no comparison can be made.", "There is no earlier film in this conversation, so change over time cannot be judged."])


def state(belief):
    if belief.child:
        return "a normal child's film" if belief.normal else "an abnormal child's film"
    if belief.present:
        return join([hedged(belief, f) for f in belief.present])
    return "an unspecific abnormality" if belief.abnormal_alone else "no abnormality"


def compare(first, second, rng):
    return f"First film: {state(first)}. New film: {state(second)}. Each film was read by itself."


def identity(belief, rng):
    return rng.choice(["I am a small language model with an image encoder that drafts chest radiograph reports. I am not a doctor and not a medical device.", "I am a computer model that drafts reports on chest radiographs, not a physician and not a medical device."])


def capability(assessed, rng):
    names = labels([f for f in ORDER if f in assessed])
    return f"I draft a report on a chest radiograph and answer questions about it. Assessed are {join(names)}, and whether the film is abnormal. No side, size or prior is given."


def greeting(belief, rng):
    return rng.choice(["Hello. Ask me for a report on the film, or ask about a finding.", "Hello. I can draft a report on this chest film."])


def thanks(belief, rng):
    return rng.choice(["You are welcome. Please check the draft against the film.", "You are welcome."])


def bye(belief, rng):
    return rng.choice(["Goodbye. Please check the draft before it is used.", "Goodbye."])


def off_topic(belief, rng):
    return rng.choice(["I can only talk about this chest radiograph.", "That is outside my field: I can only talk about this chest radiograph."])


def treatment(belief, rng):
    return rng.choice(["Treatment is for the treating physician to decide; I give no advice on it.", "I give no advice on treatment or doses; please ask the treating physician."])


def language(belief, rng):
    return "I can only answer in English. Please ask in English about this chest radiograph."


def unclear(belief, rng):
    return rng.choice(["I did not understand that. Please rephrase, or ask for a report or about a finding.", "I did not understand the question. Please rephrase it."])


def injection(belief, rng):
    return rng.choice(["I keep to my task: drafting from what the film shows.", "I keep to my task and only describe this chest radiograph."])


def disagree(belief, rng):
    return rng.choice(["Your reading of the film takes precedence; mine is only a draft: ", "You may well be correct, and your reading takes precedence. The draft says: "]) + impression(belief, rng)


def define(finding, rng):
    return FINDINGS[finding]["means"]


def causes(finding, rng):
    f = FINDINGS[finding]
    return f"Usual causes of {f['label']}: {rng.choice(f['causes'])}."


def patient(belief, rng):
    return rng.choice(["I know nothing about the patient; only the film is given to me.", "Nothing is known to me about the patient beyond the film."])


def technique(belief, rng):
    return rng.choice(["Technique, projection and image quality are not assessed by this model.", "Image quality and projection are not assessed by this model."])


