/** A list whose items a pointer can drag. Keys, roles and words are the list's own: the library's are English and in its way. */
import { type DndEvent, dndzone } from 'svelte-dnd-action';
import type { ActionReturn } from 'svelte/action';

export interface SortableItem {
  id: string;
}

interface Sortable<T extends SortableItem> {
  items: T[];
  disabled: boolean;
  /** How long items take to make room. */
  milliseconds: number;
}

export interface SortableEvents<T extends SortableItem> {
  onconsider: (event: CustomEvent<DndEvent<T>>) => void;
  onfinalize: (event: CustomEvent<DndEvent<T>>) => void;
}

/** Milliseconds that a finger rests on an item before it drags: until then it scrolls. */
const TOUCH_DELAY = 200;
/** Where the library would read its instructions aloud: an alert that stays empty here. */
const ALERT = 'dnd-action-aria-alert';

export function sortable<T extends SortableItem>(
  node: HTMLElement,
  options: Sortable<T>,
): ActionReturn<Sortable<T>, SortableEvents<T>> {
  const zone = dndzone(node, forLibrary(options));
  document.getElementById(ALERT)?.remove();
  return {
    update: (changed) => zone.update?.(forLibrary(changed)),
    destroy: () => zone.destroy?.(),
  };
}

function forLibrary<T extends SortableItem>({ items, disabled, milliseconds }: Sortable<T>) {
  return {
    items,
    dragDisabled: disabled,
    flipDurationMs: milliseconds,
    dropAnimationDisabled: milliseconds === 0,
    morphDisabled: true,
    dropTargetStyle: {},
    delayTouchStart: TOUCH_DELAY,
    autoAriaDisabled: true,
    zoneTabIndex: -1,
    zoneItemTabIndex: -1,
  };
}
