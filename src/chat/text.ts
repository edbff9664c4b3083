/** An answer as it is read: without specials, or with names for them. */
import type { ChatToken } from '../core/protocol.ts';
import { SPECIALS } from '../core/world/index.ts';
import { t } from '../i18n/index.ts';

const END = '<eos>';

export function isSpecial(text: string): boolean {
  return SPECIALS.includes(text);
}

/** A token as it is shown: the end by a name, other specials as they are written. */
export function visibleText(text: string): string {
  return text === END ? `⟨${t().chat.end}⟩` : text;
}

/** The same for screen readers. */
export function spokenText(text: string): string {
  return text === END ? t().chat.endHelp : text;
}

/** The words of an answer. A special in the midst of it is the model's mistake and stays; its end is none of its words. */
export function answerText(tokens: readonly ChatToken[]): string {
  const texts = tokens.map(({ text }) => text);
  return (texts.at(-1) === END ? texts.slice(0, -1) : texts).join(' ');
}
