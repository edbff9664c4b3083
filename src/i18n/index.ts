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
export { LANGUAGES, type Language, language, setLanguage, t } from './language.svelte.ts';
