/** What the reward model learns of the preferences in a run's file. */
import { type Preference, readPreferenceLines, trainingRankings } from '../../src/core/data/preferences.ts';
import { PREFERENCES_FILE, type RunStore, readText } from './store.ts';

/**
 * What the reward model is to learn of people's preferences. Lines of the file that cannot be read are left out, as the
 * page does, which names them; throws an Error that names the first of them where nothing else is left.
 */
export async function personLabels(store: RunStore, annotators: readonly string[] | undefined): Promise<Preference[]> {
  const lines = [...readPreferenceLines((await readText(store, PREFERENCES_FILE)) ?? '')];
  const preferences = lines.flatMap(({ record }) => record ?? []);
  const damaged = lines.find(({ problem }) => problem !== null);
  if (damaged && preferences.length === 0)
    throw new Error(`${PREFERENCES_FILE}, line ${damaged.line}: ${damaged.problem}`);
  return trainingRankings(preferences, annotators);
}
