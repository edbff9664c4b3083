/** The keys of blind judging. */
import type { Choice } from '../../core/data/preferences.ts';
import { isTyping } from '../../ui/keyboard.ts';

const CHOICES: Readonly<Record<string, Choice>> = {
  '1': 'first',
  '2': 'second',
  '0': 'tie',
  '-': 'both_bad',
  '−': 'both_bad',
  '–': 'both_bad',
};
/** By the place of their key, where an input method keeps what it writes to itself. */
const CODES: Readonly<Record<string, Choice>> = {
  Digit1: 'first',
  Digit2: 'second',
  Digit0: 'tie',
  Minus: 'both_bad',
  Numpad1: 'first',
  Numpad2: 'second',
  Numpad0: 'tie',
  NumpadSubtract: 'both_bad',
};

/** What a key says of the pair; null when it says nothing, or is meant for what has the focus. */
export function choiceFor(event: KeyboardEvent): Choice | null {
  const { key, code, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return null;
  if (isTyping(target)) return null;
  return CHOICES[key] ?? (key === 'Process' ? (CODES[code] ?? null) : null);
}
