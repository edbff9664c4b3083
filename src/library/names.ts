/** What is said of checkpoints beside their names, and what they are called as files. */
import type { CheckpointInfo } from '../core/protocol.ts';
import { t } from '../i18n/index.ts';
import { isImported, isReplaced } from './family.ts';

/** What sets it apart from a checkpoint that a run stands on; null for those. */
export function originMark(checkpoint: CheckpointInfo): string | null {
  if (checkpoint.shipped) return t().library.mark.shipped;
  if (isImported(checkpoint)) return t().library.mark.imported;
  return isReplaced(checkpoint) ? t().library.mark.replaced : null;
}

/** "rlhf-micro-sft-seed0-6ab7ef06.safetensors"; a title stands in front, as far as file systems take it. */
export function fileName(checkpoint: CheckpointInfo): string {
  return `${stemOf(checkpoint)}.safetensors`;
}

function stemOf({ title, preset, stage, seed, shipped, hash }: CheckpointInfo): string {
  const own = title
    ?.normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
  const origin = shipped ? 'shipped' : `seed${seed}`;
  const parts = [own, preset, stage, origin, hash?.slice(0, 8)];
  return ['rlhf', ...parts].filter(Boolean).join('-');
}

/** "rlhf-playground-2026-01-31-1205.zip"; of a checkpoint with its ancestors, after the checkpoint. */
export function archiveName(made: Date, checkpoint: CheckpointInfo | null): string {
  if (checkpoint) return `${stemOf(checkpoint)}-family.zip`;
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = [made.getFullYear(), made.getMonth() + 1, made.getDate()].map(two).join('-');
  return `rlhf-playground-${date}-${two(made.getHours())}${two(made.getMinutes())}.zip`;
}
