import { concat } from '../../columnar/concat.ts'
import type { DataType } from '../../columnar/data-type.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import { take, takeRows } from '../../columnar/take.ts'
import { nullVector, type Vector } from '../../columnar/vector.ts'
import { literalVector } from '../../expr/literal.ts'
import type { RefusedRow } from '../../ml/model.ts'
import type { TaskState } from '../operator.ts'
import type { FallbackSpec } from '../physical-plan.ts'
import type { ModelCaller } from './model-caller.ts'
import type { Provenance } from './score-provenance.ts'

/** Answers for the rows that a model failed at. */
export interface FallbackAnswers {
  readonly vectors: readonly Vector[]
  readonly provenance: Provenance
  /** Of the model that answered. */
  readonly format: string
  /** Positions among those rows that get no answer. */
  readonly dropped: readonly number[]
  readonly refused: readonly RefusedRow[]
}

/**
 * What stands in: another model's outputs, in the order of the score's, or constants. When that model fails too, the task fails.
 */
export async function answerInstead(spec: FallbackSpec, caller: ModelCaller | null, outputs: readonly string[], types: readonly DataType[], batch: RecordBatch, rows: Int32Array, task: TaskState): Promise<FallbackAnswers> {
  if (spec.kind === 'constants' || caller === null) {
    const values = spec.kind === 'constants' ? spec.values : []
    const vectors = values.map(({ value, type }, k) => (value === null ? nullVector(types[k], rows.length) : literalVector(value, type, rows.length)))
    return { vectors, provenance: { name: null, version: null, digest: null, route: 'fallback' }, format: '', dropped: [], refused: [] }
  }
  const some = takeRows(batch, rows)
  const found = caller.find(task)
  const { vectors, dropped, refused } = await caller.score(found, caller.inputs(found.model, some, task), some.numRows, outputs, task, false)
  return { vectors, provenance: { name: spec.name, version: found.version, digest: found.model.digest, route: 'fallback' }, format: found.model.signature.format, dropped, refused }
}

/** The rows of `own`, those in `rows` replaced by the rows of `instead`. */
export function replaceRows(own: Vector, rows: Int32Array, instead: Vector): Vector {
  const indices = Int32Array.from({ length: own.length }, (_, i) => i)
  rows.forEach((row, k) => {
    indices[row] = own.length + k
  })
  return take(concat(own.type, [own, instead]), indices)
}
