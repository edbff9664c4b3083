/** Whether Korean stands beneath the pocket world's English: one state, read by everything that shows such texts. */
let shown = $state(false);

export function glossShown(): boolean {
  return shown;
}

export function setGlossShown(to: boolean): void {
  shown = to;
}
