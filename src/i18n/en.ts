/** English: the catalogue whose shape every other language has; a file an area of the page. */
import { base } from './en/base.ts';
import { benchmark } from './en/benchmark.ts';
import { chat } from './en/chat.ts';
import { configuration } from './en/configuration.ts';
import { curves } from './en/curves.ts';
import { data } from './en/data.ts';
import { frame } from './en/frame.ts';
import { glossary } from './en/glossary.ts';
import { judge } from './en/judge.ts';
import { library } from './en/library.ts';
import { ppo } from './en/ppo.ts';
import { predictions } from './en/predictions.ts';
import { reward } from './en/reward.ts';
import { run } from './en/run.ts';
import { sft } from './en/sft.ts';
import { source } from './en/source.ts';
import { stages } from './en/stages.ts';

export const en = {
  ...frame,
  ...run,
  ...configuration,
  ...predictions,
  ...stages,
  ...data,
  ...base,
  ...sft,
  ...reward,
  ...ppo,
  ...judge,
  ...chat,
  ...library,
  ...glossary,
  ...curves,
  ...source,
  ...benchmark,
};

export type Catalogue = typeof en;
