"""What the answers know: terms, plain words, usual causes, sensible next examinations. All text is our own; sober and hedged."""

# Order in which findings are spoken of: what cannot wait comes first.
ORDER = ["pneumothorax", "edema", "effusion", "consolidation", "atelectasis", "cardiomegaly"]

# Per finding. `label`: as in reports; `short`: after "the"; `a`: with its article; `plain`: for patients; `signs`: what a reader looks for;
# `causes`: for the differential; `next`: further examination; `means`: a definition.
FINDINGS = {
    "effusion": {
        "label": "pleural effusion",
        "a": "a pleural effusion",
        "short": "effusion",
        "plain": "fluid around the lung",
        "signs": "blunting of a costophrenic angle and a dense shadow at the lung base",
        "causes": [
            "heart failure, a parapneumonic effusion or malignancy",
            "heart failure, infection or a malignant effusion",
            "congestive heart failure, pneumonia with effusion, or less often a tumor",
        ],
        "next": [
            "a lateral or decubitus film or an ultrasound of the pleura",
            "pleural ultrasound, and fluid analysis if the cause is unclear",
            "chest ultrasound to confirm the fluid",
        ],
        "means": "A pleural effusion is fluid that collects between the lung and the chest wall.",
    },
    "edema": {
        "label": "pulmonary edema",
        "a": "pulmonary edema",
        "short": "edema",
        "plain": "too much fluid inside the lungs",
        "signs": "blurred vessels, interstitial lines and hazy central opacity",
        "causes": [
            "heart failure, fluid overload or acute respiratory distress syndrome",
            "cardiogenic edema, fluid overload, or less often acute respiratory distress syndrome",
            "a failing heart, renal failure with overload, or acute lung injury",
        ],
        "next": [
            "echocardiography and natriuretic peptides",
            "echocardiography and a follow-up film after treatment",
            "an echocardiogram with clinical assessment of the volume status",
        ],
        "means": "Pulmonary edema is fluid that has leaked from the vessels into the lung tissue and the air spaces.",
    },
    "atelectasis": {
        "label": "atelectasis",
        "a": "atelectasis",
        "short": "atelectasis",
        "plain": "a part of the lung that is not fully open",
        "signs": "linear or wedge-shaped opacity with loss of volume",
        "causes": [
            "mucus plugging, shallow breathing or compression from outside",
            "hypoventilation, a mucus plug or an obstructing lesion",
            "poor inspiration, retained secretions or compression by fluid",
        ],
        "next": [
            "a follow-up film after breathing exercises, and CT if it persists",
            "a repeat film in deep inspiration, and CT if it does not resolve",
            "a follow-up radiograph, with CT or bronchoscopy if it stays",
        ],
        "means": "Atelectasis is lung tissue that has lost its air and collapsed, in a small area or in a whole lobe.",
    },
    "pneumothorax": {
        "label": "pneumothorax",
        "a": "a pneumothorax",
        "short": "pneumothorax",
        "plain": "air between the lung and the chest wall",
        "signs": "a visible pleural line without lung markings beyond it",
        "causes": [
            "spontaneous rupture of a bleb, trauma or a recent procedure",
            "a spontaneous, traumatic or iatrogenic cause",
            "trauma, a recent puncture or ventilation, or spontaneous rupture",
        ],
        "next": [
            "urgent contact with the treating team and an expiratory film or CT if in doubt",
            "immediate clinical review, with a repeat upright film or CT if in doubt",
            "an urgent call to the treating physician and a short-term follow-up film",
        ],
        "means": "A pneumothorax is air in the pleural space, which lets the lung collapse in part or completely.",
    },
    "cardiomegaly": {
        "label": "cardiomegaly",
        "a": "cardiomegaly",
        "short": "cardiomegaly",
        "plain": "a heart shadow that looks larger than expected",
        "signs": "a wide cardiac silhouette",
        "causes": [
            "cardiomyopathy, valve disease or a pericardial effusion",
            "hypertensive or valvular heart disease, or pericardial fluid",
            "chronic heart failure, valve disease, or an effect of projection",
        ],
        "next": [
            "echocardiography",
            "an echocardiogram to judge chambers, valves and pericardium",
            "a frontal film at full inspiration and echocardiography",
        ],
        "means": "Cardiomegaly is an enlarged cardiac silhouette on the radiograph.",
    },
    "consolidation": {
        "label": "consolidation",
        "a": "consolidation",
        "short": "consolidation",
        "plain": "an area of lung that is filled in instead of airy",
        "signs": "dense air-space opacity, often with air bronchograms",
        "causes": [
            "pneumonia, aspiration or hemorrhage",
            "bacterial pneumonia, aspiration or, less often, a tumor",
            "infection first of all, or aspiration or an infarct",
        ],
        "next": [
            "inflammatory markers, cultures and a follow-up film until it clears",
            "laboratory tests for infection and a film after treatment",
            "clinical assessment for infection, and CT if it does not clear",
        ],
        "means": "Consolidation is lung whose air spaces are filled with fluid, pus, blood or cells.",
    },
}

# What two findings together suggest: (findings, sentence for the differential, what is most likely).
TOGETHER = [
    (("edema", "effusion"), "Edema and effusion together favor heart failure.", "heart failure"),
    (("edema", "cardiomegaly"), "Edema with a large heart favors decompensated heart failure.", "decompensated heart failure"),
    (("pneumothorax", "effusion"), "Air and fluid together raise the question of a hydropneumothorax.", "a hydropneumothorax"),
    (("consolidation", "effusion"), "Consolidation with effusion favors pneumonia with a parapneumonic effusion.", "pneumonia with a parapneumonic effusion"),
    (("effusion", "atelectasis"), "The atelectasis may be compressive, next to the effusion.", "an effusion with compressive atelectasis"),
]
LIKELY = {
    "pneumothorax": "a spontaneous or procedure-related pneumothorax",
    "edema": "cardiogenic edema",
    "effusion": "heart failure or a parapneumonic effusion",
    "consolidation": "pneumonia",
    "atelectasis": "hypoventilation with mucus plugging",
    "cardiomegaly": "chronic heart disease",
}

# What people ask about and the bundle does not assess: label and the ways to name it. Cardiomegaly and consolidation join when not assessed.
NOT_ASSESSED = {
    "pneumonia": ["pneumonia", "pneumonic infiltrate", "an infiltrate", "infiltrates", "a chest infection", "bronchopneumonia", "signs of infection", "lobar pneumonia", "PNA"],
    "a mass": ["a mass", "a lung mass", "mass lesion", "a big lump", "space-occupying lesion"],
    "a nodule": ["a nodule", "nodules", "a pulmonary nodule", "nodular lesions", "a coin lesion", "a round spot", "lung nodule or mass", "a nodule or mass"],
    "malignancy": ["malignancy", "lung cancer", "a tumor", "a tumour", "carcinoma", "metastases", "mets", "bronchial carcinoma", "lymphoma", "a neoplasm"],
    "a fracture": ["a fracture", "rib fractures", "a broken rib", "broken bones", "a clavicle fracture", "a vertebral fracture", "bony injury"],
    "tuberculosis": ["tuberculosis", "TB", "active tb", "signs of TB", "a primary complex"],
    "emphysema": ["emphysema", "COPD", "hyperinflation", "overinflated lungs", "bullae", "chronic obstructive changes"],
    "fibrosis": ["fibrosis", "pulmonary fibrosis", "scarring", "interstitial lung disease", "ILD", "honeycombing", "reticular changes"],
    "pleural thickening": ["pleural thickening", "pleural plaques", "a thick pleura", "pleural calcification", "asbestos plaques"],
    "a hernia": ["a hernia", "hiatal hernia", "a hiatus hernia", "a diaphragmatic hernia"],
    "lines and tubes": ["a central line", "tubes", "lines and tubes", "an endotracheal tube", "ETT position", "the tube", "a chest tube", "a nasogastric tube", "NG tube", "a PICC line", "a port catheter", "a venous catheter"],
    "devices": ["a pacemaker", "an ICD", "implants", "sternal wires", "medical devices", "a prosthetic valve", "surgical clips", "electrodes", "support devices", "any devices"],
    "pulmonary embolism": ["pulmonary embolism", "PE", "a lung embolus", "a clot in the lung", "an embolism", "pulmonary infarct"],
    "the mediastinum": ["a wide mediastinum", "mediastinal widening", "mediastinal shift", "lymph nodes", "adenopathy", "enlarged hila", "the hilum", "aortic aneurysm", "aortic dissection", "tracheal deviation", "aortic calcification"],
    "free abdominal air": ["free air", "pneumoperitoneum", "free gas below the diaphragm", "perforation"],
    "a foreign body": ["a foreign body", "a swallowed coin", "an aspirated object", "a foreign object"],
    "COVID": ["COVID", "corona", "covid-19 pneumonia", "coronavirus", "viral pneumonia"],
    "the skeleton": ["scoliosis", "the spine", "degenerative changes", "the bones", "osteoporosis", "the ribs", "the shoulder"],
    "an abscess": ["an abscess", "a cavity", "cavitation", "a cavitary lesion", "empyema"],
}
# Others, answered without their name.
OTHER_CONDITIONS = ["asthma", "bronchitis", "sarcoidosis", "silicosis", "pericarditis", "myocarditis", "cystic fibrosis", "bronchiectasis", "a stroke", "diabetes", "kidney stones", "appendicitis", "gallstones", "a thymoma", "anemia", "leukemia", "vasculitis", "lupus", "scleroderma", "an azygos lobe", "dextrocardia", "situs inversus", "a goiter", "subcutaneous emphysema", "pneumomediastinum", "a diaphragm paralysis", "a raised hemidiaphragm", "a hamartoma", "aspergilloma", "histoplasmosis", "pertussis", "croup", "congenital heart disease", "a shunt", "pulmonary hypertension", "a cervical rib", "bowel obstruction", "breast implants", "a hematoma", "amyloidosis"]
