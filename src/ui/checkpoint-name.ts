/** What a checkpoint is called. */
import type { CheckpointInfo } from '../core/protocol.ts';
import { isolated, t } from '../i18n/index.ts';

/** Its own title, or the usual name. */
export function checkpointName(checkpoint: CheckpointInfo): string {
  return checkpoint.title === null ? usualName(checkpoint) : isolated(checkpoint.title);
}

/** "Instruction tuning · small, seed 0". */
export function usualName({ stage, preset, seed, shipped }: CheckpointInfo): string {
  return `${t().stage[stage].name} · ${isolated(preset)}, ${shipped ? t().checkpointName.shipped : t().checkpointName.seed(seed)}`;
}
