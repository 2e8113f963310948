import { BatchBuilder } from '../columnar/batch-builder.ts'
import { binaryType, field, int32Type, integerType, stringType } from '../columnar/data-type.ts'
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
  field('topic', stringType),
  field('partition', int32Type),
  field('offset', integerType),
])

/** Bad records as rows, in their order. */
export function deadLetterBatch(records: readonly BadRecord[]): RecordBatch {
  const builder = new BatchBuilder(deadLetterSchema, Math.max(8, records.length))
  for (const { origin, line, byte, reason, raw, kafka } of records) builder.appendValues([origin, line, byte, reason, raw, kafka?.topic, kafka?.partition, kafka?.offset])
  return builder.finish()
}
