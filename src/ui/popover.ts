/** Where a popover opens: beneath its button, inside the window. Not every browser has CSS anchors yet. */

const GAP = 6;

/** Places an open popover; call it when it toggles. It needs `position: fixed; margin: 0`. */
export function placeBelow(button: Element, popover: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { offsetWidth, offsetHeight } = popover;
  const left = Math.max(GAP, Math.min(at.left, document.documentElement.clientWidth - offsetWidth - GAP));
  const below = at.bottom + GAP;
  const fits = below + offsetHeight <= innerHeight;
  popover.style.left = `${left}px`;
  popover.style.top = `${fits ? below : Math.max(GAP, at.top - GAP - offsetHeight)}px`;
}
