/** `text` without one of its words, and without the space before it. */
export function withoutWord(text: string, { start, end }: { start: number; end: number }): string {
  return `${text.slice(0, start).trimEnd()}${text.slice(end)}`.trimStart();
}
