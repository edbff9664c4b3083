/** What the next run is made from, where one is, and how the page looks; read from the address and kept in it. */
import { type Changes, KNOBS, type KnobName, findKnob, knobValue } from '../core/knobs.ts';
import { PRESETS, type PresetName } from '../core/presets.ts';
import type { BackendChoice } from '../core/protocol.ts';
import type { StageName } from '../core/reports.ts';
import { runName } from '../core/run-name.ts';
import { type Language, setLanguage } from '../i18n/index.ts';
import { type Address, type Theme, addressSchemas, formatAddress, parseAddress } from './address.ts';
import { remember, remembered } from './memory.ts';
import type { Place } from '../core/places.ts';

const STORED_THEME = 'rlhf-playground.theme';
const STORED_LANGUAGE = 'rlhf-playground.language';

export class Settings {
  /** Null until chosen: then the device decides. */
  chosenPreset = $state<PresetName | null>(null);
  usualPreset = $state<PresetName>('micro');
  seed = $state(0);
  /** What is wanted; a run that has begun, or a preset of which nothing is shipped, decides otherwise. */
  wantedBase = $state<'shipped' | 'train'>('shipped');
  /** Knobs that differ from the preset. */
  changes = $state.raw<Changes>({});
  /** Where one chose to be; null: where the run is. */
  place = $state<Place | null>(null);
  theme = $state<Theme>('system');
  /** Whether the address asked for predictions before a run, or for none. */
  predict = $state<'on' | 'off' | null>(null);
  backend: BackendChoice = 'auto';
  /** The texts of the page are there. */
  readonly ready: Promise<void>;
  /** Parts of the address that were not understood. */
  misunderstood = $state.raw<readonly string[]>([]);
  /** Neither a person nor the address has said anything of the knobs. */
  #untouched = true;
  /** Words of the address that stay in it because it came with them. */
  #given: Record<string, string> = {};

  /** `hash`: what follows # in the page's address. Its own words win over what the browser remembers. */
  constructor(hash: string) {
    const address = parseAddress(hash);
    this.#read(address);
    this.ready = setLanguage(address.lang ?? remembered(STORED_LANGUAGE, addressSchemas.lang) ?? usualLanguage());
    this.setTheme(address.theme ?? remembered(STORED_THEME, addressSchemas.theme) ?? 'system');
    this.backend = address.backend ?? 'auto';
  }

  get preset(): PresetName {
    return this.chosenPreset ?? this.usualPreset;
  }

  /** Takes in an address that came while the page was open. The backend stays: it is chosen once, when the page opens. */
  async follow(hash: string): Promise<void> {
    const address = parseAddress(hash);
    this.#read(address);
    if (address.theme) this.setTheme(address.theme);
    if (address.lang) await this.setLanguage(address.lang);
  }

  /** Of the run that is shown. */
  get runName(): string {
    return runName(this);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    document.documentElement.dataset['theme'] = theme;
    remember(STORED_THEME, theme);
    if ('theme' in this.#given) this.#given['theme'] = theme;
  }

  /** Rejects when the language does not load; then nothing has changed. */
  async setLanguage(to: Language): Promise<void> {
    await setLanguage(to);
    remember(STORED_LANGUAGE, to);
    if ('lang' in this.#given) this.#given['lang'] = to;
    this.keepInAddress();
  }

  setPreset(preset: PresetName): void {
    this.chosenPreset = preset;
    // What was a change may be the new preset's own value.
    this.changes = onlyChanged(preset, this.changes);
    this.keepInAddress();
  }

  setSeed(seed: number): void {
    this.seed = seed;
    this.keepInAddress();
  }

  setBase(base: 'shipped' | 'train'): void {
    this.wantedBase = base;
    this.keepInAddress();
  }

  /** A value that is the preset's own is no change. */
  setKnob(name: KnobName, value: number | null): void {
    this.setKnobs({ [name]: value });
  }

  /** Several at once, as above. */
  setKnobs(changes: Changes): void {
    this.#untouched = false;
    this.changes = onlyChanged(this.preset, { ...this.changes, ...changes });
    this.keepInAddress();
  }

  /** Takes the knobs of a stored run as it is opened again, unless somebody has said what they are to be. */
  adopt(changes: Changes): void {
    if (this.#untouched) this.changes = onlyChanged(this.preset, changes);
  }

  /** As the preset has them: the knobs of one stage, or all. */
  resetKnobs(stage?: StageName): void {
    this.#untouched = false;
    const kept = KNOBS.filter((knob) => stage !== undefined && knob.stage !== stage && knob.name in this.changes);
    this.changes = Object.fromEntries(kept.map(({ name }) => [name, this.changes[name]]));
    this.keepInAddress();
  }

  go(place: Place | null): void {
    this.place = place;
    this.keepInAddress();
  }

  /** Writes the run and the place into the address, so that a reload, or whoever gets the link, finds the same. */
  keepInAddress(): void {
    const words = {
      ...(this.place ? { stage: this.place } : {}),
      preset: this.preset,
      seed: String(this.seed),
      base: this.wantedBase,
      ...this.#given,
    };
    const url = new URL(location.href);
    url.hash = formatAddress(words, this.preset, this.changes);
    history.replaceState(history.state, '', url);
  }

  #read(address: Address): void {
    this.chosenPreset = address.preset ?? this.chosenPreset;
    this.seed = address.seed ?? 0;
    this.wantedBase = address.base ?? 'shipped';
    // Which preset an address without one means is known when the device is open.
    this.changes = address.preset ? onlyChanged(address.preset, address.changes) : address.changes;
    this.place = address.stage ?? null;
    this.predict = address.predict ?? null;
    this.misunderstood = address.misunderstood;
    this.#untouched = Object.keys(address.changes).length === 0;
    const { backend, lang, theme, predict } = address;
    const given = { backend, lang, theme, predict };
    this.#given = Object.fromEntries(Object.entries(given).flatMap(([name, word]) => (word ? [[name, word]] : [])));
  }
}

/** Without the changes that are none in this preset. */
function onlyChanged(preset: PresetName, changes: Changes): Changes {
  const real = Object.entries(changes).filter(([name, value]) => {
    const knob = findKnob(name);
    return knob && value !== knobValue(PRESETS[preset], knob);
  });
  return Object.fromEntries(real);
}

function usualLanguage(): Language {
  return navigator.languages.some((each) => each.toLowerCase().startsWith('ko')) ? 'ko' : 'en';
}
