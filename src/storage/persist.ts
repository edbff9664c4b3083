/** What the browser grants: whether it keeps what is stored when space runs short, and how much there may be. */

/** Missing on insecure origins. */
function manager(): Partial<StorageManager> | undefined {
  return (navigator as Partial<Navigator>).storage;
}

/** Asks the browser not to clear what is stored when space runs short; it may refuse. Nothing waits for the answer. */
export function askToKeep(): void {
  void keep();
}

/** The same, with the answer: whether it will be kept. */
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
