/** Which colour scheme the page is drawn in: for what CSS cannot colour, canvases. */
const dark = matchMedia('(prefers-color-scheme: dark)');
let changes = $state(0);

const changed = (): void => {
  changes += 1;
};
dark.addEventListener('change', changed);
new MutationObserver(changed).observe(document.documentElement, { attributeFilter: ['data-theme'] });

/** Read in an effect, runs it anew when the colours change. */
export function colourScheme(): number {
  return changes;
}
