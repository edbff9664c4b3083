/** Rows of token ids as padded batches: plain arrays, no tensors. */

/** A batch padded on one side. N = B·T, row-major. */
export interface PaddedBatch {
  readonly size: number;
  /** T: tokens in the longest row. */
  readonly time: number;
  /** [B·T] */
  readonly ids: Int32Array;
  /** [B·T]: real tokens before each one. */
  readonly positions: Int32Array;
  /** [B·T]: 1 real, 0 padding. */
  readonly mask: Float32Array;
  /** [B]: index into the batch's N tokens of each row's last real token. */
  readonly last: Int32Array;
  /** Real tokens in the batch. */
  readonly tokens: number;
}

/** A batch in which some tokens are the response: what is predicted, scored or trained on. R: the longest response. */
export interface ResponseBatch extends PaddedBatch {
  readonly responseTime: number;
  /** [B·R]: index of the token whose hidden state predicts response token r (0 where the row's response is shorter). */
  readonly select: Int32Array;
  /** [B·R]: the response token's id. */
  readonly targets: Int32Array;
  /** [B·R]: 1 at response tokens. */
  readonly responseMask: Float32Array;
}

/** A prompt and what came after it; the response includes the end token where there is one. */
export interface PromptAndResponse {
  readonly prompt: readonly number[];
  readonly response: readonly number[];
}

/** Throws when a row is empty or longer than `context`. */
export function padRows(
  rows: readonly (readonly number[])[],
  pad: number,
  side: 'left' | 'right' = 'right',
  context = Infinity,
): PaddedBatch {
  const time = Math.max(...rows.map((row) => row.length));
  rows.forEach((row, b) => {
    if (row.length === 0 || row.length > context)
      throw new RangeError(`row ${b} has ${row.length} tokens, expected 1 … ${context}`);
  });
  const size = rows.length;
  const ids = new Int32Array(size * time).fill(pad);
  const positions = new Int32Array(size * time);
  const mask = new Float32Array(size * time);
  const last = new Int32Array(size);
  let tokens = 0;
  rows.forEach((row, b) => {
    const start = b * time + (side === 'left' ? time - row.length : 0);
    ids.set(row, start);
    mask.fill(1, start, start + row.length);
    for (let t = 0; t < row.length; t++) positions[start + t] = t;
    last[b] = start + row.length - 1;
    tokens += row.length;
  });
  return { size, time, ids, positions, mask, last, tokens };
}

/** Right-padded rows prompt + response with the response marked. Every prompt and response needs a token. */
export function responseBatch(pairs: readonly PromptAndResponse[], pad: number, context = Infinity): ResponseBatch {
  pairs.forEach(({ prompt, response }, b) => {
    if (prompt.length === 0 || response.length === 0)
      throw new RangeError(`row ${b}: a prompt of ${prompt.length} and a response of ${response.length} tokens`);
  });
  const batch = padRows(
    pairs.map(({ prompt, response }) => [...prompt, ...response]),
    pad,
    'right',
    context,
  );
  const responseTime = Math.max(...pairs.map(({ response }) => response.length));
  const select = new Int32Array(batch.size * responseTime);
  const targets = new Int32Array(batch.size * responseTime);
  const responseMask = new Float32Array(batch.size * responseTime);
  pairs.forEach(({ prompt, response }, b) => {
    response.forEach((id, r) => {
      const at = b * responseTime + r;
      select[at] = b * batch.time + prompt.length - 1 + r;
      targets[at] = id;
      responseMask[at] = 1;
    });
  });
  return { ...batch, responseTime, select, targets, responseMask };
}
