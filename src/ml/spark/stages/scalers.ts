import { Features } from '../features.ts'
import { vectorAt, vectorStruct } from '../linalg.ts'
import { type Attribute, featuresType, type PlannedColumn } from '../planner.ts'
import type { StageContext } from '../stage.ts'
import { readTable } from '../tables.ts'

/** (x − shift) · scale + move for each position; without a shift, zeros stay zeros and sparse vectors sparse. */
interface Affine {
  readonly shift: Float64Array | null
  readonly scale: Float64Array | null
}

async function readVectors({ directory }: StageContext, names: readonly string[]): Promise<Float64Array[]> {
  const table = (await readTable(directory.child('data'), names.map(n => [n, vectorStruct] as const))).single
  const vectors = names.map(n => vectorAt(table.required(n), 0, `"${table.path}" ${n}`))
  if (vectors.some(v => v.length !== vectors[0].length)) throw table.wrong('has vectors of different sizes')
  return vectors
}

const inverse = (x: number): number => (x === 0 ? 0 : 1 / x)

/** StandardScalerModel. A feature that did not vary becomes 0 when scaled. */
export async function standardScalerModel(stage: StageContext): Promise<void> {
  const [mean, std] = await readVectors(stage, ['mean', 'std'])
  const shift = stage.params.boolean('withMean', false) ? mean : null
  affine(stage, std.length, { shift, scale: stage.params.boolean('withStd', true) ? std.map(inverse) : null })
}

/** RobustScalerModel: by median and the range between two quantiles. */
export async function robustScalerModel(stage: StageContext): Promise<void> {
  const [range, median] = await readVectors(stage, ['range', 'median'])
  const shift = stage.params.boolean('withCentering', false) ? median : null
  affine(stage, range.length, { shift, scale: stage.params.boolean('withScaling', true) ? range.map(inverse) : null })
}

/** MaxAbsScalerModel. */
export async function maxAbsScalerModel(stage: StageContext): Promise<void> {
  const [maxAbs] = await readVectors(stage, ['maxAbs'])
  affine(stage, maxAbs.length, { shift: null, scale: maxAbs.map(x => (x === 0 ? 1 : 1 / x)) })
}

/** MinMaxScalerModel: from the range of training to [min, max]; a feature that did not vary lands in the middle. NaN stays. */
export async function minMaxScalerModel(stage: StageContext): Promise<void> {
  const [low, high] = await readVectors(stage, ['originalMin', 'originalMax'])
  const min = stage.params.number('min', 0)
  const max = stage.params.number('max', 1)
  const scale = low.map((l, i) => (high[i] === l ? 0 : (max - min) / (high[i] - l)))
  const middle = 0.5 * (min + max)
  transform(stage, low.length, features => {
    const { rows, size } = features
    const from = features.toDense()
    const out = new Float64Array(rows * size)
    for (let row = 0, at = 0; row < rows; row++) {
      for (let i = 0; i < size; i++, at++) {
        const x = from[at]
        out[at] = x !== x ? NaN : scale[i] === 0 ? middle : (x - low[i]) * scale[i] + min
      }
    }
    return Features.dense(rows, size, out)
  })
}

function affine(stage: StageContext, size: number, { shift, scale }: Affine): void {
  transform(stage, size, features => {
    if (shift === null) return scale === null ? features : features.map((i, x) => x * scale[i])
    const { rows } = features
    const from = features.toDense()
    const out = new Float64Array(rows * size)
    for (let row = 0, at = 0; row < rows; row++) {
      for (let i = 0; i < size; i++, at++) out[at] = scale === null ? from[at] - shift[i] : (from[at] - shift[i]) * scale[i]
    }
    return Features.dense(rows, size, out)
  })
}

/** Plans a stage that makes one vector of another. Values keep their attributes' names, not their categories. */
export function transform(stage: StageContext, size: number | undefined, compute: (features: Features) => Features, resultSize = size): void {
  const { params, planner, name } = stage
  const input = planner.use(params.get('inputCol').text())
  const output = planner.add(params.get('outputCol').text(), featuresType(resultSize), unnamed(input, resultSize))
  planner.step({
    inputs: [input],
    outputs: [output],
    run: batch => batch.set(output, compute(batch.presentFeatures(input, name, size))),
  })
}

function unnamed(input: PlannedColumn, size: number | undefined): Attribute[] | undefined {
  if (size === undefined || input.attributes?.length !== size) return undefined
  return input.attributes.map(() => ({ name: null, count: 0, values: null }))
}
