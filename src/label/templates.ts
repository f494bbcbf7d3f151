/**
 * Sentences that a class's name is put into, with {} for the name: a text's embedding is the mean over them. These are the 14 that
 * DiffCut's open vocabulary is published with (`tools/clip_classifier.py` there, after FC-CLIP), a part of ViLD's (Gu et al., ICLR 2022).
 */
export const TEMPLATES = [
  'a photo of a {}.',
  'This is a photo of a {}',
  'There is a {} in the scene',
  'There is the {} in the scene',
  'a photo of a {} in the scene',
  'a photo of a small {}.',
  'a photo of a medium {}.',
  'a photo of a large {}.',
  'This is a photo of a small {}.',
  'This is a photo of a medium {}.',
  'This is a photo of a large {}.',
  'There is a small {} in the scene.',
  'There is a medium {} in the scene.',
  'There is a large {} in the scene.',
] as const;

/** The sentences of a name, in the order of the templates. */
export const sentencesOf = (name: string): string[] => TEMPLATES.map((template) => template.split('{}').join(name));
