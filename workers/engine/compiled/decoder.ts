/**
 * Generation: the prompts in one pass that fills a cache of keys and values, then one token a row at a time, sampled on
 * the device. The host waits only to learn whether all rows have ended, and reads the tokens once.
 */
import type { Operations } from '../operations.ts';
import type { Parameters } from '../parameters.ts';
import type { PaddedBatch } from '../../../src/core/data/batches.ts';
import { type Graph, type Node, Tracer, traceParameters } from './graph.ts';
import { type Run, stride } from './kernel.ts';
import { ENDED, NO_TOKEN, type SampleOptions, countAlive, sampleOptions, sampleTokens } from './kernels/sample.ts';
import { lower } from './lower.ts';
import { Programme, capacityFor, padded, runOf } from './programme.ts';
import type { Recorder } from './recorder.ts';
import type { Resources } from './resources.ts';
import type { CompiledVariables } from './variables.ts';

/** A model as a decoder needs it. */
export interface DecodedModel {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly vocabulary: number;
  /** Longest sequence. */
  readonly context: number;
  /** Final hidden states of tokens, attention being computed by `attend`. */
  states<V>(
    ops: Operations<V>,
    parameters: Parameters<V>,
    tokens: { ids: V; positions: V; mask: V },
    attend: (qkv: V, layer: number) => V,
  ): V;
  logits<V>(ops: Operations<V>, parameters: Parameters<V>, hidden: V): V;
}

export interface Decoded {
  /** [B, maxNew]; pad after the end. */
  tokens: Uint32Array;
  /** [B, maxNew]: log-probs of the tokens at the sampling temperature (1 when greedy). */
  logprobs: Float32Array;
  /** [B]: tokens up to and with the end. */
  lengths: number[];
  ended: boolean[];
}

export interface DecodeOptions extends SampleOptions {
  /** Called after each chunk with all tokens so far [B, maxNew], `count` of each row being there. */
  readonly onChunk?: (tokens: Uint32Array, count: number) => void;
}

/** Tokens a submit: long enough that submits cost nothing, short enough that no watchdog fires and an early end pays. */
const CHUNK = 8;

const PROMPT_INPUTS = {
  ids: { extent: 'tokens', type: 'int' },
  positions: { extent: 'tokens', type: 'int' },
  mask: { extent: 'tokens', type: 'float' },
  select: { extent: 'selected', type: 'token_index' },
} as const;

interface Prepared {
  prompts: Programme;
  tokens: Programme;
  lasting: Readonly<Record<'options' | 'state' | 'tokens' | 'logprobs' | 'next' | 'alive', GPUBuffer>>;
  caches: readonly GPUBuffer[];
  maxNew: number;
}

export class Decoder {
  readonly #resources: Resources;
  readonly #variables: CompiledVariables;
  readonly #model: DecodedModel;
  /** Without and with top-k and top-p. */
  readonly #prepared = new Map<boolean, Prepared>();

  constructor(resources: Resources, variables: CompiledVariables, model: DecodedModel) {
    this.#resources = resources;
    this.#variables = variables;
    this.#model = model;
    variables.onDispose(() => {
      this.dispose();
    });
  }

  /** Kernels of one more token. */
  kernelsOf(filtered = false): string[] {
    return this.#prepared.get(filtered)?.tokens.labels ?? [];
  }

  /** Continues every row of `batch` (padded on the right) by up to `options.maxNew` tokens. */
  async decode(batch: PaddedBatch, options: DecodeOptions): Promise<Decoded> {
    const resources = this.#resources;
    const { size, time, ids, positions, mask, last } = batch;
    const feed = { size, time, arrays: { ids, positions, mask, select: last } };
    const run = runOf({ inputs: PROMPT_INPUTS }, feed, 1);
    const filtered = options.temperature > 0 && (options.topK !== undefined || (options.topP ?? 1) < 1);
    const prepared = this.#prepare(run, filtered, options.maxNew);
    const { lasting } = prepared;
    const rows = run.batch;
    const { queue } = resources.gpu.device;

    const state = new Uint32Array(2 * rows).fill(ENDED, rows);
    for (let b = 0; b < size; b++) {
      state[b] = positions[last[b] as number] as number;
      state[rows + b] = 0;
    }
    const recorder = resources.recorder();
    queue.writeBuffer(lasting.state, 0, state);
    queue.writeBuffer(lasting.options, 0, sampleOptions(options) as Uint32Array<ArrayBuffer>);
    const tokenRun: Run = { ...run, time: 1, tokens: padded(rows), selected: padded(rows) };
    prepared.prompts.upload(run, feed);
    prepared.tokens.upload(tokenRun, { size: rows, time: 1, arrays: {} });
    prepared.prompts.encode(recorder, run);

    let done = 1;
    let seen: Promise<boolean> | null = null;
    while (done < options.maxNew) {
      const chunk = Math.min(CHUNK, options.maxNew - done);
      for (let i = 0; i < chunk; i++) prepared.tokens.encode(recorder, tokenRun);
      done += chunk;
      if (done >= options.maxNew) break;
      const before: Promise<boolean> | null = seen;
      seen = this.#look(prepared, recorder, done, options.onChunk);
      // Heard of where it is awaited, which an error before that prevents.
      seen.catch(() => undefined);
      // One chunk is computed while the host learns how the one before it ended.
      if (before && (await before)) break;
    }
    if (seen) await seen;
    const words = rows * options.maxNew;
    const reading = resources.readback.begin((2 * words + rows) * 4);
    reading.take(recorder, lasting.tokens, 0, words * 4);
    reading.take(recorder, lasting.logprobs, 0, words * 4);
    reading.take(recorder, lasting.state, rows * 4, rows * 4);
    recorder.submit();
    const values = await reading.values();
    return this.#result(values, rows, size, options);
  }

  dispose(): void {
    for (const prepared of this.#prepared.values()) this.#free(prepared);
    this.#prepared.clear();
  }

  /** Submits what is recorded; whether all rows have ended by then. */
  async #look(
    { lasting }: Prepared,
    recorder: Recorder,
    done: number,
    onChunk: DecodeOptions['onChunk'],
  ): Promise<boolean> {
    const [buffer, bytes] = onChunk ? [lasting.tokens, lasting.tokens.size] : [lasting.alive, 4];
    const reading = this.#resources.readback.begin(bytes);
    reading.take(recorder, buffer, 0, bytes);
    recorder.submit();
    const words = new Uint32Array((await reading.values()).buffer);
    if (!onChunk) return words[0] === 0;
    onChunk(words, done);
    return false;
  }

  #result(values: Float32Array, rows: number, size: number, { maxNew, stop }: DecodeOptions): Decoded {
    const words = rows * maxNew;
    const integers = new Uint32Array(values.buffer);
    const tokens = integers.slice(0, size * maxNew);
    const logprobs = values.slice(words, words + size * maxNew);
    const counts = Array.from(integers.subarray(2 * words, 2 * words + size));
    const none = tokens.indexOf(NO_TOKEN);
    if (none >= 0)
      throw new Error(`row ${Math.floor(none / maxNew)}, position ${none % maxNew}: no finite logit to sample from`);
    const lengths = counts.map((count) => (count & ~ENDED) >>> 0);
    // A row that was cut off is not one that has ended: what it said last decides.
    const ended = lengths.map((length, b) => length > 0 && tokens[b * maxNew + length - 1] === stop);
    return { tokens, logprobs, lengths, ended };
  }

  #prepare(run: Run, filtered: boolean, maxNew: number): Prepared {
    const found = this.#prepared.get(filtered);
    if (found?.prompts.fits(run) && run.batch <= found.tokens.capacity.batch && maxNew <= found.maxNew) return found;
    if (found) this.#free(found);
    this.#prepared.delete(filtered);
    const resources = this.#resources;
    const { layers, width, context, vocabulary } = this.#model;
    const capacity = capacityFor(run, found?.prompts.capacity);
    const batch = Math.max(run.batch, found?.tokens.capacity.batch ?? 0);
    const most = Math.max(maxNew, found?.maxNew ?? 0);
    const sizes = {
      options: 32,
      state: padded(2 * batch) * 4,
      tokens: batch * most * 4,
      logprobs: batch * most * 4,
      next: padded(batch) * 4,
      alive: 16,
    };
    const lasting = Object.fromEntries(
      Object.entries(sizes).map(([name, bytes]) => [name, resources.shared.acquire(`decoder ${name}`, bytes)]),
    ) as Prepared['lasting'];
    const caches = Array.from({ length: layers }, (_, layer) =>
      resources.shared.acquire(`cache ${layer}`, batch * context * stride(2 * width) * 4),
    );
    const named = { ...lasting, ...Object.fromEntries(caches.map((cache, layer) => [`cache ${layer}`, cache])) };
    const programme = (graph: Graph, inputs: Programme['inputs'], size: Run): Programme => {
      const lowered = lower(graph, { tiling: resources.tiling, backward: false });
      const place = (name: string): { kind: 'lasting'; name: string } => ({ kind: 'lasting', name });
      const logits = lowered.outputs[0];
      if (!logits) throw new Error('a decoder without logits');
      lowered.plan.call(
        sampleTokens({ vocabulary, filtered, sums: resources.tiling.sums }),
        logits.place,
        ...['options', 'state', 'tokens', 'logprobs', 'next'].map(place),
      );
      lowered.plan.call(countAlive(), place('state'), place('alive'));
      return new Programme({
        gpu: resources.gpu,
        pool: resources.pool,
        graph,
        lowered,
        inputs,
        capacity: size,
        parameters: this.#variables.parameters,
        gradient: null,
        lasting: named,
      });
    };
    const tokenCapacity: Run = { ...run, batch, time: 1, tokens: padded(batch), selected: padded(batch) };
    const prepared: Prepared = {
      prompts: programme(this.#promptGraph(), PROMPT_INPUTS, capacity),
      tokens: programme(this.#tokenGraph(), {}, tokenCapacity),
      lasting,
      caches,
      maxNew: most,
    };
    this.#prepared.set(filtered, prepared);
    return prepared;
  }

  #free({ prompts, tokens, lasting, caches }: Prepared): void {
    prompts.dispose();
    tokens.dispose();
    for (const buffer of [...Object.values(lasting), ...caches]) this.#resources.shared.release(buffer);
  }

  /** Prompts → logits after their last tokens, keys and values in the caches. */
  #promptGraph(): Graph {
    const tracer = new Tracer();
    const p = traceParameters(tracer, this.#variables.layout);
    const input = (name: keyof typeof PROMPT_INPUTS): Node =>
      tracer.node({ kind: 'input', name }, [], PROMPT_INPUTS[name].extent, null);
    const [ids, positions, mask, select] = (['ids', 'positions', 'mask', 'select'] as const).map(input) as [
      Node,
      Node,
      Node,
      Node,
    ];
    const { heads, context } = this.#model;
    const hidden = this.#model.states(tracer, p, { ids, positions, mask }, (qkv, layer) => {
      const cache = tracer.lasting(`cache ${layer}`, 1);
      return tracer.attention(tracer.cacheKeysValues(qkv, cache, context), mask, heads);
    });
    return this.#graph('prompts', tracer, this.#model.logits(tracer, p, tracer.rows(hidden, select)));
  }

  /** The newest token of every row → logits after it. */
  #tokenGraph(): Graph {
    const tracer = new Tracer();
    const p = traceParameters(tracer, this.#variables.layout);
    const [ids, positions] = [tracer.lasting('next', 'tokens'), tracer.lasting('state', 'tokens')];
    const { heads, context } = this.#model;
    const hidden = this.#model.states(tracer, p, { ids, positions, mask: ids }, (qkv, layer) =>
      tracer.cachedAttention(qkv, tracer.lasting(`cache ${layer}`, 1), positions, heads, context),
    );
    return this.#graph('next tokens', tracer, this.#model.logits(tracer, p, hidden));
  }

  #graph(name: string, { nodes }: Tracer, logits: Node): Graph {
    return { name, nodes, outputs: { logits }, loss: null, metrics: [] };
  }
}
