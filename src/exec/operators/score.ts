import { assert } from '../../common/assert.ts'
import { RecordBatch } from '../../columnar/record-batch.ts'
import { takeRows } from '../../columnar/take.ts'
import { stringType } from '../../columnar/data-type.ts'
import { compile, rowsOfBatch } from '../../expr/evaluate.ts'
import { literalVector } from '../../expr/literal.ts'
import { resolve } from '../../expr/resolve.ts'
import type { Model } from '../../ml/model.ts'
import type { Operator } from '../operator.ts'
import type { ScoreSpec } from '../physical-plan.ts'
import { rowRefused } from '../task-errors.ts'

/** Adds a model's outputs to each row. Which model that is, the batch record says. */
export function scoreExec(spec: ScoreSpec, models: ReadonlyMap<string, Model>): Operator {
  const inputs = spec.inputs.map(expr => compile(resolve(expr, spec.input, 'score()')))
  const positions = new Map(spec.inputNames.map((name, i) => [name, i]))
  return {
    label: 'Score',
    async process(batch, task) {
      const digest = task.models[spec.slot]
      const model = models.get(digest)
      assert(model !== undefined, 'The model of the batch record was sent to the executor.', { digest })
      const rows = rowsOfBatch(batch)
      const given = model.signature.inputs.map(({ name }) => {
        const position = positions.get(name)
        assert(position !== undefined, 'A model is given what the plan has for it.', { input: name, digest })
        return inputs[position](rows, task.context)
      })
      const { vectors, dropped, refused } = await model.score(given, batch.numRows, spec.outputs)
      if (refused !== undefined && refused.length > 0) throw rowRefused(model.signature.format, refused)
      const provenance = spec.digestColumn ? [literalVector(digest, stringType, batch.numRows)] : []
      const scored = new RecordBatch(spec.output, batch.numRows, [...batch.columns, ...vectors, ...provenance])
      return dropped === undefined || dropped.length === 0 ? scored : takeRows(scored, others(dropped, batch.numRows))
    },
  }
}

/** The rows that are not among `dropped`, ascending. */
function others(dropped: Int32Array, rows: number): Int32Array {
  const kept = new Int32Array(rows - dropped.length)
  let next = 0
  let at = 0
  for (let row = 0; row < rows; row++) {
    if (next < dropped.length && dropped[next] === row) next++
    else kept[at++] = row
  }
  return kept
}
