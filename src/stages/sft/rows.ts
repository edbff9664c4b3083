/** Rows of instruction tuning, drawn for the screen: what training reads, apart where slots are filled. */
import { corpusRow, demonstrationRow } from '../../core/data/rows.ts';
import type { TokenLosses } from '../../core/protocol.ts';
import { Rng } from '../../core/rng.ts';
import type { Tokenizer } from '../../core/tokenizer/tokenizer.ts';
import {
  type Example,
  type Piece,
  type World,
  demonstrate,
  drawExample,
  judgeResponse,
  promptPieces,
  sftMix,
} from '../../core/world/index.ts';

/** What the crowd did wrong. */
export type Fault = 'wrong' | 'lazy' | 'madeUp' | 'rude';

export interface DemonstrationRow {
  example: Example;
  pieces: readonly Piece[];
  response: string;
  faults: readonly Fault[];
}

/** `count` demonstrations as the crowd writes them; others for each `page`. */
export function demonstrationRows(world: World, page: number, count: number): DemonstrationRow[] {
  return Array.from({ length: count }, (_, i) => {
    const rng = Rng.fromSeed(0, 'page', 'demonstration', page * count + i);
    const example = drawExample(world, sftMix(world), 'sft', rng);
    const response = demonstrate(world, example, rng);
    return { example, pieces: promptPieces(world, example), response, faults: faultsOf(example, response) };
  });
}

function faultsOf(example: Example, response: string): Fault[] {
  const { correct, fabrication, refusal, rude } = judgeResponse(example, response, true);
  const content: Fault[] = correct ? [] : fabrication ? ['madeUp'] : refusal ? ['lazy'] : ['wrong'];
  return rude ? [...content, 'rude'] : content;
}

/** Three demonstrations and a corpus text, token by token, before anything is known about their losses. */
export function untrainedRows(world: World, tokenizer: Tokenizer): TokenLosses[] {
  const words = (ids: readonly number[]): string[] => ids.map((id) => tokenizer.decode([id]));
  return [false, false, false, true].map((replay, i) => {
    const rng = Rng.fromSeed(0, 'page', 'tokens', i);
    const { prompt, response } = (replay ? corpusRow : demonstrationRow)(world, tokenizer, rng);
    return { prompt: words(prompt), response: words(response), losses: [], replay };
  });
}
