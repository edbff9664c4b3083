/** 한국어. */
import type { Catalogue } from './en.ts';
import { base } from './ko/base.ts';
import { benchmark } from './ko/benchmark.ts';
import { chat } from './ko/chat.ts';
import { configuration } from './ko/configuration.ts';
import { curves } from './ko/curves.ts';
import { data } from './ko/data.ts';
import { frame } from './ko/frame.ts';
import { glossary } from './ko/glossary.ts';
import { judge } from './ko/judge.ts';
import { library } from './ko/library.ts';
import { ppo } from './ko/ppo.ts';
import { predictions } from './ko/predictions.ts';
import { reward } from './ko/reward.ts';
import { run } from './ko/run.ts';
import { sft } from './ko/sft.ts';
import { source } from './ko/source.ts';
import { stages } from './ko/stages.ts';

export const ko = {
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
} satisfies Catalogue;
