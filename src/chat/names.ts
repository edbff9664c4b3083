import type { CheckpointInfo } from '../core/protocol.ts';
import { t } from '../i18n/index.ts';

/** Its own title, or "Instruction tuning · small, seed 0". */
export function checkpointName({ title, stage, preset, seed, shipped }: CheckpointInfo): string {
  const origin = shipped ? t().chat.shipped : t().chat.seed(seed);
  return title ?? `${t().stage[stage].name} · ${preset}, ${origin}`;
}
