/**
 * The page's address: everything after # as words, "#stage=ppo&preset=small&seed=3&ppo.kl_coef=0.2". A teacher hands out
 * an experiment as a link; nothing in it is trusted.
 */
import * as v from 'valibot';
import { type Changes, KNOBS, findKnob, formatKnob, knobValue, parseKnob } from '../core/knobs.ts';
import { PRESETS, PRESET_NAMES, type PresetName } from '../core/presets.ts';
import { LANGUAGES } from '../i18n/index.ts';
import { quoted } from '../core/outside.ts';
import { PLACES } from '../core/places.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** Seeds above this would not survive being typed and hashed. */
export const MOST_SEED = 999_999;

/** Characters. Every word and every knob at once are half as many. */
const MOST_ADDRESS = 4000;
/** Parts that are named when they are not understood. */
const MOST_MISUNDERSTOOD = 10;

/** What the words may say, beside the knobs. */
export const addressSchemas = {
  stage: v.picklist(PLACES),
  preset: v.picklist(PRESET_NAMES),
  seed: v.pipe(v.string(), v.regex(/^\d{1,6}$/), v.toNumber(), v.maxValue(MOST_SEED)),
  base: v.picklist(['shipped', 'train']),
  backend: v.picklist(['auto', 'webgpu', 'wasm', 'cpu']),
  lang: v.picklist(LANGUAGES),
  theme: v.picklist(THEMES),
  predict: v.picklist(['on', 'off']),
};

type Words = { [Word in keyof typeof addressSchemas]?: v.InferOutput<(typeof addressSchemas)[Word]> };

export interface Address extends Words {
  changes: Changes;
  /** Parts that were not understood, as messages quote them; the first few. */
  misunderstood: readonly string[];
}

/** Reads what follows the #; the # itself may lead. One that is too long is not read at all. Never throws. */
export function parseAddress(hash: string): Address {
  const words: Record<string, unknown> = {};
  const changes: Record<string, number | null> = {};
  const misunderstood: string[] = [];
  if (hash.length > MOST_ADDRESS) return { changes, misunderstood: [quoted(hash)] };
  for (const [name, text] of new URLSearchParams(hash.replace(/^#/, ''))) {
    const knob = findKnob(name);
    const value = knob ? parseKnob(knob, text) : undefined;
    const word = Object.hasOwn(addressSchemas, name)
      ? v.safeParse(addressSchemas[name as keyof typeof addressSchemas], text)
      : null;
    if (value !== undefined) changes[name] = value;
    else if (word?.success) words[name] = word.output;
    else if (misunderstood.length < MOST_MISUNDERSTOOD) misunderstood.push(quoted(`${name}=${text}`));
  }
  return { ...(words as Words), changes, misunderstood };
}

/** The words as they follow the #; knobs in the order of the stages, only those that differ from the preset. */
export function formatAddress(words: Readonly<Record<string, string>>, preset: PresetName, changes: Changes): string {
  const text = new URLSearchParams(words);
  for (const knob of KNOBS) {
    const value = changes[knob.name];
    if (value !== undefined && value !== knobValue(PRESETS[preset], knob)) text.set(knob.name, formatKnob(knob, value));
  }
  return `#${text.toString()}`;
}
