import { maxBatchRows, RecordBatch } from '../../columnar/record-batch.ts'
import { field, integerType, timestampType } from '../../columnar/data-type.ts'
import { makeSchema, type Schema } from '../../columnar/schema.ts'
import { float64Vector, Vector } from '../../columnar/vector.ts'
import { makeError } from '../../common/errors.ts'
import type { InputPartition } from '../source.ts'

/** What the rate sources give: the instant of a row and its number, counted from 0. */
export const rateSchema: Schema = makeSchema([field('timestamp', timestampType, false), field('value', integerType, false)])

/** @throws AnalysisError PLAN_INVALID_OPTION for a schema that is not "timestamp" and "value" */
export function checkRateSchema(schema: Schema, source: string): void {
  const good = schema.fields.every(f => (f.name === 'timestamp' ? f.type.kind === 'timestamp' : f.name === 'value' && (f.type.kind === 'integer' || f.type.kind === 'int64')))
  if (good) return
  throw makeError('PLAN_INVALID_OPTION', `Source "${source}" has the columns "timestamp" (timestamp) and "value" (integer or int64) and no others. Correct its schema.`, {
    context: { source, columns: schema.fields.map(f => f.name) },
  })
}

/** Fills in the instants, in microseconds, of rows `first`, `first + 1` … */
export type FillInstants = (micros: Float64Array, first: number) => void

/** Rows first .. end−1 in batches, with the columns of `schema`. */
export function* generatedRows(schema: Schema, first: number, end: number, instants: FillInstants): Iterable<RecordBatch> {
  for (let start = first; start < end; start += maxBatchRows) {
    const rows = Math.min(maxBatchRows, end - start)
    const columns = schema.fields.map(f => {
      if (f.name === 'timestamp') {
        const micros = new Float64Array(rows)
        instants(micros, start)
        return float64Vector(f.type, micros)
      }
      if (f.type.kind === 'int64') {
        const values = new BigInt64Array(rows)
        for (let i = 0, value = BigInt(start); i < rows; i++, value++) values[i] = value
        return new Vector(f.type, rows, null, values)
      }
      const values = new Float64Array(rows)
      for (let i = 0; i < rows; i++) values[i] = start + i
      return float64Vector(f.type, values)
    })
    yield new RecordBatch(schema, rows, columns)
  }
}

/** Cuts rows first .. end−1 into as even runs as there can be. */
export function evenPartitions(first: number, end: number, count: number, spec: (from: number, to: number) => InputPartition['spec'], source: string): InputPartition[] {
  const partitions: InputPartition[] = []
  for (let p = 0; p < count; p++) {
    const from = first + Math.floor(((end - first) * p) / count)
    const to = first + Math.floor(((end - first) * (p + 1)) / count)
    if (to > from) partitions.push({ spec: spec(from, to), label: `${source}[${from}..${to - 1}]` })
  }
  return partitions
}
