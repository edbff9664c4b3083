export { blindFile } from './blind.ts';
export { cardOf } from './cards.ts';
export { type FileRecord, StorageError } from './database.ts';
export { demonstrationFiles } from './demonstrations.ts';
export {
  type Drawing,
  type Drawings,
  type StoredCurves,
  listDrawings,
  loadDrawings,
  saveDrawings,
} from './drawings.ts';
export { readJson, writeJson } from './json.ts';
export { loadLabelCounts, saveLabelCounts } from './label-counts.ts';
export { type DamagedLine, type LineFile, type StoredLines } from './line-file.ts';
export { preferenceFile } from './preferences.ts';
export { amendFile, listFiles, removeDeleted } from './records.ts';
export { StoredRun } from './runs.ts';
export { ShippedFiles } from './shipped.ts';
