import { makeError, type MillraceError } from '../common/errors.ts'
import type { StateIdentity } from './state.ts'

export interface SegmentPlace {
  readonly operator: string
  readonly partition: number
  readonly batchId: number
}

/** `what` is a clause that says what differs: "its checksum of block 3 is 1f… instead of 2a…". */
export function stateCorrupt(place: SegmentPlace, what: string): MillraceError {
  const { operator, partition, batchId } = place
  return makeError(
    'STATE_CORRUPT',
    `The state of operator "${operator}", partition ${partition}, of batch ${batchId} is damaged: ${what}. ` +
      'Restore the checkpoint from a copy, or start the query with a new checkpointLocation.',
    { context: { operator, partition, batchId, what } },
  )
}

export function segmentTooNew(place: SegmentPlace, version: number, supported: number): MillraceError {
  const { operator, partition, batchId } = place
  return makeError(
    'CHECKPOINT_TOO_NEW',
    `The state of operator "${operator}", partition ${partition}, of batch ${batchId} is written in segment format ${version}, ` +
      `and this release reads format ${supported} and older. Run the release that wrote it, or a newer one.`,
    { context: { operator, partition, batchId, version, supported } },
  )
}

export function keyIncompatible(identity: StateIdentity, field: string, stored: string, wanted: string): MillraceError {
  return makeError(
    'CHECKPOINT_KEY_INCOMPATIBLE',
    `Operator "${identity.operator}" keeps its state under other keys than the query has now: ${field} is ${stored} in the checkpoint and ${wanted} in the query. ` +
      'Restore the former keys, or start the query with a new checkpointLocation.',
    { context: { operator: identity.operator, partition: identity.partition, field, stored, wanted } },
  )
}

export function valueIncompatible(identity: StateIdentity, field: string, stored: string, wanted: string): MillraceError {
  return makeError(
    'CHECKPOINT_VALUE_INCOMPATIBLE',
    `Operator "${identity.operator}" keeps other values in its state than the query has now: ${field} is ${stored} in the checkpoint and ${wanted} in the query. ` +
      'Aggregates may be added at the end only. Restore the former ones, or start the query with a new checkpointLocation.',
    { context: { operator: identity.operator, partition: identity.partition, field, stored, wanted } },
  )
}
