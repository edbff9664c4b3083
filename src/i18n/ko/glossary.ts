import type { glossary as en } from '../en/glossary.ts';

export const glossary = {
  glossary: {},
} satisfies typeof en;
