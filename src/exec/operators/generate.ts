import { RecordBatch } from '../../columnar/record-batch.ts'
import { take } from '../../columnar/take.ts'
import { compile, rowsOfBatch } from '../../expr/evaluate.ts'
import { resolveGenerator } from '../../expr/resolve-generator.ts'
import type { Operator } from '../operator.ts'
import type { OperatorSpec } from '../physical-plan.ts'

/** explode() and its kin: repeats a row once for each row that the generator gives. */
export function generateExec(spec: Extract<OperatorSpec, { kind: 'generate' }>): Operator {
  const { args, signature } = resolveGenerator(spec.generator, spec.args, spec.input)
  const evaluators = args.map(compile)
  return {
    label: `Generate ${spec.generator}`,
    process(batch, task) {
      const rows = rowsOfBatch(batch)
      const out = signature.kernel(evaluators.map(e => e(rows, task.context)), batch.numRows, task.context)
      if (out.rows.length === 0) return null
      return new RecordBatch(spec.output, out.rows.length, [...batch.columns.map(c => take(c, out.rows)), ...out.columns])
    },
  }
}
