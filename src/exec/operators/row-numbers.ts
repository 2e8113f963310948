import { field, int32Type } from '../../columnar/data-type.ts'
import { RecordBatch } from '../../columnar/record-batch.ts'
import { makeSchema, type Schema } from '../../columnar/schema.ts'
import { int32Vector } from '../../columnar/vector.ts'
import type { ScoreSpec } from '../physical-plan.ts'

/** No column of a query is called so: the number goes through a score() and is taken out again. */
const name = '~row'

/**
 * A score() whose rows carry their number, behind the columns of the input: so that rows which are scored apart, and of
 * which some may be left out, can be put together again.
 */
export function numberedSpec(spec: ScoreSpec): ScoreSpec {
  const { route: _route, shadow: _shadow, ...plain } = spec
  const at = spec.input.fields.length
  return { ...plain, input: withNumber(spec.input, at), output: withNumber(spec.output, at), rowNumber: at }
}

/** A batch of the spec's own input, its rows numbered from 0. */
export function numbered(batch: RecordBatch, { input }: ScoreSpec): RecordBatch {
  return new RecordBatch(input, batch.numRows, [...batch.columns, int32Vector(int32Type, Int32Array.from({ length: batch.numRows }, (_, i) => i))])
}

/** The numbers of the rows. */
export function numbersOf(batch: RecordBatch, at: number): Int32Array {
  return (batch.columns[at].values as Int32Array).subarray(0, batch.numRows)
}

export function withoutNumbers(batch: RecordBatch, at: number, schema: Schema): RecordBatch {
  return new RecordBatch(schema, batch.numRows, batch.columns.filter((_, i) => i !== at))
}

function withNumber({ fields }: Schema, at: number): Schema {
  return makeSchema([...fields.slice(0, at), field(name, int32Type, false), ...fields.slice(at)])
}
