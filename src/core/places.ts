/** Where one can be on the page: the data, the five stages, and what stands beside them. */
import { STAGES } from './reports.ts';

/** What the rail shows, in the order of the pipeline. */
export const STOPS = ['data', ...STAGES] as const;
export type Stop = (typeof STOPS)[number];

/** Beside the stages. */
const ROOMS = ['chat', 'library', 'benchmark'] as const;

export const PLACES = [...STOPS, ...ROOMS] as const;
export type Place = (typeof PLACES)[number];
