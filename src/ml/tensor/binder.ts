import { nullType, vectorType } from '../../columnar/data-type.ts'
import { nullVector, Vector } from '../../columnar/vector.ts'
import { featuresWrong } from '../errors.ts'
import { FeatureEncoder, inputsOf } from '../features/encoder.ts'
import type { FeatureStep } from '../features/features.ts'
import type { ModelInput } from '../model.ts'
import { elementKinds } from './element.ts'
import { Feed, type FeedSpec } from './feed.ts'

/** Knows which columns make which tensors. */
export interface InputBinder {
  readonly inputs: readonly ModelInput[]
  /** @throws AnalysisError ML_SCHEMA_MISMATCH */
  bind(columns: readonly Vector[], rows: number): Feed[]
}

/**
 * Tensors are columns of their own names; with a features.json its columns are the inputs, and make the tensors.
 * @throws AnalysisError ML_UNREADABLE when features.json does not fit the tensors
 */
export function binderFor(specs: readonly FeedSpec[], features: ReadonlyMap<string, readonly FeatureStep[]> | undefined): InputBinder {
  if (features === undefined) {
    return {
      inputs: specs.map(({ name, shape, kind }) => ({ name, kind: 'tensor', shape, element: elementKinds[kind].element })),
      bind: columns => specs.map((spec, k) => new Feed(spec, columns[k])),
    }
  }
  for (const name of features.keys()) {
    if (!specs.some(spec => spec.name === name)) throw featuresWrong(`it encodes a tensor "${name}", but the model takes ${specs.map(s => s.name).join(', ')}`)
  }
  const encoders = specs.map(spec => encoderFor(spec, features.get(spec.name)))
  const inputs = inputsOf([...features.values()].flat(), featuresWrong)
  return {
    inputs,
    bind(columns, rows) {
      const byName = new Map(inputs.map((input, k) => [input.name, columns[k]]))
      return specs.map((spec, k) => new Feed(spec, encoded(encoders[k], spec.missing, name => byName.get(name) ?? nullVector(nullType, rows), rows)))
    },
  }
}

function encoderFor({ name, shape, kind }: FeedSpec, steps: readonly FeatureStep[] | undefined): FeatureEncoder {
  if (steps === undefined) throw featuresWrong(`it does not encode the tensor "${name}"`)
  if (kind === 'string') throw featuresWrong(`it encodes the tensor "${name}", which takes texts`)
  const encoder = new FeatureEncoder(steps)
  const open = shape.filter(d => d === null).length
  const known = shape.reduce((product: number, d) => product * (d ?? 1), 1)
  if (open === 0 ? encoder.width !== known : open > 1 || encoder.width % known !== 0) throw featuresWrong(`it makes ${encoder.width} values for "${name}", which takes ${known}`)
  return encoder
}

const blockRows = 4096

/**
 * The cells that features.json makes of the columns, one vector a row; what is missing and not imputed is NaN. Where a
 * missing value means that the row has no answer, all of its cells are.
 */
function encoded(encoder: FeatureEncoder, rule: FeedSpec['missing'], columnOf: (name: string) => Vector, rows: number): Vector {
  const { width } = encoder
  const values = new Float64Array(rows * width)
  const write = encoder.bind(columnOf)
  const block = new Float32Array(Math.min(rows, blockRows) * width)
  const missing = new Uint8Array(blockRows)
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(rows, from + blockRows)
    missing.fill(0)
    write(from, to, block, missing)
    if (rule === 'row') for (let row = 0; row < to - from; row++) if (missing[row] === 1) block.fill(NaN, row * width, (row + 1) * width)
    values.set(block.subarray(0, (to - from) * width), from * width)
  }
  return new Vector(vectorType(width), rows, null, values)
}
