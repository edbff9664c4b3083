import type { source as en } from '../en/source.ts';

export const source = {
  source: {},
} satisfies typeof en;
