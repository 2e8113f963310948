import type { TensorElement } from '../model.ts'
import type { RowShape } from '../tensor/column.ts'
import type { TensorValues } from '../tensor/collect.ts'
import type { TensorData } from '../tensor/element.ts'
import type { FeedSpec } from '../tensor/feed.ts'

/** Values of a tensor, the first dimension counting rows. */
export interface Filled {
  readonly data: TensorData
  readonly dims: readonly number[]
}

export interface Answer {
  readonly values: TensorValues
  readonly dims: readonly number[]
}

/** An output and the names that it has: `library` ones are those of the model's own library. */
export interface NetworkOutput {
  readonly names: readonly { readonly name: string; readonly library?: string }[]
  readonly element: TensorElement
  readonly shape: RowShape
}

/** Something that computes tensors from tensors, row by row. */
export interface Network {
  /** How messages call the format: Keras, TensorFlow.js. */
  readonly title: string
  readonly format: string
  readonly feeds: readonly FeedSpec[]
  readonly outputs: readonly NetworkOutput[]
  /** Most rows of a run. */
  readonly chunkRows: number
  /** Runs have a multiple of so many rows, because kernels may sum in another order for another number of rows. */
  readonly stepRows: number
  /** Answers in the order of `outputs`. */
  run(feeds: readonly Filled[]): Promise<readonly Answer[]>
  /** Frees its memory, also native one. */
  dispose(): void
}

/**
 * Names of outputs: each its own, the first `prediction` besides, and the only one `output`, as parity files call it. The
 * first is also `probability` after a sigmoid over one value, and `probabilities` after a softmax.
 */
export function outputNames(names: readonly string[], first: { readonly size: number | undefined; readonly ending: string }): { name: string; library?: string }[][] {
  const taken = new Set(names)
  return names.map((name, k) => {
    const all: { name: string; library?: string }[] = []
    if (k === 0) {
      if (!taken.has('prediction')) all.push(names.length === 1 && name !== 'output' ? { name: 'prediction', library: 'output' } : { name: 'prediction' })
      const also = first.ending === 'sigmoid' && first.size === 1 ? 'probability' : first.ending === 'softmax' && first.size !== 1 ? 'probabilities' : undefined
      if (also !== undefined && !taken.has(also)) all.push({ name: also })
    }
    all.push({ name, library: name })
    return all
  })
}
