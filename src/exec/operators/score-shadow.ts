import { VectorBuilder } from '../../columnar/builder.ts'
import { concatBatches } from '../../columnar/concat.ts'
import { stringType } from '../../columnar/data-type.ts'
import { RecordBatch } from '../../columnar/record-batch.ts'
import { sliceRows, take } from '../../columnar/take.ts'
import { nullVector, type Vector } from '../../columnar/vector.ts'
import { isMillraceError, messageOf } from '../../common/errors.ts'
import { literalVector } from '../../expr/literal.ts'
import type { Model } from '../../ml/model.ts'
import type { Operator, TaskState } from '../operator.ts'
import type { ScoreSpec, ShadowSpec } from '../physical-plan.ts'
import { comparerOf } from './compare-values.ts'
import { numbersOf } from './row-numbers.ts'
import { scoreExec } from './score.ts'

/** What a shadow makes of a batch: scored rows by their numbers, and why it failed at others. */
interface ShadowAnswers {
  readonly batches: RecordBatch[]
  readonly failures: Map<number, string>
}

/** Models whose answers are compared with those that come out, and never come out themselves, nor do their failures. */
export class Shadows {
  readonly #spec: ScoreSpec
  readonly #shadow: ShadowSpec
  readonly #operators: readonly Operator[]

  /** `plain` numbers its rows. */
  constructor(plain: ScoreSpec, shadow: ShadowSpec, models: ReadonlyMap<string, Model>) {
    this.#spec = plain
    this.#shadow = shadow
    const output = { fields: plain.output.fields.slice(0, plain.input.fields.length + plain.outputs.length) }
    this.#operators = shadow.targets.map(({ slot, inputs, inputNames }) => scoreExec({ ...plain, slot, inputs, inputNames, provenance: [], fallback: null, topK: null, onInvalid: 'keep', output }, models))
  }

  /** Scores `given` with every shadow, and writes the rows of `out`, which have these numbers, at which it disagrees. */
  async compare(given: RecordBatch, out: RecordBatch, numbers: Int32Array, task: TaskState): Promise<void> {
    for (const [i, operator] of this.#operators.entries()) {
      const answers: ShadowAnswers = { batches: [], failures: new Map() }
      await this.#score(operator, given, task, answers)
      await this.#write(i, out, numbers, answers, task)
    }
  }

  /** Where a shadow fails, the batch is cut until the rows are found: which these are must not depend on how rows were cut before. */
  async #score(operator: Operator, rows: RecordBatch, task: TaskState, answers: ShadowAnswers): Promise<void> {
    if (rows.numRows === 0) return
    try {
      const scored = await operator.process(rows, task)
      if (scored !== null) answers.batches.push(scored)
      return
    } catch (error) {
      if (isMillraceError(error) && error.code === 'EXEC_QUERY_STOPPED') throw error
      if (rows.numRows === 1) {
        answers.failures.set(numbersOf(rows, this.#at)[0], messageOf(error))
        return
      }
    }
    const half = Math.ceil(rows.numRows / 2)
    await this.#score(operator, sliceRows(rows, 0, half), task, answers)
    await task.turn()
    await this.#score(operator, sliceRows(rows, half, rows.numRows), task, answers)
  }

  get #at(): number {
    return this.#spec.input.fields.length - 1
  }

  async #write(shadow: number, out: RecordBatch, numbers: Int32Array, { batches, failures }: ShadowAnswers, task: TaskState): Promise<void> {
    const { targets, tolerance, schema } = this.#shadow
    const first = this.#spec.input.fields.length
    const scored = batches.length === 0 ? null : concatBatches(batches[0].schema, batches)
    const places = new Map<number, number>()
    if (scored !== null) numbersOf(scored, this.#at).forEach((number, i) => places.set(number, i))
    const columns = this.#spec.outputs.map((_, k) => ({ own: out.columns[first - 1 + k], other: scored?.columns[first + k] ?? null }))
    const comparers = columns.map(({ own, other }) => (other === null ? null : comparerOf(own, other, tolerance)))
    // Both have the size of the disagreements at most.
    const ownRows: number[] = []
    const otherRows: number[] = []
    numbers.forEach((number, row) => {
      const place = places.get(number) ?? -1
      if (place >= 0 && comparers.every(agree => agree?.(row, place) === true)) return
      ownRows.push(row)
      otherRows.push(place)
    })
    if (ownRows.length === 0) return
    const own = Int32Array.from(ownRows)
    const other = Int32Array.from(otherRows)
    const { label, slot } = targets[shadow]
    await task.disagree(new RecordBatch(schema, own.length, [
      ...out.columns.map(c => take(c, own)),
      literalVector(label, stringType, own.length),
      literalVector(task.models[slot], stringType, own.length),
      errorsOf(ownRows.map(row => failures.get(numbers[row]) ?? null)),
      ...columns.map(c => (c.other === null ? nullVector(c.own.type, own.length) : take(c.other, other))),
    ]))
  }
}

function errorsOf(messages: readonly (string | null)[]): Vector {
  const builder = new VectorBuilder(stringType, messages.length)
  for (const message of messages) {
    if (message === null) builder.appendNull()
    else builder.appendString(message)
  }
  return builder.finish()
}
