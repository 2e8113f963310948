import { maxBatchRows } from '../columnar/record-batch.ts'
import type { Schema } from '../columnar/schema.ts'

/** A batch is handed on when it was made from this many bytes of text, however few rows they are. */
export const maxBatchInputBytes = 16 * 1024 * 1024

/** Rows of a batch: fewer for very wide schemas, so that nulls alone cannot fill the memory. */
export function batchRows(schema: Schema): number {
  const cells = 8 * 1024 * 1024
  return Math.max(1, Math.min(maxBatchRows, Math.floor(cells / Math.max(1, schema.fields.length))))
}
