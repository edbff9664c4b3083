/** What keys mean in the arena. */
import { isTyping } from '../../ui/keyboard.ts';

export type ArenaKey =
  { kind: 'digit'; digit: number } | { kind: 'bad' | 'tied' | 'undo' | 'back' | 'store' | 'up' | 'down' };

const KEYS: Readonly<Record<string, Exclude<ArenaKey['kind'], 'digit'>>> = {
  '-': 'bad',
  '−': 'bad',
  '–': 'bad',
  '=': 'tied',
  t: 'tied',
  z: 'undo',
  Backspace: 'back',
  Enter: 'store',
  ArrowUp: 'up',
  ArrowDown: 'down',
};
/** By the place of the key: where Hangul is typed, the key z writes ㅋ, and an input method may hide what is pressed. */
const CODES: Readonly<Record<string, Exclude<ArenaKey['kind'], 'digit'>>> = {
  KeyT: 'tied',
  KeyZ: 'undo',
  Minus: 'bad',
  NumpadSubtract: 'bad',
  Equal: 'tied',
};

/** What a key asks of the arena; null when it asks nothing, or is meant for what has the focus. */
export function arenaKey(event: KeyboardEvent): ArenaKey | null {
  const { key, code, target, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (event.defaultPrevented || event.repeat || isTyping(target)) return null;
  // A dialog is open.
  if (target instanceof Element && target.closest('dialog')) return null;
  if (altKey) return null;
  if (ctrlKey || metaKey) return !shiftKey && (key === 'z' || code === 'KeyZ') ? { kind: 'undo' } : null;
  const hidden = key === 'Process' || /\p{Script=Hangul}/u.test(key);
  const digit = /^\d$/.test(key) ? key : hidden ? /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1] : undefined;
  if (digit !== undefined) return { kind: 'digit', digit: Number(digit) };
  const kind = KEYS[key] ?? (hidden ? CODES[code] : undefined);
  return kind ? { kind } : null;
}
