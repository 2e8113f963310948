import type { Vector } from '../../columnar/vector.ts'
import type { ModelOutput } from '../model.ts'

/** Rows that are scored together. */
export interface Block {
  readonly rows: number
  /** Row-major, a column per feature: numbers and codes of categories; NaN is missing. */
  readonly matrix: Float64Array
  /** What is added to a row's prediction before the inverse link; undefined when the model has no such column. */
  readonly offsets: Float64Array | undefined
  /** Row-major, `width` of the scorer a row; to be written. */
  readonly predictions: Float64Array
  /** Names a row that H2O's scorer stops at. */
  refuse(row: number, message: string): void
}

/**
 * Scores as H2O's own scorer for the file does: for each row first the prediction, or the number of the class, then the
 * probabilities of the classes. A scorer keeps working memory, and is used by one thread.
 */
export interface Scorer {
  /** Numbers that it writes for a row. */
  readonly width: number
  score(block: Block): void
}

/** Something that costs more than a score, and is computed for only when it is asked for. */
export interface Extra {
  readonly output: ModelOutput
  /** Numbers a row between compute() and vector(). */
  readonly width: number
  compute(matrix: Float64Array, rows: number, out: Float64Array): void
  vector(values: Float64Array, rows: number): Vector
}

/** What an algorithm makes of its file. */
export interface Scoring {
  readonly scorer: Scorer
  readonly extras: readonly Extra[]
  /** Calibrates the two class probabilities, where the model was trained with it: (p0, p1) to p1. */
  readonly calibrate?: (p0: number, p1: number) => number
}
