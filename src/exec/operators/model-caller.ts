import { assert } from '../../common/assert.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import type { Vector } from '../../columnar/vector.ts'
import type { Expr } from '../../expr/expr.ts'
import { compile, type Evaluator, rowsOfBatch } from '../../expr/evaluate.ts'
import { resolve } from '../../expr/resolve.ts'
import type { Model } from '../../ml/model.ts'
import type { TaskState } from '../operator.ts'
import { PieceSize } from './piece-size.ts'
import { type ScoredPieces, scoreInPieces } from './score-pieces.ts'

/** The model of one batch. */
export interface FoundModel {
  readonly model: Model
  readonly version: string | null
}

export interface CallerSpec {
  readonly slot: number
  readonly input: Schema
  readonly inputs: readonly Expr[]
  readonly inputNames: readonly string[]
  readonly limits: { readonly maxRows: number; readonly budgetMs: number }
}

/** A place in the plan that a model stands in: finds the one of the batch record, gives it its inputs, and scores in pieces. */
export class ModelCaller {
  readonly #spec: CallerSpec
  readonly #models: ReadonlyMap<string, Model>
  readonly #inputs: readonly Evaluator[]
  readonly #positions: ReadonlyMap<string, number>
  /** By digest: another version may be faster or slower. */
  readonly #sizes = new Map<string, PieceSize>()

  constructor(spec: CallerSpec, models: ReadonlyMap<string, Model>) {
    this.#spec = spec
    this.#models = models
    this.#inputs = spec.inputs.map(expr => compile(resolve(expr, spec.input, 'score()')))
    this.#positions = new Map(spec.inputNames.map((name, i) => [name, i]))
  }

  find({ models, modelVersions }: TaskState): FoundModel {
    const digest = models[this.#spec.slot]
    const model = this.#models.get(digest)
    assert(model !== undefined, 'The model of the batch record was sent to the executor.', { digest })
    return { model, version: modelVersions[this.#spec.slot] ?? null }
  }

  /** A column for each input of the model: another version may have them in another order, or not need all. */
  inputs(model: Model, batch: RecordBatch, task: TaskState): Vector[] {
    const rows = rowsOfBatch(batch)
    return model.signature.inputs.map(({ name }) => {
      const position = this.#positions.get(name)
      assert(position !== undefined, 'A model is given what the plan has for it.', { input: name, digest: model.digest })
      return this.#inputs[position](rows, task.context)
    })
  }

  async score({ model }: FoundModel, given: readonly Vector[], rows: number, outputs: readonly string[], task: TaskState, catches: boolean): Promise<ScoredPieces> {
    const count = task.tally.of(model.digest)
    const scored = await scoreInPieces(given, rows, { model, outputs, size: this.#sizeOf(model.digest), task, count, catches })
    count.resources = model.resources?.() ?? null
    return scored
  }

  #sizeOf(digest: string): PieceSize {
    let size = this.#sizes.get(digest)
    if (size === undefined) {
      // Versions come and go; those that are gone need not be remembered.
      for (const known of this.#sizes.keys()) if (!this.#models.has(known)) this.#sizes.delete(known)
      this.#sizes.set(digest, (size = new PieceSize(this.#spec.limits)))
    }
    return size
  }
}
