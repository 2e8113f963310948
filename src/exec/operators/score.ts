import { RecordBatch } from '../../columnar/record-batch.ts'
import { stringType } from '../../columnar/data-type.ts'
import { compile, rowsOfBatch } from '../../expr/evaluate.ts'
import { literalVector } from '../../expr/literal.ts'
import { resolve } from '../../expr/resolve.ts'
import type { Model } from '../../ml/model.ts'
import type { Operator } from '../operator.ts'
import type { ScoreSpec } from '../physical-plan.ts'

/** Adds a model's outputs to each row. */
export function scoreExec(spec: ScoreSpec, model: Model): Operator {
  const inputs = spec.inputs.map(expr => compile(resolve(expr, spec.input, 'score()')))
  return {
    label: `Score ${model.signature.format} ${spec.digest.slice(0, 12)}`,
    async process(batch, task) {
      const rows = rowsOfBatch(batch)
      const scores = await model.score(inputs.map(i => i(rows, task.context)), batch.numRows, spec.outputs)
      const digest = spec.digestColumn ? [literalVector(spec.digest, stringType, batch.numRows)] : []
      return new RecordBatch(spec.output, batch.numRows, [...batch.columns, ...scores, ...digest])
    },
  }
}
