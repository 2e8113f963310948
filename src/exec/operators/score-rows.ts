import { encodeRows } from './row-text.ts'
import { take, takeRows } from '../../columnar/take.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Vector } from '../../columnar/vector.ts'
import type { RefusedRow } from '../../ml/model.ts'
import type { ScoreSpec } from '../physical-plan.ts'
import type { TaskState } from '../operator.ts'

/** The rows that are not among `without`, ascending; both are. */
export function otherRows(without: Iterable<number>, rows: number): Int32Array {
  const out = new Uint8Array(rows)
  let count = rows
  for (const row of without) {
    if (out[row] === 0) count--
    out[row] = 1
  }
  const kept = new Int32Array(count)
  for (let row = 0, at = 0; row < rows; row++) if (out[row] === 0) kept[at++] = row
  return kept
}

/** The batch with its inputs, cut to some rows. */
export function cutTo(batch: RecordBatch, given: readonly Vector[], rows: Int32Array): { readonly batch: RecordBatch; readonly given: readonly Vector[] } {
  return { batch: takeRows(batch, rows), given: given.map(v => take(v, rows)) }
}

/**
 * Hands rows to the dead letters, in their order: as JSON, with the reason. A letter's line is the row's number among those
 * that reached the score() in its task, from 1.
 */
export async function sendLetters(spec: ScoreSpec, batch: RecordBatch, rows: readonly RefusedRow[], firstRow: number, task: TaskState): Promise<void> {
  const ascending = [...rows].sort((a, b) => a.row - b.row)
  const whole = spec.rowNumber === undefined ? batch : batch.project(batch.columns.flatMap((_, i) => (i === spec.rowNumber ? [] : [i])))
  const numbers = spec.rowNumber === undefined ? null : (batch.columns[spec.rowNumber].values as Int32Array)
  const texts = await encodeRows(takeRows(whole, Int32Array.from(ascending, r => r.row)))
  for (const [k, { row, message }] of ascending.entries()) {
    task.deadLetter({ origin: `score() with ${spec.label}`, line: firstRow + (numbers?.[row] ?? row) + 1, byte: 0, reason: message, raw: texts[k] })
    if ((k & 1023) === 1023) await task.drain()
  }
  await task.drain()
}
