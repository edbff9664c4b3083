/** What the next run is made from, and how the page looks; read from the address and kept in it. Nothing is trusted. */
import * as v from 'valibot';
import { PRESET_NAMES, type PresetName } from '../core/presets.ts';
import type { BackendChoice } from '../core/protocol.ts';
import { LANGUAGES, type Language, setLanguage } from '../i18n/index.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** Seeds above this would not survive being typed and hashed. */
export const MOST_SEED = 999_999;

const seedSchema = v.pipe(v.string(), v.regex(/^\d+$/), v.toNumber(), v.maxValue(MOST_SEED));
const schemas = {
  preset: v.picklist(PRESET_NAMES),
  seed: seedSchema,
  base: v.picklist(['shipped', 'train']),
  backend: v.picklist(['auto', 'webgpu', 'wasm', 'cpu']),
  lang: v.picklist(LANGUAGES),
  theme: v.picklist(THEMES),
};

const STORED_THEME = 'rlhf-playground.theme';
const STORED_LANGUAGE = 'rlhf-playground.language';

export class Settings {
  /** Null until chosen: then the device decides. */
  chosenPreset = $state<PresetName | null>(null);
  usualPreset = $state<PresetName>('micro');
  seed = $state(0);
  /** What is wanted; a run that has begun, or a preset of which nothing is shipped, decides otherwise. */
  wantedBase = $state<'shipped' | 'train'>('shipped');
  theme = $state<Theme>('system');
  readonly backend: BackendChoice;
  /** Parts of the address that were not understood. */
  readonly misunderstood: readonly string[];

  /** `search`: the query of the page's address. Its own words win over what the browser remembers. */
  constructor(search: string) {
    const query = new URLSearchParams(search);
    const misunderstood: string[] = [];
    const read = <S extends v.GenericSchema>(name: string, schema: S): v.InferOutput<S> | undefined => {
      const text = query.get(name);
      if (text === null) return undefined;
      const result = v.safeParse(schema, text);
      if (result.success) return result.output;
      misunderstood.push(`${name}=${text}`);
      return undefined;
    };
    this.chosenPreset = read('preset', schemas.preset) ?? null;
    this.seed = read('seed', schemas.seed) ?? 0;
    this.wantedBase = read('base', schemas.base) ?? 'shipped';
    this.backend = read('backend', schemas.backend) ?? 'auto';
    setLanguage(read('lang', schemas.lang) ?? remembered(STORED_LANGUAGE, schemas.lang) ?? usualLanguage());
    this.setTheme(read('theme', schemas.theme) ?? remembered(STORED_THEME, schemas.theme) ?? 'system');
    this.misunderstood = misunderstood;
  }

  get preset(): PresetName {
    return this.chosenPreset ?? this.usualPreset;
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    document.documentElement.dataset['theme'] = theme;
    remember(STORED_THEME, theme);
  }

  setLanguage(to: Language): void {
    setLanguage(to);
    remember(STORED_LANGUAGE, to);
    this.#rememberInAddress({ lang: to }, 'lang');
  }

  /** Writes the run into the address, so that a reload, or whoever gets the link, finds the same one. */
  keepInAddress(): void {
    this.#rememberInAddress({ preset: this.preset, seed: String(this.seed), base: this.wantedBase });
  }

  /** `only`: change the address just where it has this word already. */
  #rememberInAddress(words: Record<string, string>, only?: string): void {
    const url = new URL(location.href);
    if (only !== undefined && !url.searchParams.has(only)) return;
    for (const [name, value] of Object.entries(words)) url.searchParams.set(name, value);
    history.replaceState(history.state, '', url);
  }
}

function usualLanguage(): Language {
  return navigator.languages.some((each) => each.toLowerCase().startsWith('ko')) ? 'ko' : 'en';
}

/** Storage may be forbidden; then nothing is remembered. */
function remembered<S extends v.GenericSchema>(key: string, schema: S): v.InferOutput<S> | undefined {
  try {
    const result = v.safeParse(schema, localStorage.getItem(key));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Forbidden, or full: the page works without.
  }
}
