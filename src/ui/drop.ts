/** Dropping files onto an element: an attachment for Svelte's {@attach …}. */
import type { Attachment } from 'svelte/attachments';

interface Handlers {
  ondrop: (files: readonly File[]) => void;
  /** Whether files are held over the element. */
  onover: (over: boolean) => void;
}

export function dropTarget({ ondrop, onover }: Handlers): Attachment<HTMLElement> {
  return (element) => {
    const listening = new AbortController();
    const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
    const listen = (type: 'dragover' | 'dragleave' | 'drop', hear: (event: DragEvent) => void): void =>
      element.addEventListener(type, hear, { signal: listening.signal });
    listen('dragover', (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      onover(true);
    });
    listen('dragleave', (event) => {
      // Leaving a child for another one is not leaving.
      if (!(event.relatedTarget instanceof Node && element.contains(event.relatedTarget))) onover(false);
    });
    listen('drop', (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      onover(false);
      ondrop([...(event.dataTransfer?.files ?? [])]);
    });
    return () => listening.abort();
  };
}
