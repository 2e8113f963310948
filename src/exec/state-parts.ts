import type { StoredState } from '../state/tables.ts'

/** One partition of one aggregation's state. */
export interface StatePart {
  readonly aggregation: number
  readonly partition: number
}

/** What a state partition is rebuilt from. */
export interface StateImage extends StatePart {
  readonly stored: StoredState
}

/** A snapshot of one batch, of what an executor owns. */
export interface SnapshotRequest {
  readonly batchId: number
  readonly parts: readonly StatePart[]
  /** What is aimed at for a page. */
  readonly bytesPerPage?: number
}
