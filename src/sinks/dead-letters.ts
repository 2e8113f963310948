import type { BatchBuilder } from '../columnar/batch-builder.ts'
import { binaryType, field, int32Type, integerType, stringType } from '../columnar/data-type.ts'
import { makeSchema, type Schema } from '../columnar/schema.ts'
import type { BadRecord } from '../formats/format.ts'

/**
 * Rows of a dead-letter output: where a record stood, why it could not be read, and its bytes (at most 1 MiB). The last three
 * columns are Kafka's, null where a record comes from elsewhere.
 */
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

export function appendDeadLetter(rows: BatchBuilder, { origin, line, byte, reason, raw, kafka }: BadRecord): void {
  rows.appendValues([origin, line, byte, reason, raw, kafka?.topic, kafka?.partition, kafka?.offset])
}
