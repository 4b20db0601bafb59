// The prompts of the published CXR-LLaVA code and of LLaVA-1.5, word for word: part of the models' interface, so they are never reworded.

/**
 * System text of the published CXR-LLaVA v2 modelling code (`write_radiologic_report`, ECOFRI/CXR-LLAVA-v2); the paper's v1
 * is asked with the same text.
 */
const CXR_LLAVA_SYSTEM_PROMPT =
  'You are a helpful radiologist. Try to interpret chest x ray image and answer to the question that user provides.';

/** System text of Vicuna v1, which LLaVA-1.5 was tuned with (LLaVA's conversation.py, `conv_vicuna_v1`). */
const VICUNA_SYSTEM_PROMPT =
  "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions.";

/** By a bundle's chat format. */
export const PUBLISHED_SYSTEM_PROMPTS = { llama2: CXR_LLAVA_SYSTEM_PROMPT, vicuna: VICUNA_SYSTEM_PROMPT } as const;
