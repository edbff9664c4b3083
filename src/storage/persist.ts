/** Asks the browser not to clear what is stored when space runs short; it may refuse. Nothing waits for the answer. */
export function askToKeep(): void {
  // Missing on insecure origins.
  const storage = (navigator as Partial<Navigator>).storage as Partial<StorageManager> | undefined;
  void storage?.persist?.().catch(() => undefined);
}
