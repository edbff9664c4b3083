export interface Bar {
  label: string;
  /** Null draws no bar: there is nothing to measure. */
  value: number | null;
  text: string;
  interval?: { low: number; high: number };
  /** A second value, drawn thin beneath. */
  second?: number | null;
  /** A colour of its own; else the accent. */
  colour?: string;
}
