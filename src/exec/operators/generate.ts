import { RecordBatch } from '../../columnar/record-batch.ts'
import { take } from '../../columnar/take.ts'
import { compile, rowsOfBatch } from '../../expr/evaluate.ts'
import { findGenerator } from '../../expr/generators.ts'
import { argumentOf, resolve } from '../../expr/resolve.ts'
import type { Operator } from '../operator.ts'
import type { OperatorSpec } from '../physical-plan.ts'

/** explode() and its kin: repeats a row once for each row that the generator gives. */
export function generateExec(spec: Extract<OperatorSpec, { kind: 'generate' }>): Operator {
  const args = spec.args.map(a => resolve(a, spec.input, 'select()'))
  const generator = findGenerator(spec.generator, args.map(argumentOf))
  const evaluators = args.map(compile)
  return {
    label: `Generate ${spec.generator}`,
    process(batch, task) {
      const rows = rowsOfBatch(batch)
      const out = generator.kernel(evaluators.map(e => e(rows, task.context)), batch.numRows)
      if (out.rows.length === 0) return null
      return new RecordBatch(spec.output, out.rows.length, [...batch.columns.map(c => take(c, out.rows)), ...out.columns])
    },
  }
}
