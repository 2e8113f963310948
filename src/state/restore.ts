import { MalformedBytes } from './byte-reader.ts'
import { readColumn } from './column-block.ts'
import { stateCorrupt } from './errors.ts'
import type { InitBuffers } from './keyed-table.ts'
import { loadPages } from './load-pages.ts'
import { MemoryOperatorState } from './operator-state.ts'
import { checkCompatible, sameSchema } from './schema-compatibility.ts'
import { readDeltaSection, readSetHash } from './section.ts'
import { decodeSegment, placeOf, type Segment } from './segment.ts'
import type { StateIdentity, TableSchema } from './state.ts'
import { parseSchema } from './stored-schema.ts'

/** A segment as it was found, with what its record says about it. */
export interface StoredSegment {
  readonly bytes: Uint8Array
  readonly batchId: number
  /** SHA-256 of the bytes, from the batch record or the snapshot's manifest. */
  readonly digest: string
}

export interface StoredState {
  /** All pages of one snapshot in order, null to begin with nothing. */
  readonly pages: readonly StoredSegment[] | null
  /** The deltas since, in order of batches. */
  readonly deltas: readonly StoredSegment[]
  /** Set-hash of the partition after the last of them, from its batch record. */
  readonly setHash: string
}

/**
 * Rebuilds the state of one operator and partition. Nothing is believed: each segment is checked by checksum, digest and
 * place, each step by the set-hash of what it gives. Aggregates that were appended to the query since begin, in the rows
 * that are there, as `inits` says (`inits[i]` belongs to value i of `schema`; zeros without one).
 * @throws CheckpointError STATE_CORRUPT, CHECKPOINT_TOO_NEW, CHECKPOINT_KEY_INCOMPATIBLE, CHECKPOINT_VALUE_INCOMPATIBLE
 */
export function restoreState(
  identity: StateIdentity,
  schema: TableSchema,
  stored: StoredState,
  inits: readonly (InitBuffers | undefined)[] = [],
): MemoryOperatorState {
  let state: MemoryOperatorState | null = null
  let batchId = -1
  const adapt = (segmentSchema: TableSchema): MemoryOperatorState => {
    checkCompatible(identity, segmentSchema, schema)
    state = state === null ? new MemoryOperatorState(identity, segmentSchema, inits) : withSchema(state, segmentSchema, inits)
    return state
  }
  if (stored.pages !== null) {
    const pages = stored.pages.map(page => decodeSegment(page.bytes, placeOf(identity, page.batchId), 'snapshot', page.digest))
    batchId = stored.pages.at(0)?.batchId ?? batchId
    corrupting(identity, batchId, () => {
      if (pages.length === 0) throw new MalformedBytes('its snapshot has no page')
      loadPages(adapt(parseSchema(pages[0].schema)), pages)
    })
  }
  for (const delta of stored.deltas) {
    const segment = decodeSegment(delta.bytes, placeOf(identity, delta.batchId), 'delta', delta.digest)
    if (delta.batchId <= batchId) throw stateCorrupt(placeOf(identity, delta.batchId), `it is to follow batch ${batchId}`)
    batchId = delta.batchId
    corrupting(identity, batchId, () => applySegment(adapt(parseSchema(segment.schema)), segment))
  }
  const restored = state ?? new MemoryOperatorState(identity, schema, inits)
  const { setHash } = restored
  if (setHash !== stored.setHash) {
    throw stateCorrupt(placeOf(identity, batchId), `the set-hash of its rows is ${setHash} instead of ${stored.setHash}`)
  }
  return withSchema(restored, schema, inits)
}

/**
 * Takes over a recorded delta (written with the state's schema) as the state's next batch. After an error the state is
 * good for nothing.
 * @throws CheckpointError STATE_CORRUPT, CHECKPOINT_TOO_NEW, CHECKPOINT_KEY_INCOMPATIBLE, CHECKPOINT_VALUE_INCOMPATIBLE
 */
export function applyDelta(state: MemoryOperatorState, delta: StoredSegment): void {
  const { identity } = state
  const segment = decodeSegment(delta.bytes, placeOf(identity, delta.batchId), 'delta', delta.digest)
  corrupting(identity, delta.batchId, () => {
    checkCompatible(identity, parseSchema(segment.schema), state.schema)
    checkCompatible(identity, state.schema, parseSchema(segment.schema))
    applySegment(state, segment)
  })
}

function applySegment(state: MemoryOperatorState, segment: Segment): void {
  const { body: input, before, after } = segment
  if (state.setHash !== before.toString()) {
    throw new MalformedBytes(`it applies to rows with the set-hash ${before} and not to those of the batch before, ${state.setHash}`)
  }
  const sections = input.varint('the number of sections')
  const sums: { bucket: number; sum: string }[] = []
  for (let i = 0; i < sections; i++) {
    const section = readDeltaSection(input)
    const { bucket, removed, written, inserted } = section
    if (section.dropped) state.dropBucket(bucket)
    const table = state.table(bucket)
    for (let r = 0; r < removed.length - 1; r++) {
      const slot = table.find(input.bytes, removed[r], removed[r + 1])
      if (slot < 0) throw new MalformedBytes('it removes a row that is not there')
      table.remove(slot)
    }
    const n = written.length - 1
    const slots = new Int32Array(n)
    for (let r = 0; r < n; r++) {
      const known = table.slotCount
      slots[r] = table.upsert(input.bytes, written[r], written[r + 1])
      if (slots[r] < known === r >= n - inserted) throw new MalformedBytes('it changes a row that is not there, or adds one that is')
      table.touch(slots[r])
    }
    for (const buffer of table.buffers) readColumn(input, buffer, slots, n)
    sums.push({ bucket, sum: readSetHash(input).toString() })
  }
  if (input.at !== input.end) throw new MalformedBytes(`${input.end - input.at} bytes follow its last section`)
  state.accept()
  for (const { bucket, sum } of sums) {
    const found = state.bucketHash(bucket)
    if (found !== sum) throw new MalformedBytes(`the set-hash of its bucket ${bucket} is ${found} instead of ${sum}`)
  }
  if (state.setHash !== after.toString()) throw new MalformedBytes(`the set-hash of its rows is ${state.setHash} instead of ${after}`)
}

/** The same rows under a schema with further values. */
function withSchema(state: MemoryOperatorState, schema: TableSchema, inits: readonly (InitBuffers | undefined)[]): MemoryOperatorState {
  if (sameSchema(state.schema, schema)) return state
  const wider = new MemoryOperatorState(state.identity, schema, inits)
  for (const bucket of state.buckets()) {
    const from = state.table(bucket)
    const to = wider.table(bucket)
    for (const slot of from.slots()) {
      const copy = to.upsert(from.keyBytes, from.keyStart(slot), from.keyEnd(slot))
      from.buffers.forEach((buffer, c) => to.buffers[c].copy(copy, buffer, slot))
    }
  }
  wider.accept()
  return wider
}

function corrupting(identity: StateIdentity, batchId: number, work: () => void): void {
  try {
    work()
  } catch (error) {
    throw error instanceof MalformedBytes ? stateCorrupt(placeOf(identity, batchId), error.message) : error
  }
}
