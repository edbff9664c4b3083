export { cardOf } from './cards.ts';
export { type FileRecord, StorageError } from './database.ts';
export { type Drawing, type Drawings, loadDrawings, saveDrawings } from './drawings.ts';
export { StoredRun, listFiles } from './runs.ts';
export { ShippedFiles } from './shipped.ts';
