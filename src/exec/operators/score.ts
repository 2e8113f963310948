import { assert } from '../../common/assert.ts'
import { RecordBatch } from '../../columnar/record-batch.ts'
import { stringType } from '../../columnar/data-type.ts'
import { compile, rowsOfBatch } from '../../expr/evaluate.ts'
import { literalVector } from '../../expr/literal.ts'
import { resolve } from '../../expr/resolve.ts'
import type { Model } from '../../ml/model.ts'
import type { Operator } from '../operator.ts'
import type { ScoreSpec } from '../physical-plan.ts'

/** Adds a model's outputs to each row. Which model that is, the batch record says. */
export function scoreExec(spec: ScoreSpec, models: ReadonlyMap<string, Model>): Operator {
  const inputs = spec.inputs.map(expr => compile(resolve(expr, spec.input, 'score()')))
  return {
    label: 'Score',
    async process(batch, task) {
      const digest = task.models[spec.slot]
      const model = models.get(digest)
      assert(model !== undefined, 'The model of the batch record was sent to the executor.', { digest })
      const rows = rowsOfBatch(batch)
      const scores = await model.score(inputs.map(i => i(rows, task.context)), batch.numRows, spec.outputs)
      const provenance = spec.digestColumn ? [literalVector(digest, stringType, batch.numRows)] : []
      return new RecordBatch(spec.output, batch.numRows, [...batch.columns, ...scores, ...provenance])
    },
  }
}
