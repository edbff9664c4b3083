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

/** What a key asks for; null when it is meant for what has the focus. */
export function actionFor(event: KeyboardEvent): KeyAction | null {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return null;
  if (key === ' ') return takesSpace(target) || event.repeat ? null : 'toggle';
  return isTyping(target) ? null : (ACTIONS[key] ?? null);
}
