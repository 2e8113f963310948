import { arrayType, int32Type, vectorType } from '../../../columnar/data-type.ts'
import { Vector } from '../../../columnar/vector.ts'
import type { Features } from '../features.ts'
import { matrixAt, matrixStruct } from '../linalg.ts'
import type { StageContext } from '../stage.ts'
import { ints, listAt, readTable } from '../tables.ts'
import { dot } from '../predictors/dot.ts'

/** BucketedRandomProjectionLSHModel: per table, on which stretch of a random line a vector falls. */
export async function bucketedRandomProjectionModel(stage: StageContext): Promise<void> {
  const table = (await readTable(stage.directory.child('data'), [['randUnitVectors', matrixStruct]])).single
  const { rows: tables, cols: size, values } = matrixAt(table.required('randUnitVectors'), 0, 'the random vectors')
  const length = stage.params.number('bucketLength', NaN)
  if (!(length > 0)) throw stage.extra.wrong('has no bucketLength')
  const none = new Float64Array(tables)
  planHashes(stage, size, tables, features => dot(features, values, none).map(x => Math.floor(x / length)))
}

const prime = 2038074743n

/** MinHashLSHModel: per table, the smallest hash of the positions that are not zero. A vector of zeros is refused. */
export async function minHashModel(stage: StageContext): Promise<void> {
  const table = (await readTable(stage.directory.child('data'), [['randCoefficients', arrayType(int32Type)]])).single
  const { child, from, to } = listAt(table.required('randCoefficients'), 0)
  const coefficients = Array.from(ints(child).subarray(from, to), BigInt)
  const tables = coefficients.length >> 1
  planHashes(stage, undefined, tables, (features, refuse) => {
    const out = new Float64Array(features.rows * tables).fill(Infinity)
    for (let row = 0; row < features.rows; row++) {
      let isEmpty = true
      features.forEach(row, (i, x) => {
        if (x === 0) return
        isEmpty = false
        for (let t = 0; t < tables; t++) {
          const hash = Number((BigInt(1 + i) * coefficients[2 * t] + coefficients[2 * t + 1]) % prime)
          out[row * tables + t] = Math.min(out[row * tables + t], hash)
        }
      })
      if (isEmpty) refuse(row)
    }
    return out
  })
}

type Hash = (features: Features, refuse: (row: number) => void) => Float64Array

/** The hashes of a row are vectors of one value each, as in Spark. */
function planHashes(stage: StageContext, size: number | undefined, tables: number, hash: Hash): void {
  const { params, planner, name } = stage
  const type = arrayType(vectorType(1))
  const input = planner.use(params.get('inputCol').text())
  const output = planner.add(params.get('outputCol').text(), { kind: 'values', type })
  planner.step({
    inputs: [input],
    outputs: [output],
    run(batch) {
      const hashes = hash(batch.presentFeatures(input, name, size), row => batch.refuse(row, () => `${name} needs a value that is not zero in column "${input.name}".`))
      const offsets = Int32Array.from({ length: batch.rows + 1 }, (_, row) => row * tables)
      batch.set(output, new Vector(type, batch.rows, null, null, offsets, [new Vector(vectorType(1), batch.rows * tables, null, hashes)]))
    },
  })
}
