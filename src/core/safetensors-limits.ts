/** How much of a header is read, by whoever reads one. Apart from the reader itself, which lists do without. */

/**
 * Bytes of a header. The format's other readers stop at 100 MB; ours have 20 kB, but for the snapshots of a stage that
 * holds collected texts: 20,000 prompts with 8 answers each, the most that knobs allow, are about 20 MB.
 */
export const LONGEST_HEADER = 2 ** 25;
/** Twenty values or fewer describe a tensor, and a thousand tensors are the most in one of our files. */
export const MOST_PARTS = 200_000;
