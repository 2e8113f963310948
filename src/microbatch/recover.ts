import { makeError } from '../common/errors.ts'
import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import { loadState, type StoredState } from '../checkpoint/snapshots.ts'
import type { OpenQuery } from './open-query.ts'
import { keptOutput } from './spool.ts'
import type { PartsBySink } from './sink-set.ts'

/** What a restart has to do about a batch that was prepared and perhaps not finished (protocol rules 18 to 21). */
export type Recovery =
  /** Nothing is in doubt: go on after `committed`. */
  | { readonly kind: 'none'; readonly state: readonly StoredState[]; readonly committed: PreparedEntry | null }
  /** The sinks hold it, or can still be given the very same output: publish what is missing and mark it committed. */
  | { readonly kind: 'finish'; readonly state: readonly StoredState[]; readonly entry: PreparedEntry; readonly parts: PartsBySink }
  /** Some sink holds this attempt and another one cannot be served without running it again, with the same outcome. */
  | { readonly kind: 'recompute'; readonly state: readonly StoredState[]; readonly committed: PreparedEntry | null; readonly entry: PreparedEntry }
  /** No sink holds it: run the recorded batch again, exactly, as a new attempt. */
  | { readonly kind: 'rerun'; readonly state: readonly StoredState[]; readonly committed: PreparedEntry | null; readonly entry: PreparedEntry }

/** Decides how to go on, and loads the state to go on from. */
export async function recover(open: OpenQuery): Promise<Recovery> {
  const { checkpoint, sinks, view } = open
  // Without state nothing keeps the records from the first batch on, and nothing needs them.
  const stateOf = async (entry: PreparedEntry | null): Promise<readonly StoredState[]> => (open.isStateful ? loadState(checkpoint, entry) : [])
  const { committed, candidates } = view
  const newest = candidates.at(-1)
  if (newest === undefined) return { kind: 'none', committed, state: await stateOf(committed) }
  const batchId = newest.prepared.record.batchId
  const held = sinks.held(batchId)
  const entry = held.token === null ? newest : (candidates.find(c => c.prepared.token === held.token) as PreparedEntry)
  const { attempt, spooled } = entry.prepared

  if (held.token !== null && held.all) return { kind: 'finish', entry, parts: new Map(), state: await stateOf(entry) }
  if (spooled !== null) {
    const parts = await keptOutput(open.spool, batchId, attempt, spooled)
    return { kind: 'finish', entry, parts, state: await stateOf(entry) }
  }
  if (held.token !== null && (await sinks.canResume(entry.prepared))) return { kind: 'finish', entry, parts: new Map(), state: await stateOf(entry) }
  const state = await stateOf(committed)
  return held.token === null ? { kind: 'rerun', committed, entry, state } : { kind: 'recompute', committed, entry, state }
}

/** The recomputed output or state is not that of the attempt which a sink already holds. */
export function nondeterministic(batchId: number, what: string): Error {
  return makeError(
    'EXEC_NONDETERMINISTIC_REPLAY',
    `Batch ${batchId} is in one sink but not in the others, and running it again gave another ${what}: the query is not deterministic. Set spoolOutput: true so that the first output is kept, and start on a new checkpointLocation.`,
    { context: { batchId, what } },
  )
}
