import type { curves as en } from '../en/curves.ts';

export const curves = {
  curves: {},
} satisfies typeof en;
