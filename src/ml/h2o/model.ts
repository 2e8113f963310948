import type { Vector } from '../../columnar/vector.ts'
import { scoringFailed, unknownOutput } from '../errors.ts'
import { gatherNumbers } from '../gather.ts'
import type { Model, ModelDigest, ModelSignature, RefusedRow, Scored } from '../model.ts'
import { readColumns } from './encodings.ts'
import { columnGatherer, type ColumnGatherer } from './gather-columns.ts'
import type { Mojo } from './mojo.ts'
import { type OutputColumn, outputsOf } from './outputs.ts'
import type { Block, Extra, Scorer, Scoring } from './scorer.ts'

/** Cells of the feature matrix of one block; models with very many features get blocks of fewer rows. */
const maxBlockCells = 4 * 1024 * 1024
const maxBlockRows = 256
/** Of one output of one call: a GiB. */
const maxResultCells = 128 * 1024 * 1024

/** A loaded MOJO. Scores are 64-bit floats, computed in the order in which H2O's own scorer does. */
export class H2OModel implements Model {
  readonly digest: ModelDigest
  readonly signature: ModelSignature
  readonly #outputs: readonly OutputColumn[]
  readonly #columns: readonly ColumnGatherer[]
  readonly #scorer: Scorer
  /** The input that is added to predictions, behind those of `columns`. */
  readonly #offsetInput: string | undefined
  readonly #features: number
  readonly #blockRows: number

  constructor(digest: ModelDigest, mojo: Mojo, scoring: Scoring) {
    this.digest = digest
    this.#columns = readColumns(mojo).map(columnGatherer)
    this.#outputs = outputsOf(mojo, scoring)
    this.#scorer = scoring.scorer
    this.#features = mojo.features
    this.#blockRows = Math.max(1, Math.min(maxBlockRows, Math.floor(maxBlockCells / Math.max(1, mojo.features))))
    const inputs = this.#columns.map(c => c.input)
    if (mojo.offsetColumn !== undefined && !inputs.some(i => i.name === mojo.offsetColumn)) {
      this.#offsetInput = mojo.offsetColumn
      inputs.push({ name: mojo.offsetColumn, kind: 'number' })
    }
    this.signature = { format: 'h2o', inputs, outputs: this.#outputs.map(o => o.output) }
  }

  /** @throws AnalysisError ML_SCHEMA_MISMATCH for an output or a column type that the signature does not have */
  score(inputs: readonly Vector[], rows: number, names: readonly string[]): Scored {
    const wanted = names.map(name => this.#outputNamed(name))
    const extras = new Map<Extra, Float64Array>()
    for (const { extra } of wanted) if (extra !== undefined) extras.set(extra, cells(rows, extra.width))
    const { width } = this.#scorer
    const predictions = cells(rows, width)
    const fills = this.#columns.map((column, k) => column.open(inputs[k]))
    const refused = new Map<number, string>()
    const matrix = new Float64Array(this.#blockRows * this.#features)
    for (let from = 0; from < rows; from += this.#blockRows) {
      const to = Math.min(rows, from + this.#blockRows)
      for (const fill of fills) fill(from, to, matrix, this.#features)
      const block: Block = {
        rows: to - from,
        matrix,
        offsets: this.#offsetInput === undefined ? undefined : readOffsets(this.#offsetInput, inputs[this.#columns.length], from, to),
        predictions: predictions.subarray(from * width, to * width),
        refuse: (row, message) => refused.set(from + row, message),
      }
      this.#scorer.score(block)
      for (const [extra, values] of extras) extra.compute(matrix, to - from, values.subarray(from * extra.width, to * extra.width))
    }
    const vectors = wanted.map(column => column.vector({ rows, width, predictions, extras }))
    return refused.size === 0 ? { vectors } : { vectors, refused: inOrder(refused) }
  }

  unknownCategories(input: number, vector: Vector): Int32Array {
    return this.#columns[input].unknown(vector)
  }

  close(): void {}

  #outputNamed(name: string): OutputColumn {
    const found = this.#outputs.find(o => o.output.name === name)
    if (found === undefined) throw unknownOutput(name, this.#outputs.map(o => o.output.name))
    return found
  }
}

function cells(rows: number, width: number): Float64Array {
  if (rows * width > maxResultCells) throw scoringFailed('H2O MOJO', `${rows} rows of ${width} numbers each are more than ${maxResultCells} numbers; give it fewer rows at a time`)
  return new Float64Array(rows * width)
}

/** A missing offset is none. */
function readOffsets(name: string, vector: Vector, from: number, to: number): Float64Array {
  const offsets = new Float64Array(to - from)
  gatherNumbers(name, vector, from, to, { matrix: offsets, offset: 0, stride: 1 })
  for (let i = 0; i < offsets.length; i++) if (offsets[i] !== offsets[i]) offsets[i] = 0
  return offsets
}

function inOrder(refused: ReadonlyMap<number, string>): RefusedRow[] {
  return [...refused].sort(([a], [b]) => a - b).map(([row, message]) => ({ row, message }))
}
