/**
 * The next token of every row from its logits: `sampleToken` of workers/model/sampling.ts, in f32.
 *
 * The noise is the same function of (seed, row, position, token). Both kernels work on
 *
 *   options u32 [8]: seed, number of the first row, temperature (f32 bits), top-k (0 keeps all), top-p (f32 bits; 1 or
 *     more keeps all), stop, pad, maxNew
 *   state u32 [2·B]: first the position of each row's newest token: that of the prompt's last token when generation
 *     begins, afterwards of the token in `next` (so that the array also serves as the positions of the next pass); then
 *     how many tokens each row has generated, bit 31 set once it has ended.
 */
import { type Kernel, LINEAR_GROUP, kernel, linearGrid, stride } from '../kernel.ts';
import { NARROW_SUMS, maximumOf, reduction, sumOf } from './reduce.ts';

export interface SampleShape {
  readonly vocabulary: number;
  /** Whether top-k and top-p apply: a row then costs some 40 passes over its logits instead of 3. */
  readonly filtered: boolean;
  /** Most invocations that share a row; see kernels/reduce.ts. */
  readonly sums: number;
}

/** The bit of a row's count that says that the row has ended. */
export const ENDED = 0x80000000;
/** Recorded as a row's token where no logit is finite; the row ends there. */
export const NO_TOKEN = 0xffffffff;

export interface SampleOptions {
  readonly seed: number;
  readonly firstRow: number;
  readonly temperature: number;
  /** Default all. */
  readonly topK?: number;
  /** Default 1, all. */
  readonly topP?: number;
  readonly stop: number;
  readonly pad: number;
  readonly maxNew: number;
}

/** The contents of the array `options`. */
export function sampleOptions(options: SampleOptions): Uint32Array {
  const { seed, firstRow, temperature, topK = Infinity, topP = 1, stop, pad, maxNew } = options;
  const words = new Uint32Array([seed, firstRow, 0, Number.isFinite(topK) ? topK : 0, 0, stop, pad, maxNew]);
  const floats = new Float32Array(words.buffer);
  floats[2] = temperature;
  floats[4] = topP;
  return words;
}

/** Standard Gumbel noise of a token: see `gumbel` and `pcg4d` in workers/model/sampling.ts. */
const GUMBEL = `
fn pcg4d(key: vec4u) -> u32 {
  var v = key * 1664525u + 1013904223u;
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  v ^= v >> vec4u(16u);
  return v.x + v.y * v.w;
}

// −log((h + ½) / 2³²). Above ½ the distance from 1 is what matters, and a float of the fraction would have lost it: it
// would even round to 1, whose noise is infinite.
fn surprise(h: u32) -> f32 {
  if (h < 0x80000000u) { return -log((f32(h) + .5) * ${2 ** -32}); }
  let x = (f32(~h) + .5) * ${2 ** -32};
  if (x < .05) { return x * (1. + x * (1. / 2. + x * (1. / 3. + x * (1. / 4. + x / 5.)))); }
  return -log(1. - x);
}

fn gumbel(seed: u32, row: u32, position: u32, token: u32) -> f32 {
  return -log(surprise(pcg4d(vec4u(token, position, row, seed))));
}
`;

/** The order of floats as that of integers; both zeros are one. */
const RANK = `
fn rank(x: f32) -> u32 {
  let bits = bitcast<u32>(select(x, 0., x == 0.));
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}
`;

/** A score below every finite one. */
const LOWEST = '-3.4028234e38';
/** More than any count or mass. */
const UNLIMITED = '3e38';

/**
 * logits [B, vocabulary], options, state → tokens u32 [B, maxNew], logprobs [B, maxNew] (under the unfiltered
 * softmax(logits / temperature), temperature 1 where tokens are taken greedily), next u32 [B].
 *
 * A row ends with the token `stop`, which is recorded; the rest of its tokens become pad and their log-probs 0, and
 * from then on its next token is pad, at a position that stays. A row with maxNew tokens is left alone.
 */
export function sampleTokens({ vocabulary, filtered, sums }: SampleShape): Kernel {
  const lanes = Math.min(vocabulary > 1024 ? 256 : 64, sums);
  const ids = (body: string): string =>
    `for (var id = thread; id < ${vocabulary}u; id += ${lanes}u) { let x = logits[row + id]; ${body} }`;
  const reductions = [
    { name: 'maximum', type: 'f32', combine: maximumOf },
    { name: 'sum', type: 'vec2f', combine: sumOf },
    { name: 'best', type: 'Scored', combine: (a: string, b: string) => `better(${a}, ${b})` },
  ];

  // What top-k and top-p keep is a prefix of the order (logit falling, id rising): a token stays while fewer than k
  // tokens, and a mass below p, precede it. Bisection finds the lowest rank of which that holds, then how many tokens
  // of that very rank stay, and the id at which they end.
  const cut = `
  var lowest = 0u;
  var ends = ${vocabulary}u;
  if (temperature > 0.) {
    let top_k = options[3];
    let top_p = bitcast<f32>(options[4]);
    let limits = vec2f(
      select(f32(top_k), ${UNLIMITED}, top_k == 0u),
      // However low top-p is, the first token stays.
      select(max(top_p * mass, 1e-30), ${UNLIMITED}, top_p >= 1.),
    );
    var highest = 0xffffffffu;
    for (var i = 0u; i < 32u; i++) {
      let middle = lowest + (highest - lowest) / 2u;
      var own = vec2f();
      ${ids('if (rank(x) > middle) { own += vec2f(1., exp((x - largest) / divisor)); }')}
      if (all(sum(own, thread) < limits)) { highest = middle; } else { lowest = middle + 1u; }
    }
    var own = vec2f();
    var tied = vec2f();
    var weight = 0.;
    ${ids(`
      if (rank(x) > lowest) { own += vec2f(1., exp((x - largest) / divisor)); }
      if (rank(x) == lowest) { tied.x += 1.; weight = exp((x - largest) / divisor); }`)}
    weight = max(maximum(weight, thread), 1e-38);
    let left = limits - sum(own, thread);
    let stay = ceil(min(left.x, left.y / weight));
    if (sum(tied, thread).x > stay) {
      var first = 0u;
      // The least end with \`stay\` tied ids before it.
      for (var i = 0u; i < ${Math.ceil(Math.log2(vocabulary + 1))}u; i++) {
        let middle = (first + ends) / 2u;
        var before = vec2f();
        ${ids('if (rank(x) == lowest && id < middle) { before.x += 1.; }')}
        if (sum(before, thread).x >= stay) { ends = middle; } else { first = min(middle + 1u, ends); }
      }
    }
  }`;
  const kept = filtered ? 'rank(x) > lowest || (rank(x) == lowest && id < ends)' : 'true';

  return kernel({
    label: `sample ${vocabulary}${filtered ? ' filtered' : ''}`,
    buffers: {
      logits: 'read f32',
      options: 'read u32',
      state: 'write u32',
      tokens: 'write u32',
      logprobs: 'write f32',
      next: 'write u32',
    },
    declarations: `${GUMBEL}${filtered ? RANK : ''}
struct Scored { score: f32, id: u32 }
fn better(a: Scored, b: Scored) -> Scored {
  if (b.score > a.score || (b.score == a.score && b.id < a.id)) { return b; }
  return a;
}
${reductions.map((each) => reduction({ size: lanes, ...each })).join('')}
var<workgroup> generated: u32;`,
    workgroup: [lanes],
    grid: ({ batch }) => linearGrid(batch),
    body: `
  let b = ${LINEAR_GROUP};
  if (b >= run.batch) { return; }
  let temperature = bitcast<f32>(options[2]);
  let stop = options[5];
  let pad = options[6];
  let most = options[7];
  if (thread == 0u) { generated = state[run.batch + b]; }
  let count = workgroupUniformLoad(&generated);
  // The bit of a row that has ended is above every count.
  if (count >= most) {
    if (thread == 0u && count >= ${ENDED}u) { next[b] = pad; }
    return;
  }

  let row = b * ${stride(vocabulary)}u;
  let divisor = select(1., temperature, temperature > 0.);
  var own_largest = ${LOWEST};
  ${ids('own_largest = max(own_largest, x);')}
  let largest = maximum(own_largest, thread);
  var own_mass = vec2f();
  ${ids('own_mass.y += exp((x - largest) / divisor);')}
  let mass = sum(own_mass, thread).y;
${filtered ? cut : ''}
  var own_best = Scored(${LOWEST}, ${NO_TOKEN}u);
  ${ids(`
    if (${kept}) {
      var score = x;
      if (temperature > 0.) { score = x / divisor + gumbel(options[0], options[1] + b, count, id); }
      own_best = better(own_best, Scored(score, id));
    }`)}
  let token = best(own_best, thread).id;
  let found = token != ${NO_TOKEN}u;
  let ended = token == stop || !found;
  if (thread == 0u) {
    let logprob = (logits[row + min(token, ${vocabulary - 1}u)] - largest) / divisor - log(mass);
    tokens[b * most + count] = token;
    logprobs[b * most + count] = select(0., logprob, found);
    next[b] = select(token, pad, ended);
    state[b] += 1u;
    state[run.batch + b] = (count + 1u) | select(0u, ${ENDED}u, ended);
  }
  if (ended) {
    for (var i = count + 1u + thread; i < most; i += ${lanes}u) {
      tokens[b * most + i] = pad;
      logprobs[b * most + i] = 0.;
    }
  }`,
  });
}

/** state u32 [2·B] → alive u32 [1], the number of rows that have not ended. One workgroup. */
export function countAlive(): Kernel {
  const lanes = NARROW_SUMS;
  return kernel({
    label: 'count alive',
    buffers: { state: 'read u32', alive: 'write u32' },
    declarations: reduction({ name: 'sum', size: lanes, type: 'u32' }),
    workgroup: [lanes],
    grid: () => [1, 1, 1],
    body: `
  var own = 0u;
  for (var b = thread; b < run.batch; b += ${lanes}u) { own += select(0u, 1u, state[run.batch + b] < ${ENDED}u); }
  let all = sum(own, thread);
  if (thread == 0u) { alive[0] = all; }`,
  });
}
