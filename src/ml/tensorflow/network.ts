import type { ModelResources, TensorElement } from '../model.ts'
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

/** A name of an output: `library` ones are those of the model's own library, `isSingle` ones give one value as a number. */
export interface OutputName {
  readonly name: string
  readonly library?: string
  readonly isSingle?: boolean
}

/** An output and the names that it has. */
export interface NetworkOutput {
  readonly names: readonly OutputName[]
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
  /** What the library holds on this thread, over all of its networks. */
  memory(): ModelResources
  /** Frees its memory, also native one. */
  dispose(): void
}

/**
 * Names of outputs: each its own, and the only one `output` besides, as parity files call it. The first is also
 * `prediction`, a number where it is one value, `probability` after a sigmoid over one, `probabilities` after a softmax.
 */
export function outputNames(names: readonly string[], first: { readonly size: number | undefined; readonly ending: string }): OutputName[][] {
  const taken = new Set(names)
  const all = names.map((name): OutputName[] => [{ name, library: name }])
  if (all.length === 0) return all
  const isSingle = first.size === 1
  const ours = ['prediction', ...(first.ending === 'sigmoid' && isSingle ? ['probability'] : []), ...(first.ending === 'softmax' && !isSingle ? ['probabilities'] : [])]
  all[0].unshift(...ours.filter(name => !taken.has(name)).map(name => ({ name, isSingle })))
  if (names.length === 1 && !taken.has('output')) all[0].push({ name: 'output', library: 'output' })
  return all
}
