import { RecordBatch } from '../../columnar/record-batch.ts'
import { compile, rowsOfBatch } from '../../expr/evaluate.ts'
import { castTo, resolve } from '../../expr/resolve.ts'
import type { Operator } from '../operator.ts'
import type { OperatorSpec } from '../physical-plan.ts'

/** Computes new columns from each row. */
export function projectExec(spec: Extract<OperatorSpec, { kind: 'project' }>): Operator {
  const columns = spec.columns.map(({ expr }, i) => compile(castTo(resolve(expr, spec.input, 'select()'), spec.output.fields[i].type, 'ansi', 'select()')))
  return {
    label: 'Project',
    process(batch, task) {
      const rows = rowsOfBatch(batch)
      return new RecordBatch(spec.output, batch.numRows, columns.map(c => c(rows, task.context)))
    },
  }
}
