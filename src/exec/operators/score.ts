import { RecordBatch } from '../../columnar/record-batch.ts'
import type { DataType } from '../../columnar/data-type.ts'
import { takeRows } from '../../columnar/take.ts'
import type { Vector } from '../../columnar/vector.ts'
import { assert } from '../../common/assert.ts'
import type { Model, RefusedRow } from '../../ml/model.ts'
import type { Operator, TaskState } from '../operator.ts'
import type { ScoreSpec } from '../physical-plan.ts'
import { inputInvalid, rowRefused } from '../task-errors.ts'
import { ModelCaller } from './model-caller.ts'
import { topContributions } from './score-explain.ts'
import { answerInstead, type FallbackAnswers, replaceRows } from './score-fallback.ts'
import { provenanceVectors } from './score-provenance.ts'
import { cutTo, otherRows, sendLetters } from './score-rows.ts'
import { invalidRows } from './score-validity.ts'

/** The output of a model that is explained. */
const contributions = 'contributions'

/** Adds a model's outputs to each row. Which model that is, the batch record says. */
export function scoreExec(spec: ScoreSpec, models: ReadonlyMap<string, Model>): Operator {
  const caller = new ModelCaller(spec, models)
  const { fallback, limits, input } = spec
  const second = fallback?.kind === 'model' ? new ModelCaller({ ...fallback, limits, input }, models) : null
  return {
    label: 'Score',
    async process(batch, task) {
      const found = caller.find(task)
      const given = caller.inputs(found.model, batch, task)
      // Rows that do not come out, by their place in the batch.
      const left: RefusedRow[] = []
      const valid = takeInvalid(spec, found.model, given, batch.numRows, left)
      const kept = valid === null ? { batch, given } : cutTo(batch, given, valid)
      const placeOf = (row: number): number => (valid === null ? row : valid[row])

      const wanted = spec.topK === null ? spec.outputs : [...spec.outputs, contributions]
      const scored = await caller.score(found, kept.given, kept.batch.numRows, wanted, task, fallback !== null)
      const failed = [...scored.failed]
      if (spec.onInvalid === 'keep') failed.push(...scored.refused)
      else left.push(...scored.refused.map(r => ({ ...r, row: placeOf(r.row) })))
      if (failed.length > 0 && fallback === null) throw rowRefused(found.model.signature.format, failed)
      if (left.length > 0) await leaveOut(spec, found.model, batch, left, task)

      const own = { name: spec.name, version: found.version, digest: found.model.digest, route: spec.routeLabel ?? 'model' }
      const without = [...scored.dropped, ...(spec.onInvalid === 'keep' ? [] : scored.refused.map(r => r.row))]
      const { vectors, instead, isFallback, gone } = await replaceFailed(failed, scored.vectors, found.model, kept.batch, task)
      const explained = spec.topK === null ? [] : [explain(found.model, vectors[spec.outputs.length], spec.topK, isFallback)]
      const columns = [...kept.batch.columns, ...vectors.slice(0, spec.outputs.length), ...provenanceVectors(spec.provenance, kept.batch.numRows, own, instead?.provenance ?? null, isFallback), ...explained]
      const all = new RecordBatch(spec.output, kept.batch.numRows, columns)
      const out = without.length + gone.length === 0 ? all : takeRows(all, otherRows([...without, ...gone], all.numRows))
      return out.numRows === 0 ? null : out
    },
  }

  /** Puts the fallback's answers in the place of the rows that failed. */
  async function replaceFailed(failed: readonly RefusedRow[], vectors: readonly Vector[], model: Model, batch: RecordBatch, task: TaskState): Promise<Replaced> {
    if (failed.length === 0 || fallback === null) return { vectors, instead: null, isFallback: null, gone: [] }
    const rows = Int32Array.from(failed, f => f.row).sort()
    const types = vectors.map(v => v.type)
    const instead = await answerInstead(fallback, second, spec.outputs, types, batch, rows, task)
    if (instead.refused.length > 0) throw rowRefused(instead.format, instead.refused)
    task.tally.of(model.digest).fallbackRows += rows.length
    const isFallback = new Uint8Array(batch.numRows)
    for (const row of rows) isFallback[row] = 1
    return {
      vectors: vectors.map((v, k) => (k < spec.outputs.length ? replaceRows(v, rows, instead.vectors[k]) : v)),
      instead,
      isFallback,
      gone: instead.dropped.map(k => rows[k]),
    }
  }

  function explain(model: Model, vector: Vector, topK: number, without: Uint8Array | null): Vector {
    const names = model.signature.outputs.find(o => o.name === contributions)?.contributors
    assert(names !== undefined, 'A model that is explained names its contributions.', { digest: model.digest })
    const type: DataType = spec.output.fields[spec.output.fields.length - 1].type
    return topContributions(vector, names, topK, type, without)
  }
}

interface Replaced {
  readonly vectors: readonly Vector[]
  readonly instead: FallbackAnswers | null
  /** 1 for rows that the fallback answered; null when there are none. */
  readonly isFallback: Uint8Array | null
  /** Rows that the fallback leaves out. */
  readonly gone: readonly number[]
}

/** Looks for rows that the model was not trained for; answers the others, null when that is all, and adds those found to `left`. */
function takeInvalid(spec: ScoreSpec, model: Model, given: readonly Vector[], rows: number, left: RefusedRow[]): Int32Array | null {
  if (spec.onInvalid === 'keep') return null
  const invalid = invalidRows(model, given, rows)
  if (invalid === null) return null
  if (spec.onInvalid === 'error') throw inputInvalid(spec.label, invalid.rows.length, invalid.reason(invalid.rows[0]))
  const isLetter = spec.onInvalid === 'deadLetter'
  for (const row of invalid.rows) left.push({ row, message: isLetter ? invalid.reason(row) : '' })
  return otherRows(invalid.rows, rows)
}

async function leaveOut(spec: ScoreSpec, model: Model, batch: RecordBatch, left: readonly RefusedRow[], task: TaskState): Promise<void> {
  if (spec.onInvalid === 'error') throw rowRefused(model.signature.format, left)
  task.tally.of(model.digest).invalidRows += left.length
  if (spec.onInvalid === 'deadLetter') await sendLetters(spec, batch, left, task.context.firstRow, task)
}
