import { option, optional, optionTable } from '../common/options.ts'
import type { OnInvalid } from '../plan/logical-plan.ts'
import type { LoadedModel, ModelReference } from './loaded-model.ts'
import type { ModelRegistry } from './model-registry.ts'
import type { Names, Simplify } from './row-types.ts'

export type { OnInvalid } from '../plan/logical-plan.ts'

/** Columns about the model that scored a row, by what they say; see {@link ScoreOptions.provenance}. */
export interface ProvenanceColumns {
  /** Its name in the registry; null for a model from a file. */
  readonly name?: string
  /** Its version there, as the batch record has it: the same in a replay. */
  readonly version?: string
  /** SHA-256 of its bytes. */
  readonly digest?: string
  /** `model`, or `fallback` where the model failed and onError answered. */
  readonly route?: string
}

/** What answers for a model at rows that it fails at: another model with the same outputs, or a value for each new column. */
export type Fallback<M, O> = LoadedModel<{ [K in keyof O as O[K] & keyof M & string]: M[O[K] & keyof M] }> | { readonly [K in keyof O]: (O[K] extends keyof M ? M[O[K]] : never) | null }

/** A model that was loaded, or its name in a registry. Not any text: the path of a file is a mistake that the compiler finds. */
export type ScoringModel<M> = LoadedModel<M> | ModelReference<M> | `${string}@${string}`

export interface ScoreOptions<R, M, O extends { readonly [column: string]: keyof M & string }, D extends string = never, P extends ProvenanceColumns = {}, E extends string = never, F = never> {
  /** New column → output of the model, such as `{ p_late: 'probability' }`. */
  readonly output: O
  /** Input of the model → column, where the names differ. */
  readonly input?: { readonly [input: string]: Names<R> }
  /** A further column with the digest of the model that scored the row. */
  readonly digest?: D
  /** Further columns about the model that scored the row, such as `{ version: 'model_version', route: 'scored_by' }`. */
  readonly provenance?: P
  /**
   * What becomes of a row with an input that is missing, a category that the model does not know, or that the model refuses:
   * `keep` scores it as the model's own library does, and fails where that would; `error` fails the batch; `skip` leaves the row
   * out; `deadLetter` hands it, as JSON, to the query's dead letters.
   * @default 'keep'
   */
  readonly onInvalid?: OnInvalid
  /**
   * What answers for rows that the model fails at. A failing call is repeated with fewer rows until the rows are found that it
   * fails at: only these get the fallback's outputs. Without it a failure fails the batch.
   */
  readonly onError?: { readonly fallback: F & Fallback<M, O> }
  /** A further column with the `topK` inputs that moved the row's score most, and by how much, the largest first. */
  readonly explain?: { readonly topK: number; readonly column: E }
  /**
   * How much the model is given at a time: at most `maxRows` rows, and no more than it scores in about `budgetMs`; others have
   * their turn in between. Scores do not depend on it.
   * @default { maxRows: 65536, budgetMs: 4 }
   */
  readonly batch?: { readonly maxRows?: number; readonly budgetMs?: number }
  /** Where a model that is called by name, such as 'late-arrival@champion', is found. */
  readonly registry?: ModelRegistry
  /**
   * Shares the rows out among aliases of the model, for a canary or an A/B test: `{ by: 'account', weights: { champion: 0.95,
   * challenger: 0.05 } }`. Equal values of the column go the same way, on every executor, in every batch and in a replay.
   * Weights that the registry has (`registry.setWeights()`) go before these, and count from the next batch on.
   */
  readonly route?: RouteOptions<Names<R>>
  /**
   * Models that score beside, such as `['late-arrival@candidate']`. Their answers never come out: rows at which one is another
   * than that which came out go to the sink that writeStream() has for `disagreements`.
   */
  readonly shadow?: readonly `${string}@${string}`[]
  /** Numbers of a shadow that differ by no more agree. @default 0 */
  readonly shadowTolerance?: number
}

export interface RouteOptions<C extends string> {
  /** The column that decides. */
  readonly by: C
  /** Shares by alias or version, of their sum; the model that score() is given is one of them. */
  readonly weights: { readonly [label: string]: number }
  /** Another one shuffles the rows anew. @default the name of the model */
  readonly salt?: string
}

export type PlainRoute = RouteOptions<string>

type Instead<F, K> = [F] extends [never] ? never : F extends { readonly kind: 'model' } ? never : K extends keyof F ? Extract<F[K], null> : never

/** Facts that a row may be without: a model from a file has no name, a constant no digest. */
type FactType<A, F> = A extends 'name' | 'version' ? string | null : A extends 'digest' ? ([F] extends [never] ? string : F extends { readonly kind: 'model' } ? string : string | null) : string

type ProvenanceRow<P, F> = { -readonly [A in keyof P as P[A] extends string ? P[A] : never]: FactType<A, F> }

export interface Contribution {
  name: string
  /** How much the input moved the score away from the mean, on the scale of the model's margin. */
  contribution: number
}

/** The row with the outputs of a model. */
export type ScoredRow<R, M, O, D extends string, P = {}, E extends string = never, F = never> = Simplify<
  R & { -readonly [K in keyof O]: (O[K] extends keyof M ? M[O[K]] : never) | Instead<F, K> }
  & { [K in D]: FactType<'digest', F> } & ProvenanceRow<P, F>
  & { [K in E]: Contribution[] | ([F] extends [never] ? never : null) }
>

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** What the options of score() take. */
export const scoreOptions = optionTable({
  output: option.value<unknown>(undefined, 'New columns.', 'an object', () => true),
  input: option.value<unknown>(undefined, 'Columns of inputs.', 'an object from inputs of the model to columns', isObject),
  digest: optional(option.text('', 'A column for the digest.')),
  provenance: option.value<ProvenanceColumns | undefined>(undefined, 'Columns about the model.', 'an object with names of columns', isObject),
  onInvalid: option.oneOf(['keep', 'error', 'skip', 'deadLetter'], 'keep', 'What becomes of rows that the model was not trained for.'),
  onError: option.value<{ readonly fallback: unknown } | undefined>(undefined, 'What answers where the model fails.', 'an object with a fallback: a model, or a value for each new column', value => isObject(value) && 'fallback' in value && isObject(value.fallback) && Object.keys(value).length === 1),
  explain: option.value<unknown>(undefined, 'A column with contributions.', 'an object with topK and column', isObject),
  registry: optional(option.value<unknown>(undefined, 'Where models are found by name.', 'a registry: await ModelRegistry.open("folder")', value => typeof (value as Partial<ModelRegistry> | null)?.reference === 'function')),
  route: optional(option.value<unknown>(undefined, 'How rows are shared out.', 'an object with by and weights', isObject)),
  shadow: optional(option.value<unknown>(undefined, 'Models that are only compared.', 'an array of names of models, such as ["late-arrival@candidate"]', value => Array.isArray(value) && value.length > 0 && value.every(v => typeof v === 'string'))),
  shadowTolerance: option.value(0, 'By how much a shadow may differ.', 'a number from 0', value => typeof value === 'number' && value >= 0),
  batch: option.value<unknown>(undefined, 'How much the model is given at a time.', 'an object with maxRows and budgetMs', isObject),
})

export const provenanceOptions = optionTable({
  name: optional(option.text('', 'A column for the name.')),
  version: optional(option.text('', 'A column for the version.')),
  digest: optional(option.text('', 'A column for the digest.')),
  route: optional(option.text('', 'A column for the route.')),
})

export const explainOptions = optionTable({
  topK: option.integer(3, 'How many inputs.', { min: 1, max: 1000 }),
  column: option.value<string | undefined>(undefined, 'The new column.', 'the name of a column', value => typeof value === 'string' && value !== ''),
})

export const batchOptions = optionTable({
  maxRows: option.integer(65_536, 'Rows of one call at most.', { min: 1, max: 65_536 }),
  budgetMs: option.value(4, 'How long one call should take.', 'milliseconds above 0', value => typeof value === 'number' && value > 0),
})
