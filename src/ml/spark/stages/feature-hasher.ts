import { getBit } from '../../../columnar/bitmap.ts'
import { describeType } from '../../../columnar/data-type.ts'
import { javaDoubleText } from '../../../columnar/text/java-double.ts'
import { BytesReader, isNullAt, type Vector } from '../../../columnar/vector.ts'
import { wrongInputType } from '../../errors.ts'
import type { Batch } from '../batch.ts'
import { SparseBuilder } from '../features.ts'
import { hashWord, nonNegativeModulo } from '../murmur.ts'
import { featuresType, type PlannedColumn } from '../planner.ts'
import type { StageContext } from '../stage.ts'

/** FeatureHasher: numbers at the hash of their column's name, everything else as 1 at the hash of `name=value`. */
export function featureHasher(stage: StageContext): void {
  const { params, planner } = stage
  const size = params.count('numFeatures', 1 << 18)
  if (size < 1) throw stage.extra.wrong('hashes to no features')
  const isOld = stage.version.major < 3
  const categorical = new Set(params.find('categoricalCols')?.texts() ?? [])
  const inputs = params.get('inputCols').texts().map(name => planner.use(name))
  const output = planner.add(params.get('outputCol').text(), featuresType(size))
  const hash = (text: string): number => {
    const bytes = encoder.encode(text)
    return nonNegativeModulo(hashWord(bytes, 0, bytes.length, isOld), size)
  }
  planner.step({
    inputs,
    outputs: [output],
    run(batch) {
      const hashers = inputs.map(input => hasherOf(batch, input, categorical.has(input.name), hash))
      const builder = new SparseBuilder(batch.rows, size)
      const sums = new Map<number, number>()
      for (let row = 0; row < batch.rows; row++) {
        sums.clear()
        for (const hasher of hashers) hasher(row, sums)
        for (const [place, value] of [...sums].sort((a, b) => a[0] - b[0])) builder.add(place, value)
        builder.endRow()
      }
      batch.set(output, builder.finish())
    },
  })
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

type Hasher = (row: number, sums: Map<number, number>) => void

function hasherOf(batch: Batch, input: PlannedColumn, isCategorical: boolean, hash: (text: string) => number): Hasher {
  const v = batch.vector(input, 'number or string')
  const { kind } = v.type
  const add = (sums: Map<number, number>, place: number, value: number): void => {
    sums.set(place, (sums.get(place) ?? 0) + value)
  }
  if (kind === 'null') return () => {}
  if (['int32', 'int64', 'integer', 'float64'].includes(kind) && !isCategorical) {
    const place = hash(input.name)
    const { values, validity } = batch.numbers(input)
    return (row, sums) => {
      if (validity === null || getBit(validity, row)) add(sums, place, values[row])
    }
  }
  const textOf = textReader(batch, input, v)
  const places = new Map<string, number>()
  return (row, sums) => {
    if (isNullAt(v, row)) return
    const text = textOf(row)
    let place = places.get(text)
    if (place === undefined) {
      place = hash(`${input.name}=${text}`)
      places.set(text, place)
    }
    add(sums, place, 1)
  }
}

/** A value as Java's toString() writes it. */
function textReader(batch: Batch, input: PlannedColumn, v: Vector): (row: number) => string {
  if (v.type.kind === 'string') {
    const reader = new BytesReader(v)
    return row => decoder.decode(reader.bytes.subarray(reader.start(row), reader.end(row)))
  }
  if (!['boolean', 'int32', 'int64', 'integer', 'float64'].includes(v.type.kind)) throw wrongInputType(input.name, 'number or string', describeType(v.type))
  const { values } = batch.numbers(input)
  if (v.type.kind === 'boolean') return row => String(values[row] === 1)
  return v.type.kind === 'float64' ? row => javaDoubleText(values[row]) : row => String(values[row])
}
