/** The family tree of checkpoints: who was trained from whom, by the hashes that their files carry. */
import type { CheckpointInfo } from '../core/protocol.ts';
import { STAGES } from '../core/reports.ts';
import { runAside } from '../storage/archive-aside.ts';

export interface FamilyNode {
  checkpoint: CheckpointInfo;
  children: FamilyNode[];
  /** It has a parent, which is not here. */
  orphan: boolean;
}

/** The run that a stored checkpoint belongs to; null for a shipped one. */
export function runOf({ key, shipped }: CheckpointInfo): string | null {
  return shipped ? null : key.slice(0, key.indexOf('/'));
}

const rank = ({ stage }: CheckpointInfo): number => STAGES.indexOf(stage);

/**
 * Which of the list a checkpoint was trained from: the file of its own run, else a shipped one, else any with that hash.
 * A parent's stage comes before its child's, so that forged files make no circle.
 */
export function parentOf(child: CheckpointInfo, list: readonly CheckpointInfo[]): CheckpointInfo | null {
  if (child.parent === null) return null;
  const candidates = list.filter((each) => each.hash === child.parent && rank(each) < rank(child));
  return (
    candidates.find((each) => !each.shipped && runOf(each) === runOf(child)) ??
    candidates.find(({ shipped }) => shipped) ??
    candidates[0] ??
    null
  );
}

/** A checkpoint after all that it stands on, the eldest first. */
export function ancestry(checkpoint: CheckpointInfo, list: readonly CheckpointInfo[]): CheckpointInfo[] {
  const parent = parentOf(checkpoint, list);
  return [...(parent ? ancestry(parent, list) : []), checkpoint];
}

/** The trees of a list, in its order. */
export function familyTrees(list: readonly CheckpointInfo[]): FamilyNode[] {
  const nodes = new Map<CheckpointInfo, FamilyNode>(
    list.map((checkpoint) => [checkpoint, { checkpoint, children: [], orphan: false }]),
  );
  const roots: FamilyNode[] = [];
  for (const [checkpoint, node] of nodes) {
    const parent = parentOf(checkpoint, list);
    const parentNode = parent && nodes.get(parent);
    if (parentNode) parentNode.children.push(node);
    else {
      node.orphan = checkpoint.parent !== null;
      roots.push(node);
    }
  }
  return roots;
}

/** A line of the tree as it is shown. */
export interface FamilyRow extends FamilyNode {
  /** From 1. */
  level: number;
  /** From 1, among its siblings. */
  position: number;
  siblings: number;
  /** Null at the roots. */
  parentKey: string | null;
  expanded: boolean;
}

/** The lines that are visible, from top to bottom. */
export function visibleRows(
  nodes: readonly FamilyNode[],
  collapsed: ReadonlySet<string>,
  level = 1,
  parentKey: string | null = null,
): FamilyRow[] {
  return nodes.flatMap((node, i) => {
    const { key } = node.checkpoint;
    const expanded = node.children.length > 0 && !collapsed.has(key);
    const row: FamilyRow = { ...node, level, position: i + 1, siblings: nodes.length, parentKey, expanded };
    return [row, ...(expanded ? visibleRows(node.children, collapsed, level + 1, key) : [])];
  });
}

/** What would miss a checkpoint that is deleted. */
export interface Dependents {
  /** Its run goes on from it. */
  run: string | null;
  /** Trained from it, and from no other file that is here. */
  children: readonly CheckpointInfo[];
}

export function dependentsOf(checkpoint: CheckpointInfo, list: readonly CheckpointInfo[]): Dependents {
  const run = runOf(checkpoint);
  const isCurrent =
    checkpoint.key === `${run}/${checkpoint.stage}.safetensors` &&
    !isImported(checkpoint) &&
    runAside(run ?? '') === null;
  const others = list.filter((each) => each !== checkpoint);
  const children = others.filter((each) => parentOf(each, list) === checkpoint && parentOf(each, others) === null);
  return { run: isCurrent ? run : null, children };
}

export function isImported(checkpoint: CheckpointInfo): boolean {
  return runOf(checkpoint)?.startsWith('imported-') ?? false;
}

/** A later training of the same stage took its place in the run. */
export function isReplaced({ key, shipped }: CheckpointInfo): boolean {
  return !shipped && (key.includes('~') || key.startsWith('earlier-'));
}

/** The shipped checkpoint with the same weights, for one that is not shipped itself. */
export function shippedTwin(checkpoint: CheckpointInfo, list: readonly CheckpointInfo[]): CheckpointInfo | null {
  if (checkpoint.shipped || checkpoint.hash === null) return null;
  return list.find(({ shipped, hash }) => shipped && hash === checkpoint.hash) ?? null;
}
