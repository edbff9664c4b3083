/** What the browser grants: whether it keeps what is stored when space runs short, and how much there may be. */

/** Missing on insecure origins, in part in workers. */
function manager():
  | {
      persist?: () => Promise<boolean>;
      persisted?: () => Promise<boolean>;
      estimate?: () => Promise<StorageEstimate>;
    }
  | undefined {
  return (globalThis as { navigator?: { storage?: StorageManager } }).navigator?.storage;
}

let asked = false;

/**
 * Asks the browser, once a visit, not to clear what is stored when space runs short; it may refuse. Nothing waits for the
 * answer. Workers cannot ask.
 */
export function askToKeep(): void {
  if (asked || manager()?.persist === undefined) return;
  asked = true;
  void keep();
}

/** Asks now, with the answer: whether it will be kept. */
export async function keep(): Promise<boolean> {
  return (
    (await manager()
      ?.persist?.()
      .catch(() => false)) ?? false
  );
}

export interface Allowance {
  /** Bytes that all of this origin takes, as the browser reckons; null where it does not say. */
  used: number | null;
  quota: number | null;
  /** Kept also when space runs short. */
  kept: boolean;
}

export async function allowance(): Promise<Allowance> {
  const storage = manager();
  const [estimate, kept] = await Promise.all([
    storage?.estimate?.().catch(() => undefined),
    storage?.persisted?.().catch(() => false),
  ]);
  return { used: estimate?.usage ?? null, quota: estimate?.quota ?? null, kept: kept ?? false };
}
