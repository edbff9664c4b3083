/** What the page and its workers say to each other. */
import type { Demonstration } from './data/demonstrations.ts';
import type { Response, Taste } from './data/labellers.ts';
import type { Drawings } from './drawings.ts';
import type { Fingerprints, Made, Origin } from './fingerprints.ts';
import type { Changes } from './knobs.ts';
import type { LabelCountProgress, LabelCounts } from './label-counts.ts';
import type { IterationRecord } from './microscope.ts';
import type { PresetName } from './presets.ts';
import type { RunReport, StageName, StageReport } from './reports.ts';
import type { Verdict } from './world/gold.ts';
import type { Example } from './world/index.ts';

export type BackendName = 'webgpu' | 'wasm' | 'cpu';
export type BackendChoice = 'auto' | BackendName;

/** What a run computes on, and why. */
export interface DeviceReport {
  backend: BackendName;
  /** Plain: operations of tfjs. Compiled: kernels of our own, on WebGPU. */
  engine: 'plain' | 'compiled';
  /** Vendor and architecture of the adapter, or what stands in for one. */
  adapter: string;
  /** Which of the engine's kernels were chosen: 'tiled', 'direct', 'direct, 8 lanes', 'fused', 'tfjs'. */
  kernels: string;
  /** Why this one: a code that the interface puts into words. */
  reason:
    | 'webgpu'
    | 'chosen'
    | 'no_webgpu'
    | 'insecure_origin'
    | 'no_adapter'
    | 'software_adapter'
    | 'device_failed'
    | 'no_wasm'
    | 'self_test_failed';
  /** What the browser said when something failed. */
  detail?: string;
}

/** What a stage computes on: the same bits are promised on the same one. */
export type ComputedOn = Pick<DeviceReport, 'backend' | 'engine' | 'adapter' | 'kernels'>;

/** What a worker opens its device with. */
export interface OpenRequest {
  /** Of the page, see core/build.ts: a worker of another build refuses. */
  build: string;
  backend: BackendChoice;
  /** Address of the page: shipped checkpoints lie in `checkpoints/` beside it. */
  page: string;
}

/** A text that the base model went on with, while it is pretrained. */
export interface Continuation {
  /** What it was given; empty: it began by itself. */
  prompt: string;
  text: string;
}

/** One row of instruction tuning, token by token. */
export interface TokenLosses {
  prompt: readonly string[];
  /** The tokens that bear the loss, the end included. */
  response: readonly string[];
  /** −log p of each token of the response, in nats. */
  losses: readonly number[];
  /** The row is a corpus document, replayed so that facts are not forgotten; everything in it is learnt. */
  replay: boolean;
}

/** One prompt before and after a stage's training, with the gold judge's view of both. */
export interface Sample {
  example: Example;
  before: Response & { verdict: Verdict };
  after: Response & { verdict: Verdict };
}

export interface ProgressEvent {
  kind: 'progress';
  stage: StageName;
  step: number;
  steps: number;
  /** Seconds of computing in this stage so far. */
  seconds: number;
  tokens: number;
  flop: number;
  metrics: Record<string, number>;
}

export type PipelineEvent =
  /** `origin`: what the stage is made from, as one number; an older page in another tab does not say it. */
  | { kind: 'stage_started'; stage: StageName; resumedAt: number; origin?: number }
  | ProgressEvent
  | { kind: 'samples'; stage: StageName; step: number; samples: readonly Sample[] }
  | { kind: 'continuations'; stage: 'base'; step: number; continuations: readonly Continuation[] }
  | { kind: 'token_losses'; stage: 'sft'; step: number; rows: readonly TokenLosses[] }
  /** An iteration of PPO, token by token. */
  | { kind: 'recorded'; stage: 'ppo'; record: IterationRecord }
  | { kind: 'stage_done'; stage: StageName; report: StageReport; run: RunReport; fingerprints: Fingerprints }
  /** A stored file was damaged: it was given another name, and all goes on as if it were not there. */
  | { kind: 'set_aside'; file: string; message: string }
  /** The stage was begun on another device, or with other kernels: its bits may differ from those of an unbroken run. */
  | { kind: 'other_device'; stage: StageName; before: ComputedOn; now: ComputedOn }
  /** A loss or gradient that is not a number: the stage stopped, the last good checkpoint is kept. */
  | { kind: 'stage_failed'; stage: StageName; step: number; message: string; keptStep: number | null }
  | { kind: 'run_done'; run: RunReport }
  /** There is no room to store what the run has to store (`bytes`): it waits, and tries again at the next pull. */
  | { kind: 'storage_full'; bytes: number; message: string }
  /** The device was lost, another one is open: the run goes on from its last snapshot. `message` is the driver's. */
  | { kind: 'device_replaced'; device: DeviceReport; message: string };

/** What the page hears from its worker. */
export type TrainerEvent =
  | PipelineEvent
  /** The device is lost or complains, at any time after the opening; `message` is the driver's. */
  | { kind: 'device_problem'; problem: 'device_lost' | 'gpu_error'; message: string }
  /** What the engine holds: bytes, in so many buffers or tensors; more bytes than `budget` it refuses. */
  | { kind: 'memory'; bytes: number; arrays: number; budget: number | null }
  /** Another tab trains the run that is followed; null: it has ended there. */
  | { kind: 'elsewhere'; run: string; state: 'running' | 'paused' | null }
  /** What happens in the other tab. */
  | { kind: 'followed'; run: string; events: readonly PipelineEvent[] }
  /** All that the other tab has drawn and recorded so far; what follows comes after it. */
  | { kind: 'caught_up'; run: string; drawings: Drawings; iterations: readonly IterationRecord[] };

export type RunState = 'idle' | 'running' | 'paused';

export interface RunRequest {
  preset: PresetName;
  seed: number;
  stages: readonly StageName[];
  base: 'shipped' | 'train';
  /** What the reward model learns from: the simulated labeller, or this person's choices in the arena. */
  labels: 'simulated' | 'person';
  /** Of the simulated labeller; default 'gold', the one that ranks as the judge does. */
  taste?: Taste;
  /** Whose choices, where the labels are a person's; default: everybody's in the run's file. */
  annotators?: readonly string[];
  /** Knobs that differ from the preset. */
  changes?: Changes;
  /** A person's own, which instruction tuning mixes in. */
  demonstrations?: readonly Demonstration[];
}

/** Answers to compare that the arena asks for. */
export interface ProposalRequest extends Pick<RunRequest, 'preset' | 'seed'> {
  /** Which prompt of the arena's endless list. */
  number: number;
  /** Two for a comparison, up to this many for a ranking. */
  count: number;
}

/** Different answers of the SFT model to one prompt, in random order. */
export interface Proposal {
  example: Example;
  responses: readonly Response[];
  /** Hash of the model that wrote them. */
  model: string;
  /** Why these two: they differ most, or the reward model is least sure of them. */
  by: 'difference' | 'reward_model';
}

export interface ChatRequest {
  /** Key of a stored checkpoint, see `CheckpointInfo`. */
  checkpoint: string;
  prompt: string;
  /** 0 takes the most probable token. */
  temperature: number;
  /** Nucleus sampling: keep a token while the mass before it is below this; 1 keeps all. */
  topP: number;
  seed: number;
}

/** One token of an answer. All probabilities are the model's own, at temperature 1. */
export interface ChatToken {
  /** A word, a mark, or a special such as <eos>. */
  text: string;
  /** log π(token | before). */
  logprob: number;
  /** What the model thought most probable here, in falling order; the token itself may not be among them. */
  top: readonly { readonly text: string; readonly probability: number }[];
}

export type ChatEvent =
  /** The checkpoint is loaded. */
  { kind: 'loaded' } | { kind: 'token'; token: ChatToken };

export interface ChatAnswer {
  tokens: readonly ChatToken[];
  /** By its own end, for want of room, or by `stopChats`. */
  ending: 'ended' | 'full' | 'stopped';
}

/** Several prompts to one checkpoint. */
export interface PromptingRequest {
  /** Key of a stored checkpoint. */
  checkpoint: string;
  prompts: readonly string[];
  /** 0 takes the most probable token. */
  temperature: number;
  seed: number;
}

/** Answers to one prompt that a reward model scores. */
export interface ScoreRequest {
  /** Key of a stored checkpoint of a reward model. */
  checkpoint: string;
  prompt: string;
  answers: readonly string[];
}

/** An answer, and what the reward model says of it while it reads. */
export interface ScoredAnswer {
  /** The answer's tokens, the end token last. */
  tokens: readonly string[];
  /** Of the prompt alone, before the first token of the answer. */
  before: number;
  /** After each token. Only the last one, at the end token, is what training trained and PPO is given. */
  rewards: readonly number[];
}

/** A stored checkpoint, without its weights. */
export interface CheckpointInfo {
  key: string;
  stage: StageName;
  preset: string;
  seed: number;
  parameters: number;
  bytes: number;
  /** Shipped with the page, not made here. */
  shipped: boolean;
  scores: Record<string, number>;
  /** What it was trained on, in an English sentence. */
  data: string;
  steps: number;
  tokens: number;
  flop: number;
  /** Knobs that differed from the preset. */
  changes: Record<string, number | null>;
  config: {
    n_layer: number;
    n_head: number;
    n_embd: number;
    vocab_size: number;
    n_positions: number;
    layer_norm_epsilon: number;
  };
  /** Of its configuration and weights; null while it is not known. */
  hash: string | null;
  /** Hash of the checkpoint that it was trained from; null for a base model. */
  parent: string | null;
  /** Milliseconds since 1970; null for a shipped one. */
  saved: number | null;
  /** What the person calls it, and wrote about it. */
  title: string | null;
  note: string;
  /** When it was deleted. It can be brought back, and nothing uses it until then. */
  deleted: number | null;
}

export interface CheckpointList {
  /** The stored ones of every run, then the shipped ones. */
  checkpoints: CheckpointInfo[];
  deleted: CheckpointInfo[];
  /** Stored files that cannot be used. */
  damaged: DamagedInfo[];
  /** Why the list of shipped ones did not arrive; null when it did. */
  missing: string | null;
}

/** A stored file that cannot be used. */
export interface DamagedInfo {
  run: string;
  name: string;
  /** What is wrong with it; English. */
  message: string;
  /**
   * Under which name it was set aside, when that was (milliseconds since 1970), and how long it is; null where it was left
   * as it is.
   */
  aside: { name: string; found: number; bytes: number } | null;
}

/** What a run was asked for last: it goes on with that where nothing else is said. */
export interface Asked {
  base: RunReport['base'];
  /** What the reward model is to learn from, see `Ingredients`. */
  labels: string;
  /** Whose preferences, where not everybody's. */
  annotators?: readonly string[] | undefined;
  /** Knobs that differ from the preset. */
  changes: Changes;
}

/** An autosave that a stage goes on from where it is run again from the same. */
export interface Autosaved extends Origin {
  stage: StageName;
  step: number;
  steps: number;
  /** The stage's checkpoint is not there (any more). */
  gone: boolean;
}

/** What the browser keeps of a run. */
export interface StoredRunReport {
  /** Null, as the next two, where there is no record of the run. */
  report: RunReport | null;
  /** What the finished stages were made from. */
  made: Made | null;
  asked: Asked | null;
  /** In the order of the stages; those of finished ones too, where it was run again from something else. */
  autosaves: readonly Autosaved[];
}

/** What the trainer worker offers through Comlink. Every method rejects with an Error whose message can be shown. */
export interface TrainerApi {
  /** Opens the device; `onEvents` gets all that happens from then on, in order, in batches, at most 20 a second. */
  open(request: OpenRequest, onEvents: (events: readonly TrainerEvent[]) => void): Promise<DeviceReport>;
  /**
   * Runs stages in order; resolves when done, stopped or failed. Unfinished work of the same run goes on. `steps` is
   * after how many steps to pause: Infinity for never. Rejects with a TrainedElsewhereError where another tab trains it.
   */
  run(request: RunRequest, steps: number): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** One step, then paused. */
  step(): Promise<void>;
  /** Stores what a run has made as soon as the step in hand is done: the page may soon be gone. A pause does it by itself. */
  keep(): Promise<void>;
  /** Rests between steps, so that they take this share of the time (0.25 … 1); at once, and for every run. */
  setDuty(share: number): Promise<void>;
  /** Ends the run after the current step; what is unfinished is stored and goes on at the next run. */
  stop(): Promise<void>;
  checkpoints(): Promise<CheckpointList>;
  /**
   * Stores a copy of a checkpoint's file, called `name`; resolves to its key, or to that of the same checkpoint that is
   * there already. Rejects, with nothing stored, where it is not a whole checkpoint of this program.
   */
  importCheckpoint(name: string, file: Blob): Promise<{ key: string; known: boolean }>;
  /** The file of a checkpoint by its key. */
  exportCheckpoint(key: string): Promise<Blob>;
  /** What is stored of the run of this preset and seed, to show after a reload. */
  stored(run: Pick<RunRequest, 'preset' | 'seed'>): Promise<StoredRunReport | null>;
  /** From now on events tell of what another tab does with this run, and with no other. */
  follow(run: Pick<RunRequest, 'preset' | 'seed'>): Promise<void>;
  /** An answer, whose tokens `onEvent` hears as they come. It takes turns with other answers and a run's steps. */
  chat(request: ChatRequest, onEvent: (event: ChatEvent) => void): Promise<ChatAnswer>;
  /** Ends every answer that is under way, after the token in hand. */
  stopChats(): Promise<void>;
  /** The answers of a checkpoint, one a prompt, as one batch. */
  prompting(request: PromptingRequest): Promise<Response[]>;
  /** What a reward model says of answers, token by token, as one batch. */
  scoreAnswers(request: ScoreRequest): Promise<ScoredAnswer[]>;
  /**
   * Trains reward models on few and more of the labels that the run's own one learnt from, and measures them. It takes
   * turns with everything else; `onProgress` hears of every step. Resolves to the whole, or to what there was when it was
   * stopped. Rejects where the run's reward model is not there, or not what its record says.
   */
  countLabels(
    run: Pick<RunRequest, 'preset' | 'seed'>,
    onProgress: (progress: LabelCountProgress) => void,
  ): Promise<LabelCounts>;
  /** Ends `countLabels` after the step in hand. */
  stopCounting(): Promise<void>;
  /** Answers to compare by the SFT model of a run; null when it has none yet, or always says the same. */
  propose(request: ProposalRequest): Promise<Proposal | null>;
}
