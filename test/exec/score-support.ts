import { field, float64Type } from '../../src/columnar/data-type.ts'
import { vectorOf } from '../../src/columnar/builder.ts'
import { RecordBatch } from '../../src/columnar/record-batch.ts'
import { makeSchema, type Schema } from '../../src/columnar/schema.ts'
import { rowsOf } from '../../src/columnar/values.ts'
import type { Vector } from '../../src/columnar/vector.ts'
import { ModelTally } from '../../src/exec/model-tally.ts'
import type { TaskState } from '../../src/exec/operator.ts'
import { scoreExec } from '../../src/exec/operators/score.ts'
import type { ScoreSpec } from '../../src/exec/physical-plan.ts'
import type { BadRecord } from '../../src/formats/format.ts'
import type { Model, Scored } from '../../src/ml/model.ts'

export const xs: Schema = makeSchema([field('x', float64Type)])

export const batchOf = (values: readonly (number | null)[]): RecordBatch => new RecordBatch(xs, values.length, [vectorOf(float64Type, values)])

export interface CallLog {
  /** Rows of each call. */
  readonly calls: number[]
}

/** A model of one input whose prediction is twice its input; it throws when a call has a row for which `fails`, and refuses those of `refuses`. */
export function doubling({ fails = () => false, refuses = () => false, digest = 'double', log }: { fails?: (x: number) => boolean; refuses?: (x: number) => boolean; digest?: string; log?: CallLog } = {}): Model {
  return {
    digest,
    signature: { format: 'test', inputs: [{ name: 'x', kind: 'number' }], outputs: [{ name: 'prediction', type: float64Type, nullable: false }] },
    score([x]: readonly Vector[], rows): Scored {
      log?.calls.push(rows)
      const values = Array.from((x.values as Float64Array).subarray(0, rows))
      if (values.some(fails)) throw new RangeError(`It cannot take ${values.find(fails)}.`)
      const refused = values.flatMap((v, row) => (refuses(v) ? [{ row, message: `x is ${v}` }] : []))
      return { vectors: [vectorOf(float64Type, values.map(v => v * 2))], refused }
    },
    close: () => undefined,
  }
}

/** A score() of `x` by the first model; the others are there for a fallback. */
export const specOf = (changes: Partial<ScoreSpec> = {}): ScoreSpec => ({
  kind: 'score',
  slot: 0,
  input: xs,
  inputs: [{ kind: 'column', name: 'x' }],
  inputNames: ['x'],
  outputs: ['prediction'],
  provenance: ['route'],
  name: null,
  label: 'double',
  onInvalid: 'keep',
  fallback: null,
  topK: null,
  limits: { maxRows: 65_536, budgetMs: 4 },
  output: makeSchema([field('x', float64Type), field('y', float64Type), field('route', { kind: 'string' })]),
  ...changes,
})

export interface ScoredRun {
  readonly rows: readonly object[]
  readonly tally: ModelTally
  readonly letters: readonly BadRecord[]
  readonly turns: number
}

/** Runs batches through a score(); each call of a model takes what `msOf` says for its rows. */
export async function score(spec: ScoreSpec, models: readonly Model[], batches: readonly RecordBatch[], msOf: (rows: number) => number = () => 0): Promise<ScoredRun> {
  let now = 0
  let turns = 0
  const timed = models.map((model): Model => ({
    ...model,
    score(inputs, rows, outputs) {
      now += msOf(rows)
      return model.score(inputs, rows, outputs)
    },
  }))
  const letters: BadRecord[] = []
  const task: TaskState = {
    context: { nowMicros: 0, timeZone: 'UTC', seed: 0, firstRow: 0 },
    rowsIn: [0],
    rowsOut: [0],
    operatorMs: [0, 0],
    models: models.map(m => m.digest),
    modelVersions: models.map(() => null),
    times: new Map(),
    tally: new ModelTally(),
    clock: { monotonic: () => now },
    deadLetter: letter => letters.push(letter),
    drain: async () => undefined,
    turn: async () => {
      turns++
    },
  }
  const operator = scoreExec(spec, new Map(timed.map(m => [m.digest, m])))
  const rows: object[] = []
  for (const batch of batches) {
    const out = await operator.process(batch, task)
    if (out !== null) rows.push(...rowsOf(out))
    task.context = { ...task.context, firstRow: task.context.firstRow + batch.numRows }
  }
  return { rows, tally: task.tally, letters, turns }
}
