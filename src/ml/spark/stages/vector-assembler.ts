import { type Bitmap, getBit } from '../../../columnar/bitmap.ts'
import type { Batch, Numbers } from '../batch.ts'
import { denseSize, Features, SparseBuilder } from '../features.ts'
import { type Attribute, featuresType, maxAttributes, type PlannedColumn, sizeOf } from '../planner.ts'
import { handleInvalidChoices, type StageContext } from '../stage.ts'

/**
 * VectorAssembler: numbers and vectors side by side. A missing value or a NaN among the numbers is refused, dropped, or
 * kept as NaN; NaN inside of vectors passes, as in Spark.
 */
export function vectorAssembler(stage: StageContext): void {
  const { params, planner } = stage
  const inputs = params.get('inputCols').texts().map(name => planner.use(name))
  const handleInvalid = params.choice('handleInvalid', handleInvalidChoices, 'error')
  const sizes = inputs.map(c => (c.type.kind === 'values' ? 1 : sizeOf(c)))
  // A column from outside is taken for a number: the size of a vector from outside is not known before it is there.
  const known = sizes.map((size, k) => size ?? (inputs[k].type.kind === 'any' ? 1 : undefined))
  const total = known.every(s => s !== undefined) ? known.reduce((a, b) => a + b, 0) : undefined
  const output = planner.add(params.get('outputCol').text(), featuresType(total), total === undefined || total > maxAttributes ? undefined : attributesOf(inputs, known))
  planner.step({
    inputs,
    outputs: [output],
    drops: handleInvalid === 'skip',
    run(batch) {
      const parts = inputs.map(input => partOf(batch, input))
      checkParts(batch, inputs, parts, handleInvalid, stage.name)
      batch.set(output, assemble(batch, parts, handleInvalid === 'keep'))
    },
  })
}

type Part = Features | Numbers

function partOf(batch: Batch, input: PlannedColumn): Part {
  const cells = batch.cells(input)
  const isVector = cells instanceof Features || ['vector', 'array', 'struct'].includes(cells.type.kind)
  return isVector ? batch.features(input) : batch.numbers(input)
}

function checkParts(batch: Batch, inputs: readonly PlannedColumn[], parts: readonly Part[], handleInvalid: string, stage: string): void {
  if (handleInvalid === 'keep') return
  parts.forEach((part, k) => {
    const validity: Bitmap | null = part.validity
    const values = part instanceof Features ? null : part.values
    for (let row = 0; row < batch.rows; row++) {
      const missing = validity !== null && !getBit(validity, row)
      if (!missing && (values === null || values[row] === values[row])) continue
      if (handleInvalid === 'skip') batch.drop(row)
      else batch.refuse(row, () => `${stage} found ${missing ? 'no value' : 'NaN'} in column "${inputs[k].name}".`)
    }
  })
}

function assemble(batch: Batch, parts: readonly Part[], keeps: boolean): Features {
  const sizes = parts.map(p => (p instanceof Features ? p.size : 1))
  const size = sizes.reduce((a, b) => a + b, 0)
  const isSparse = size > denseSize && parts.some(p => p instanceof Features && p.dense === null)
  return isSparse ? assembleSparse(batch.rows, size, parts, keeps) : Features.dense(batch.rows, size, assembleDense(batch.rows, size, parts, keeps))
}

function assembleDense(rows: number, size: number, parts: readonly Part[], keeps: boolean): Float64Array {
  const out = new Float64Array(rows * size)
  let offset = 0
  for (const part of parts) {
    const { validity } = part
    if (part instanceof Features) {
      copyVectors(part, out, offset, size)
      if (validity !== null && keeps) {
        for (let row = 0; row < rows; row++) if (!getBit(validity, row)) out.fill(NaN, row * size + offset, row * size + offset + part.size)
      }
      offset += part.size
      continue
    }
    const { values } = part
    for (let row = 0, at = offset; row < rows; row++, at += size) out[at] = values[row]
    if (validity !== null) for (let row = 0, at = offset; row < rows; row++, at += size) if (!getBit(validity, row)) out[at] = keeps ? NaN : 0
    offset++
  }
  return out
}

function copyVectors(part: Features, out: Float64Array, offset: number, stride: number): void {
  const { rows, size, dense, offsets, indices, values } = part
  if (dense === null) {
    for (let row = 0; row < rows; row++) for (let e = offsets[row]; e < offsets[row + 1]; e++) out[row * stride + offset + indices[e]] = values[e]
    return
  }
  for (let row = 0, from = 0; row < rows; row++) {
    let at = row * stride + offset
    for (let i = 0; i < size; i++) out[at++] = dense[from++]
  }
}

function assembleSparse(rows: number, size: number, parts: readonly Part[], keeps: boolean): Features {
  const builder = new SparseBuilder(rows, size)
  for (let row = 0; row < rows; row++) {
    let offset = 0
    for (const part of parts) {
      const missing = part.validity !== null && !getBit(part.validity, row)
      const width = part instanceof Features ? part.size : 1
      if (missing) for (let i = 0; keeps && i < width; i++) builder.add(offset + i, NaN)
      else if (part instanceof Features) {
        const base = offset
        part.forEach(row, (i, x) => {
          if (x !== 0) builder.add(base + i, x)
        })
      } else if (part.values[row] !== 0) builder.add(offset, part.values[row])
      offset += width
    }
    builder.endRow()
  }
  return builder.finish()
}

/** A number keeps its attribute under the column's name; values of a vector are called column_name, or column_position. */
function attributesOf(inputs: readonly PlannedColumn[], sizes: readonly (number | undefined)[]): Attribute[] {
  return inputs.flatMap((input, k) => {
    const attributes = input.attributes
    if (input.type.kind !== 'features') return [{ name: input.name, count: attributes?.[0]?.count ?? 0, values: attributes?.[0]?.values ?? null }]
    return Array.from({ length: sizes[k] ?? 0 }, (_, i) => {
      const a = attributes?.[i]
      return { name: `${input.name}_${a?.name ?? i}`, count: a?.count ?? 0, values: a?.values ?? null }
    })
  })
}
