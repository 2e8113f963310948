import { isNullAt } from '../../columnar/vector.ts'
import type { Operator } from '../operator.ts'
import type { OperatorSpec } from '../physical-plan.ts'

/**
 * Watches event time pass: every row counts, late ones and those filtered out later too; null times do not
 * (semantics.md §1.8 rule 2 and our deviation). Statistics are in milliseconds, rounded down.
 */
export function observeExec(spec: Extract<OperatorSpec, { kind: 'observe' }>): Operator {
  return {
    label: 'EventTimeWatermark',
    process(batch, task) {
      const column = batch.columns[spec.column]
      // A window column carries the time of its end, less the microsecond that belongs to the next one.
      const isWindow = column.type.kind === 'struct'
      const times = (isWindow ? column.children[1] : column).values as Float64Array
      let { count, min, max, avg } = task.times.get(spec.node) ?? { count: 0, min: Infinity, max: -Infinity, avg: 0 }
      for (let i = 0; i < batch.numRows; i++) {
        const isNull = isNullAt(column, i)
        if (isNull && !spec.nullIsEpoch) continue
        const ms = isNull ? 0 : Math.floor((isWindow ? times[i] - 1 : times[i]) / 1000)
        count++
        if (ms < min) min = ms
        if (ms > max) max = ms
        avg += (ms - avg) / count
      }
      if (count > 0) task.times.set(spec.node, { node: spec.node, count, min, max, avg })
      return batch
    },
  }
}
