/** What the page shows at once, and instruction tuning, which runs first. */
import type { first as en } from '../en/first.ts';
import { curves } from './curves.ts';
import { frame } from './frame.ts';
import { glossary } from './glossary.ts';
import { predictions } from './predictions.ts';
import { run } from './run.ts';
import { sft } from './sft.ts';
import { source } from './source.ts';
import { stages } from './stages.ts';

export const first = {
  ...frame,
  ...run,
  ...predictions,
  ...stages,
  ...sft,
  ...glossary,
  ...curves,
  ...source,
} satisfies typeof en;
