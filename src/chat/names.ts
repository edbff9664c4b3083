import type { CheckpointInfo } from '../core/protocol.ts';
import { t } from '../i18n/index.ts';

/** "Instruction tuning · small, seed 0", or where it comes from when it was not trained here. */
export function checkpointName({ stage, preset, seed, shipped }: CheckpointInfo): string {
  const origin = shipped ? t().chat.shipped : t().chat.seed(seed);
  return `${t().stage[stage].name} · ${preset}, ${origin}`;
}
