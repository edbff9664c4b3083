/** The keys that work everywhere on the page. */
import { isTyping, takesSpace } from '../ui/keyboard.ts';

export type KeyAction = 'toggle' | 'step' | 'back' | 'forward' | 'configure' | 'glossary' | 'present' | 'help';

const ACTIONS: Readonly<Record<string, KeyAction>> = {
  '.': 'step',
  '[': 'back',
  ']': 'forward',
  c: 'configure',
  g: 'glossary',
  p: 'present',
  '?': 'help',
};

/** Letters by the place of their key: where Hangul is typed, the key p writes ㅔ. */
const CODES: Readonly<Record<string, KeyAction>> = { KeyC: 'configure', KeyG: 'glossary', KeyP: 'present' };

/** What a key asks for; null when it is meant for what has the focus. */
export function actionFor(event: KeyboardEvent): KeyAction | null {
  const { key, code, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return null;
  if (key === ' ') return takesSpace(target) || event.repeat ? null : 'toggle';
  if (isTyping(target)) return null;
  return ACTIONS[key] ?? (/\p{Script=Hangul}/u.test(key) ? (CODES[code] ?? null) : null);
}
