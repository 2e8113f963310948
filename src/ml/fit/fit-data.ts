import type { RecordBatch } from '../../columnar/record-batch.ts'
import { slice } from '../../columnar/take.ts'
import { Batch } from '../spark/batch.ts'
import { Features, SparseBuilder } from '../spark/features.ts'
import { type PlannedColumn, Planner } from '../spark/planner.ts'
import { getBit } from '../../columnar/bitmap.ts'
import { columnMissing, fitFailed, rowRefused } from './errors.ts'
import type { TrainingSet } from './training-set.ts'

const blockRows = 8192

/**
 * The rows that a pipeline learns from while its stages are fitted one after the other: the frame's columns and those of the
 * stages so far, in blocks. The steps are the ones that score, so that a stage learns from what it will see.
 */
export class FitData {
  readonly planner = new Planner()
  readonly blocks: readonly Batch[]
  readonly #frame: RecordBatch
  #steps = 0
  #inputs = 0

  constructor(frame: RecordBatch) {
    this.#frame = frame
    const count = Math.ceil(frame.numRows / blockRows)
    this.blocks = Array.from({ length: count }, (_, k) => new Batch(Math.min(blockRows, frame.numRows - k * blockRows), 0))
  }

  /** @throws AnalysisError ML_SCHEMA_MISMATCH */
  column(name: string, stage: string): PlannedColumn {
    const column = this.planner.use(name)
    this.fillInputs(stage)
    return column
  }

  /** Puts columns of the frame into the blocks that stages have asked for. */
  fillInputs(stage: string): void {
    for (const { inputs } = this.planner; this.#inputs < inputs.length; this.#inputs++) {
      const input = inputs[this.#inputs]
      const names = this.#frame.schema.fields.map(f => f.name)
      if (!names.includes(input.name)) throw columnMissing(stage, input.name, [...new Set([...names, ...this.planner.added().map(c => c.name)])])
      const vector = this.#frame.column(input.name)
      this.blocks.forEach((block, k) => block.set(input, slice(vector, k * blockRows, k * blockRows + block.rows)))
    }
  }

  /** Runs what the last stage has planned. @throws AnalysisError ML_FIT_FAILED at the first row that it refuses */
  run(stage: string): void {
    const steps = this.planner.steps.slice(this.#steps)
    this.#steps = this.planner.steps.length
    this.blocks.forEach((block, k) => {
      for (const step of steps) step.run(block)
      const [refused] = block.outcome().refused
      if (refused !== undefined) throw rowRefused(stage, k * blockRows + refused.row, refused.message)
    })
  }

  /** The numbers of a column: rows that were dropped and missing values left out. */
  numbers(name: string, stage: string): Float64Array {
    const column = this.column(name, stage)
    const out = new Float64Array(this.#frame.numRows)
    let n = 0
    this.blocks.forEach((block, k) => {
      const { values, validity } = block.numbers(column)
      this.#check(block, k, stage)
      for (let row = 0; row < block.rows; row++) if (block.isLive(row) && (validity === null || getBit(validity, row))) out[n++] = values[row]
    })
    return out.subarray(0, n)
  }

  /** Vectors, and labels if a column is named, of the rows that were not dropped. @throws AnalysisError ML_FIT_FAILED where there are none */
  training(featuresName: string, labelName: string | undefined, stage: string): TrainingSet {
    const column = this.column(featuresName, stage)
    const label = labelName === undefined ? undefined : this.column(labelName, stage)
    const blocks = this.blocks.map((block, k) => {
      const features = block.presentFeatures(column, stage)
      const labels = label === undefined ? undefined : presentNumbers(block, label, stage)
      this.#check(block, k, stage)
      const rows = Int32Array.from({ length: block.rows }, (_, row) => row).filter(row => block.isLive(row))
      return { features: rowsOf(features, rows), labels: labels === undefined ? new Float64Array(rows.length) : Float64Array.from(rows, row => labels[row]) }
    })
    const used = blocks.filter(b => b.labels.length > 0)
    if (used.length === 0) throw fitFailed(stage, 'there are no rows', 'Give the frame rows, or look at what leaves them out.')
    const { size } = used[0].features
    if (used.some(b => b.features.size !== size)) throw fitFailed(stage, `column "${featuresName}" has vectors of different sizes`, 'Make them the same.')
    return { size, rows: used.reduce((n, b) => n + b.labels.length, 0), blocks: used }
  }

  #check(block: Batch, k: number, stage: string): void {
    const [refused] = block.outcome().refused
    if (refused !== undefined) throw rowRefused(stage, k * blockRows + refused.row, refused.message)
  }
}

function presentNumbers(block: Batch, column: PlannedColumn, stage: string): Float64Array {
  const { values, validity } = block.numbers(column)
  for (let row = 0; row < block.rows; row++) {
    const missing = validity !== null && !getBit(validity, row)
    if (missing || values[row] !== values[row]) block.refuse(row, () => `${stage} found ${missing ? 'no label' : 'NaN'} in column "${column.name}".`)
  }
  return values
}

function rowsOf(features: Features, rows: Int32Array): Features {
  if (rows.length === features.rows) return features
  const { size, dense, offsets, indices, values } = features
  if (dense !== null) {
    const out = new Float64Array(rows.length * size)
    rows.forEach((row, k) => out.set(dense.subarray(row * size, (row + 1) * size), k * size))
    return Features.dense(rows.length, size, out)
  }
  const builder = new SparseBuilder(rows.length, size)
  for (const row of rows) {
    for (let e = offsets[row]; e < offsets[row + 1]; e++) builder.add(indices[e], values[e])
    builder.endRow()
  }
  return builder.finish()
}
