/** A demonstration that is being written; kept while the person looks elsewhere on the page. */
import { type Demonstration, NEW_TASK } from '../core/data/demonstrations.ts';

/** What a person types of a demonstration. */
export type Written = Pick<Demonstration, 'task' | 'prompt' | 'response'>;

const EMPTY: Written = { task: NEW_TASK, prompt: '', response: '' };

export class Draft implements Written {
  task = $state(EMPTY.task);
  prompt = $state(EMPTY.prompt);
  response = $state(EMPTY.response);
  /** Id of the saved demonstration that is being changed; null: a new one is written. */
  changes = $state<string | null>(null);
  /** How often it was filled by something other than typing. */
  filled = $state(0);

  /** Starts from something written; `changes`: it is to be changed, not only taken as an example. */
  fill({ task, prompt, response }: Written, changes: string | null = null): void {
    this.task = task;
    this.prompt = prompt;
    this.response = response;
    this.changes = changes;
    this.filled += 1;
  }

  clear(): void {
    this.fill(EMPTY);
  }
}
