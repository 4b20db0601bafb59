// The prompts of the published CXR-LLaVA code and of LLaVA-1.5, word for word: part of the models' interface, so they are never reworded.

/**
 * System text of the published CXR-LLaVA v2 modelling code (`write_radiologic_report`, ECOFRI/CXR-LLAVA-v2); the paper's v1
 * is asked with the same text.
 */
export const CXR_LLAVA_SYSTEM_PROMPT =
  'You are a helpful radiologist. Try to interpret chest x ray image and answer to the question that user provides.';
