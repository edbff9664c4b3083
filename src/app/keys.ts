/** The keys that work everywhere on the page. */
import { isTyping, takesSpace } from '../ui/keyboard.ts';

export type KeyAction = 'toggle' | 'step' | 'help';

/** What a key asks for; null when it is meant for what has the focus. */
export function actionFor(event: KeyboardEvent): KeyAction | null {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return null;
  if (key === ' ') return takesSpace(target) || event.repeat ? null : 'toggle';
  if (isTyping(target)) return null;
  if (key === '.') return 'step';
  return key === '?' ? 'help' : null;
}
