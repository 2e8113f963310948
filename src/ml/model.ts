import type { DataType } from '../columnar/data-type.ts'
import type { Vector } from '../columnar/vector.ts'

/** SHA-256 of a model's bytes, 64 hexadecimal digits: its identity in the batch record, checkpoint and provenance. */
export type ModelDigest = string

/**
 * One input of a model. `category` takes strings (the category itself) or whole numbers (its code, 0-based; the category
 * itself where the model was trained on whole numbers as categories);
 * `number` takes any numeric or boolean column. Null is "missing" unless `required`.
 */
export interface ModelInput {
  readonly name: string
  readonly kind: 'number' | 'category' | 'vector'
  /** Categories in order of their codes, where the model knows them. */
  readonly categories?: readonly string[]
  /** Of a vector. */
  readonly size?: number
}

export interface ModelOutput {
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
}

/** What can be said of a model before it scores: found by reading its bytes, without running anything. */
export interface ModelSignature {
  readonly format: string
  readonly inputs: readonly ModelInput[]
  /** `prediction` always; classifiers also have `probability` (of class 1) or `probabilities` (a vector), `margin` …. */
  readonly outputs: readonly ModelOutput[]
}

/**
 * A loaded model: a pure function of its bytes. The same rows give the same bits, however they are cut into batches.
 */
export interface Model {
  readonly digest: ModelDigest
  readonly signature: ModelSignature
  /**
   * Scores `rows` rows. `inputs[i]` belongs to signature.inputs[i] and is of a type that it takes; null means missing.
   * Answers one vector per name in `outputs`.
   */
  score(inputs: readonly Vector[], rows: number, outputs: readonly string[]): Vector[] | Promise<Vector[]>
  /** Frees native memory. Idempotent. */
  close(): void
}

/**
 * The bytes of a model: a file, or the files of a directory with `/`-separated names in order of name.
 */
export interface ModelArtefact {
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[]
}

export interface ModelReader {
  readonly format: string
  /** Recognises the format from the bytes alone. */
  recognises(artefact: ModelArtefact): boolean
  /** @throws AnalysisError ML_UNREADABLE, ML_UNSUPPORTED (by name), ML_PACKAGE_MISSING */
  load(artefact: ModelArtefact, digest: ModelDigest): Promise<Model>
}
