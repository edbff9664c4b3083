import type { base as en } from '../en/base.ts';

export const base = {
  base: {},
} satisfies typeof en;
