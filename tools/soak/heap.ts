/** What a page or a worker in Chromium holds, counted object by object. */
import type { CDPSession } from 'puppeteer-core';
import * as v from 'valibot';

/** V8's snapshot of a heap: all nodes in one list of numbers, field after field. */
const SNAPSHOT = v.object({
  snapshot: v.object({
    meta: v.object({ node_fields: v.array(v.string()), node_types: v.looseTuple([v.array(v.string())]) }),
  }),
  nodes: v.custom<number[]>(Array.isArray),
});

export interface HeapSize {
  /** Bytes of objects, strings, arrays, closures and numbers. */
  objects: number;
  /** Bytes of compiled code and what describes it: grows as V8 finds what is used often, up to what the program has. */
  code: number;
}

/** Collects garbage first. */
export async function heapOf(session: CDPSession): Promise<HeapSize> {
  await session.send('HeapProfiler.collectGarbage');
  const chunks: string[] = [];
  const keep = ({ chunk }: { chunk: string }): unknown => chunks.push(chunk);
  session.on('HeapProfiler.addHeapSnapshotChunk', keep);
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  session.off('HeapProfiler.addHeapSnapshotChunk', keep);
  return sizesIn(chunks.join(''));
}

/** `text`: a snapshot, JSON. Throws a ValiError for one of another form. */
export function sizesIn(text: string): HeapSize {
  const { snapshot, nodes } = v.parse(SNAPSHOT, JSON.parse(text));
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  const found: HeapSize = { objects: 0, code: 0 };
  for (let i = 0; i < nodes.length; i += fields.length) {
    const kind = types[0][nodes[i + type]!];
    // Native: the browser's own, as styles and fonts, that it keeps or drops as it likes.
    if (kind === 'native') continue;
    found[kind === 'code' ? 'code' : 'objects'] += nodes[i + size]!;
  }
  return found;
}
