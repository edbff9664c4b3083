/** What a checkpoint is called. */
import type { CheckpointInfo } from '../core/protocol.ts';
import { t } from '../i18n/index.ts';

/** Its own title, or the usual name. */
export function checkpointName(checkpoint: CheckpointInfo): string {
  return checkpoint.title ?? usualName(checkpoint);
}

/** "Instruction tuning · small, seed 0". */
export function usualName({ stage, preset, seed, shipped }: CheckpointInfo): string {
  return `${t().stage[stage].name} · ${preset}, ${shipped ? t().chat.shipped : t().chat.seed(seed)}`;
}
