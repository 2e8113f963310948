import { arrayType, int32Type } from '../../../columnar/data-type.ts'
import type { Features } from '../features.ts'
import { vectorAt, vectorStruct } from '../linalg.ts'
import type { StageContext } from '../stage.ts'
import { readTable } from '../tables.ts'
import { logistic, planClassifier, softmaxRows } from './classifier.ts'

interface Layer {
  readonly inputs: number
  readonly outputs: number
  /** By column: the weights of an input lie together. */
  readonly weights: Float64Array
  readonly bias: Float64Array
}

/** MultilayerPerceptronClassificationModel: sigmoid layers, a softmax at the end; raw scores are what goes into that. */
export async function multilayerPerceptronModel(stage: StageContext): Promise<void> {
  // Before 3.0 the layers stood beside the weights, later among the parameters.
  const table = (await readTable(stage.directory.child('data'), [['weights', vectorStruct], ['layers', arrayType(int32Type)]])).single
  const stored = table.optional('layers')
  const sizes = stored === undefined ? stage.params.get('layers').int32s() : (stored.children[0].values as Int32Array).slice(0, stored.children[0].length)
  const layers = cut(sizes, vectorAt(table.required('weights'), 0, 'the weights'), table.wrong.bind(table))
  const classes = layers[layers.length - 1].outputs
  planClassifier(stage, {
    classes,
    size: layers[0].inputs,
    raw: features => forward(layers, features),
    probability: (raw, rows) => softmaxRows(raw, rows, classes),
  })
}

function cut(sizes: Int32Array, weights: Float64Array, wrong: (what: string) => Error): Layer[] {
  const layers: Layer[] = []
  let at = 0
  for (let k = 0; k + 1 < sizes.length; k++) {
    const [inputs, outputs] = [sizes[k], sizes[k + 1]]
    if (inputs < 1 || outputs < 1 || at + (inputs + 1) * outputs > weights.length) throw wrong(`has ${weights.length} weights for layers of ${sizes.join(', ')}`)
    const split = at + inputs * outputs
    layers.push({ inputs, outputs, weights: weights.subarray(at, split), bias: weights.subarray(split, split + outputs) })
    at = split + outputs
  }
  if (layers.length === 0 || at !== weights.length) throw wrong(`has ${weights.length} weights for layers of ${sizes.join(', ')}`)
  return layers
}

function forward(layers: readonly Layer[], features: Features): Float64Array {
  let values = features.toDense()
  layers.forEach(({ inputs, outputs, weights, bias }, k) => {
    const next = new Float64Array(features.rows * outputs)
    for (let row = 0; row < features.rows; row++) {
      const at = row * outputs
      for (let i = 0; i < inputs; i++) {
        const x = values[row * inputs + i]
        for (let o = 0; o < outputs; o++) next[at + o] += weights[i * outputs + o] * x
      }
      for (let o = 0; o < outputs; o++) {
        const sum = next[at + o] + bias[o]
        next[at + o] = k === layers.length - 1 ? sum : logistic(sum)
      }
    }
    values = next
  })
  return values
}
