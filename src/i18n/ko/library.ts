import type { library as en } from '../en/library.ts';

export const library = {
  library: {},
} satisfies typeof en;
