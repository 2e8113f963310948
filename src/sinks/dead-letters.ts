import { BatchBuilder } from '../columnar/batch-builder.ts'
import { binaryType, field, integerType, stringType } from '../columnar/data-type.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import { makeSchema, type Schema } from '../columnar/schema.ts'
import type { BadRecord } from '../formats/format.ts'

/** Rows of a dead-letter output: where a record stood, why it could not be read, and its bytes (at most 1 MiB). */
export const deadLetterSchema: Schema = makeSchema([
  field('origin', stringType, false),
  field('line', integerType, false),
  field('byte', integerType, false),
  field('reason', stringType, false),
  field('raw', binaryType, false),
])

/** Bad records as rows, in their order. */
export function deadLetterBatch(records: readonly BadRecord[]): RecordBatch {
  const builder = new BatchBuilder(deadLetterSchema, Math.max(8, records.length))
  for (const { origin, line, byte, reason, raw } of records) builder.appendValues([origin, line, byte, reason, raw])
  return builder.finish()
}
