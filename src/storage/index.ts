export { cardOf } from './cards.ts';
export { type FileRecord, StorageError } from './database.ts';
export {
  type DamagedLine,
  type StoredDemonstrations,
  changeDemonstrations,
  loadDemonstrations,
} from './demonstrations.ts';
export {
  type Drawing,
  type Drawings,
  type StoredCurves,
  listDrawings,
  loadDrawings,
  saveDrawings,
} from './drawings.ts';
export { readJson, writeJson } from './json.ts';
export { amendFile, listFiles, removeDeleted } from './records.ts';
export { StoredRun } from './runs.ts';
export { ShippedFiles } from './shipped.ts';
