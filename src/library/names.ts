/** What checkpoints are called, on the page and as files. */
import type { CheckpointInfo } from '../core/protocol.ts';
import { language, t } from '../i18n/index.ts';
import { isImported, isReplaced } from './family.ts';

/** Its own title, or "Instruction tuning · small, seed 0". */
export function checkpointName(checkpoint: CheckpointInfo): string {
  return checkpoint.title ?? usualName(checkpoint);
}

export function usualName({ stage, preset, seed, shipped }: CheckpointInfo): string {
  return `${t().stage[stage].name} · ${preset}, ${shipped ? t().chat.shipped : t().chat.seed(seed)}`;
}

/** What sets it apart from a checkpoint that a run stands on; null for those. */
export function originMark(checkpoint: CheckpointInfo): string | null {
  if (checkpoint.shipped) return t().library.mark.shipped;
  if (isImported(checkpoint)) return t().library.mark.imported;
  return isReplaced(checkpoint) ? t().library.mark.replaced : null;
}

/** "2026-01-31 14:05" in the order of the language. */
export function dateText(milliseconds: number): string {
  return new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'short' }).format(milliseconds);
}

export function dayText(milliseconds: number): string {
  return new Intl.DateTimeFormat(language(), { dateStyle: 'medium' }).format(milliseconds);
}

/** "rlhf-micro-sft-seed0-6ab7ef06.safetensors"; a title stands in front, as far as file systems take it. */
export function fileName({ title, preset, stage, seed, shipped, hash }: CheckpointInfo): string {
  const own = title
    ?.normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
  const origin = shipped ? 'shipped' : `seed${seed}`;
  const parts = [own, preset, stage, origin, hash?.slice(0, 8)];
  return `${['rlhf', ...parts].filter(Boolean).join('-')}.safetensors`;
}
