import { concat } from '../../columnar/concat.ts'
import { nullVector, type Vector } from '../../columnar/vector.ts'
import { slice } from '../../columnar/take.ts'
import { unknownOutput } from '../errors.ts'
import type { Model, ModelDigest, ModelSignature, RefusedRow, Scored } from '../model.ts'
import { Batch } from './batch.ts'
import { type Output, outputsOf, outputVector } from './outputs.ts'
import { type Planner, sizeOf, type Step } from './planner.ts'

/** Most rows that go through the pipeline together, so that what stages hand on stays in the cache. */
const maxBlockRows = 1024
/** Most values of one vector column of a block: some stages need the zeros of wide vectors, too. */
const maxBlockValues = 16 * 1024 * 1024

/** A loaded pipeline. Steps that nothing of what is asked for needs are not run. */
export class SparkModel implements Model {
  readonly digest: ModelDigest
  readonly signature: ModelSignature
  readonly #planner: Planner
  readonly #outputs: ReadonlyMap<string, Output>
  readonly #blockRows: number

  constructor(digest: ModelDigest, planner: Planner) {
    const outputs = outputsOf(planner)
    this.digest = digest
    this.#planner = planner
    const widest = planner.steps.flatMap(s => [...s.inputs, ...s.outputs]).reduce((most, c) => Math.max(most, sizeOf(c) ?? 1), 1)
    this.#blockRows = Math.max(1, Math.min(maxBlockRows, Math.floor(maxBlockValues / widest)))
    this.#outputs = new Map(outputs.map(o => [o.output.name, o]))
    this.signature = {
      format: 'spark',
      inputs: planner.inputs.map(input => {
        const isNeeded = planner.steps.some(step => step.isLenient !== true && step.inputs.includes(input))
        return { name: input.name, kind: 'column', ...(isNeeded ? {} : { optional: true }) }
      }),
      outputs: outputs.map(o => o.output),
    }
  }

  /** @throws AnalysisError ML_SCHEMA_MISMATCH for an output that there is not, or a column of a type that a stage does not take */
  score(inputs: readonly Vector[], rows: number, outputs: readonly string[]): Scored {
    const wanted = outputs.map(name => {
      const found = this.#outputs.get(name)
      if (found === undefined) throw unknownOutput(name, [...this.#outputs.keys()])
      return found
    })
    const steps = this.#stepsFor(wanted)
    const parts: Vector[][] = wanted.map(() => [])
    const dropped: number[] = []
    const refused: RefusedRow[] = []
    for (let from = 0; from < rows; from += this.#blockRows) {
      const to = Math.min(rows, from + this.#blockRows)
      const batch = new Batch(to - from, this.#planner.slots)
      this.#planner.inputs.forEach((column, k) => batch.set(column, slice(inputs[k], from, to)))
      for (const step of steps) step.run(batch)
      wanted.forEach((output, k) => parts[k].push(outputVector(output, batch)))
      const outcome = batch.outcome()
      for (const row of outcome.dropped) dropped.push(from + row)
      for (const { row, message } of outcome.refused) refused.push({ row: from + row, message })
    }
    return {
      vectors: wanted.map(({ output: { type } }, k) => (parts[k].length === 0 ? nullVector(type, 0) : concat(type, parts[k]))),
      ...(dropped.length === 0 ? {} : { dropped: Int32Array.from(dropped) }),
      ...(refused.length === 0 ? {} : { refused }),
    }
  }

  /** The steps that make what is asked for, and those that drop rows with all that they read. */
  #stepsFor(wanted: readonly Output[]): Step[] {
    const needed = new Set(wanted.map(o => o.column.slot))
    const steps: Step[] = []
    for (const step of this.#planner.steps.toReversed()) {
      if (step.drops !== true && !step.outputs.some(o => needed.has(o.slot))) continue
      for (const input of step.inputs) needed.add(input.slot)
      steps.push(step)
    }
    return steps.reverse()
  }

  close(): void {}
}
