import type { configuration as en } from '../en/configuration.ts';

export const configuration = {
  configuration: {},
} satisfies typeof en;
