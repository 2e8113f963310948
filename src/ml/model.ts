import type { DataType } from '../columnar/data-type.ts'
import type { Vector } from '../columnar/vector.ts'

/** SHA-256 of a model's bytes, 64 hexadecimal digits: its identity in the batch record, checkpoint and provenance. */
export type ModelDigest = string

/**
 * One input of a model. `category` takes strings (the category itself) or whole numbers (its code, 0-based; the category
 * itself where the model was trained on whole numbers as categories);
 * `number` takes any numeric or boolean column; `tensor` takes nested arrays of its shape, a vector or array of its size, or
 * one value when it has one; `column` takes any column, of whose type the model makes what its own library would.
 * Null is "missing".
 */
export interface ModelInput {
  readonly name: string
  readonly kind: 'number' | 'category' | 'vector' | 'tensor' | 'column'
  /** Categories in order of their codes, where the model knows them. */
  readonly categories?: readonly string[]
  /** Of a vector. */
  readonly size?: number
  /** Of a tensor: the shape of one row, without the batch dimension; null where any length goes. */
  readonly shape?: readonly (number | null)[]
  /** Of a tensor. */
  readonly element?: TensorElement
  /** The model scores without it: where no column is given, the input is a column of the bare NULL's type. */
  readonly optional?: boolean
}

export type TensorElement = 'float32' | 'float64' | 'int32' | 'int64' | 'boolean' | 'string'

/** What an output costs more for, and is computed for only when it is asked for. */
export type ExtraOutput = 'contributions' | 'leaves' | 'margin' | 'stages'

export interface ModelOutput {
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
  /**
   * What the model's own library calls it; `millrace score` writes it under that name. An output without one is ours
   * alone, such as the `probability` that every binary classifier has.
   */
  readonly library?: string
  /** Written by `millrace score` only when `--with` names it. */
  readonly extra?: ExtraOutput
  /** Of contributions that are one vector a row: what each of its numbers belongs to. The last one, the mean, has no name. */
  readonly contributors?: readonly string[]
}

/** What can be said of a model before it scores: found by reading its bytes, without running anything. */
export interface ModelSignature {
  readonly format: string
  readonly inputs: readonly ModelInput[]
  /** The file does not say what its inputs are called: their names are made up, and their order is all that counts. */
  readonly isUnnamed?: boolean
  /** `prediction` always; classifiers also have `probability` (of class 1) or `probabilities` (a vector), `margin` …. */
  readonly outputs: readonly ModelOutput[]
}

/** A row that the model's own library would not score: it stops there with an error. */
export interface RefusedRow {
  readonly row: number
  /** One sentence that names the input and the value. */
  readonly message: string
}

/** Answers of a model. What `vectors` hold at dropped and refused rows is without meaning. */
export interface Scored {
  /** One for each output that was asked for. */
  readonly vectors: readonly Vector[]
  /** Rows that the model itself leaves out (a stage that skips invalid rows, a filter), ascending. */
  readonly dropped?: Int32Array
  /** In order of rows. */
  readonly refused?: readonly RefusedRow[]
}

export interface ModelResources {
  readonly tensors: number
  readonly bytes: number
}

/**
 * A loaded model: a pure function of its bytes. The same rows give the same bits, however they are cut into batches.
 */
export interface Model {
  readonly digest: ModelDigest
  readonly signature: ModelSignature
  /**
   * Scores `rows` rows. `inputs[i]` belongs to signature.inputs[i] and is of a type that it takes; null means missing.
   * Answers one vector per name in `outputs`; rows that it cannot score it names, and goes on with the others.
   */
  score(inputs: readonly Vector[], rows: number, outputs: readonly string[]): Scored | Promise<Scored>
  /**
   * Ascending rows of the category input at `input` whose value is not null and none that the model knows. Absent: what the
   * signature lists is all that it knows.
   */
  unknownCategories?(input: number, vector: Vector): Int32Array
  /** What scoring holds on this thread outside of JavaScript's heap, over all models of the same library. */
  resources?(): ModelResources
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
