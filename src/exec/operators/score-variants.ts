import { concatBatches } from '../../columnar/concat.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import { takeRows } from '../../columnar/take.ts'
import type { Model } from '../../ml/model.ts'
import type { BadRecord } from '../../formats/format.ts'
import type { Operator, TaskState } from '../operator.ts'
import type { RouteSpec, ScoreSpec } from '../physical-plan.ts'
import { numbered, numbersOf, numberedSpec, withoutNumbers } from './row-numbers.ts'
import { RowRouter } from './route-rows.ts'
import { scoreExec } from './score.ts'
import { Shadows } from './score-shadow.ts'

/** A score() with everything that it may have: rows shared out among models, and models that are only compared. */
export function scoreVariantsExec(spec: ScoreSpec, models: ReadonlyMap<string, Model>): Operator {
  const { route, shadow } = spec
  if (route === undefined && shadow === undefined) return scoreExec(spec, models)
  const at = spec.input.fields.length
  const plain = numberedSpec(spec)
  const main = route === undefined ? scoreExec(plain, models) : routedExec(plain, route, models)
  const shadows = shadow === undefined ? null : new Shadows(plain, shadow, models)
  return {
    label: 'Score',
    async process(batch, task) {
      const given = numbered(batch, plain)
      const scored = await main.process(given, task)
      if (scored === null) return null
      const out = withoutNumbers(scored, at, spec.output)
      await shadows?.compare(given, out, numbersOf(scored, at), task)
      return out
    },
  }
}

/** Scores the rows of each route by its model; they come out in the order in which they came. */
function routedExec(plain: ScoreSpec, route: RouteSpec, models: ReadonlyMap<string, Model>): Operator {
  const at = plain.rowNumber ?? 0
  const router = new RowRouter(route, plain.input)
  const operators = route.targets.map(({ label, slot, inputs, inputNames }) => scoreExec({ ...plain, slot, inputs, inputNames, routeLabel: label }, models))
  return {
    label: 'Score',
    async process(batch, task) {
      const letters: BadRecord[] = []
      const parts: RecordBatch[] = []
      const collecting: TaskState = { ...task, deadLetter: record => letters.push(record), drain: async () => {} }
      for (const [i, rows] of router.share(batch, task).entries()) {
        if (rows.length === 0) continue
        const part = await operators[i].process(rows.length === batch.numRows ? batch : takeRows(batch, rows), collecting)
        if (part !== null && part.numRows > 0) parts.push(part)
      }
      await forward(letters, task)
      if (parts.length <= 1) return parts[0] ?? null
      const all = concatBatches(plain.output, parts)
      return takeRows(all, inOrder(numbersOf(all, at), batch.numRows))
    },
  }
}

/** Positions by ascending number, of numbers below `limit`. */
function inOrder(numbers: Int32Array, limit: number): Int32Array {
  const positions = new Int32Array(limit).fill(-1)
  numbers.forEach((number, i) => {
    positions[number] = i
  })
  return positions.filter(i => i >= 0)
}

/** Dead letters in the order of their rows, whichever way these went. */
async function forward(letters: readonly BadRecord[], task: TaskState): Promise<void> {
  for (const [k, letter] of [...letters].sort((a, b) => a.line - b.line).entries()) {
    task.deadLetter(letter)
    if ((k & 1023) === 1023) await task.drain()
  }
  await task.drain()
}
