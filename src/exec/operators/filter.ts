import { takeRows } from '../../columnar/take.ts'
import { compile, rowsOfBatch, trueRows } from '../../expr/evaluate.ts'
import { resolveCondition } from '../../expr/resolve.ts'
import type { Operator } from '../operator.ts'
import type { OperatorSpec } from '../physical-plan.ts'

/** Keeps the rows for which the condition is true; null counts as false. */
export function filterExec(spec: Extract<OperatorSpec, { kind: 'filter' }>): Operator {
  const condition = compile(resolveCondition(spec.condition, spec.input, 'where()'))
  return {
    label: 'Filter',
    process(batch, task) {
      const kept = trueRows(condition(rowsOfBatch(batch), task.context), batch.numRows)
      if (kept.length === batch.numRows) return batch
      return kept.length === 0 ? null : takeRows(batch, kept)
    },
  }
}
