import { denseSize, Features, SparseBuilder } from '../features.ts'
import { sparkUnsupported } from '../failures.ts'
import type { Batch } from '../batch.ts'
import { featuresType, maxAttributes, type PlannedColumn, sizeOf } from '../planner.ts'
import type { StageContext } from '../stage.ts'

/** How one column enters: per value the number of its categories, 0 for a number. */
interface Encoding {
  readonly input: PlannedColumn
  readonly counts: readonly number[]
  readonly size: number
}

/** Interaction: all products of one value of each column; nominal ones stand as one 0 or 1 per category. */
export function interaction(stage: StageContext): void {
  const { params, planner } = stage
  const encodings = params.get('inputCols').texts().map(name => encodingOf(planner.use(name)))
  const size = encodings.reduce((n, e) => n * e.size, 1)
  if (size > 0x7fffffff) throw stage.extra.wrong(`makes vectors of ${size} values`)
  const output = planner.add(params.get('outputCol').text(), featuresType(size))
  planner.step({
    inputs: encodings.map(e => e.input),
    outputs: [output],
    run: batch => batch.set(output, interact(batch, encodings, size, stage.name)),
  })
}

function encodingOf(input: PlannedColumn): Encoding {
  if (input.type.kind !== 'features') {
    const count = input.attributes?.[0]?.count ?? 0
    return { input, counts: [count], size: Math.max(1, count) }
  }
  const size = sizeOf(input)
  if (size !== undefined && size > maxAttributes) throw sparkUnsupported(`Interaction on vectors of ${size} values`, `It is scored for vectors of up to ${maxAttributes}.`)
  const attributes = input.attributes ?? (size === undefined ? undefined : new Array<undefined>(size).fill(undefined))
  if (attributes === undefined) {
    throw sparkUnsupported(`Interaction on the vectors of column "${input.name}", whose size it does not know`, 'Put a VectorSizeHint before it.')
  }
  const counts = attributes.map(a => a?.count ?? 0)
  return { input, counts, size: counts.reduce((n, c) => n + Math.max(1, c), 0) }
}

function interact(batch: Batch, encodings: readonly Encoding[], size: number, stage: string): Features {
  const parts = encodings.map(({ input, counts }) => {
    if (input.type.kind === 'features') return batch.presentFeatures(input, stage, counts.length).toDense()
    const { values, validity } = batch.numbers(input)
    for (let row = 0; validity !== null && row < batch.rows; row++) {
      if ((validity[row >> 3] & (1 << (row & 7))) === 0) batch.refuse(row, () => `${stage} found no value in column "${input.name}".`)
    }
    return values
  })
  const builder = new SparseBuilder(batch.rows, size)
  for (let row = 0; row < batch.rows; row++) {
    // From the last column to the first, so that positions of the first vary slowest and ascend.
    let indices = [0]
    let values = [1]
    let width = 1
    for (let k = encodings.length - 1; k >= 0 && batch.isLive(row); k--) {
      const nextIndices: number[] = []
      const nextValues: number[] = []
      const { counts, input } = encodings[k]
      let at = 0
      counts.forEach((count, i) => {
        let x = parts[k][row * counts.length + i]
        let place = at
        if (count > 0) {
          if (!(x >= 0 && x < count && Number.isInteger(x))) batch.refuse(row, () => `${stage} found ${x} in column "${input.name}", which is no category of ${count}.`)
          place += x
          x = 1
        }
        at += Math.max(1, count)
        for (let j = 0; j < indices.length; j++) {
          nextIndices.push(indices[j] + place * width)
          nextValues.push(values[j] * x)
        }
      })
      width *= encodings[k].size
      indices = nextIndices
      values = nextValues
    }
    if (batch.isLive(row)) indices.forEach((index, j) => builder.add(index, values[j]))
    builder.endRow()
  }
  const result = builder.finish()
  return size <= denseSize ? Features.dense(batch.rows, size, result.toDense()) : result
}
