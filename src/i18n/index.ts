export {
  bytes,
  date,
  dateTime,
  duration,
  fixed,
  mark,
  metric,
  percent,
  scientific,
  short,
  times,
  whole,
} from './format.ts';
export { isolated } from './isolate.ts';
export { LANGUAGES, type Language, language, loadAllTexts, setLanguage, t } from './language.svelte.ts';
