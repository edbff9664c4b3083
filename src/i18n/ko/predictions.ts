import type { predictions as en } from '../en/predictions.ts';

export const predictions = {
  predictions: {},
} satisfies typeof en;
