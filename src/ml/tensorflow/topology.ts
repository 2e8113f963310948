import { quoteList } from '../../common/suggest.ts'
import type { DocumentPart } from '../document.ts'
import { unsupported } from '../errors.ts'
import { checkGraph } from './graph.ts'

const maxLayers = 2_000
const maxNesting = 16

const noWeights: readonly string[] = []
const convolution = ['kernel', 'bias']
const recurrent = ['kernel', 'recurrent', 'bias']

/**
 * The layers that may be loaded, each with the names of its weights. All are computed by TensorFlow.js itself from
 * numbers; a layer that is not here is code of somebody's (Lambda, custom layers), or not implemented in TensorFlow.js.
 */
const layers: ReadonlyMap<string, readonly string[]> = new Map([
  ...[
    'InputLayer', 'Activation', 'ReLU', 'LeakyReLU', 'ELU', 'ThresholdedReLU', 'Softmax',
    'Dropout', 'SpatialDropout1D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout',
    'Flatten', 'Reshape', 'Permute', 'RepeatVector', 'ZeroPadding2D', 'Cropping2D', 'UpSampling2D',
    'Add', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate', 'Dot',
    'MaxPooling1D', 'MaxPooling2D', 'MaxPooling3D', 'AveragePooling1D', 'AveragePooling2D', 'AveragePooling3D',
    'GlobalMaxPooling1D', 'GlobalMaxPooling2D', 'GlobalAveragePooling1D', 'GlobalAveragePooling2D',
    'Bidirectional', 'TimeDistributed', 'Sequential', 'Functional', 'Model',
  ].map((name): [string, readonly string[]] => [name, noWeights]),
  ['Dense', ['kernel', 'bias']],
  ['Embedding', ['embeddings']],
  ['PReLU', ['alpha']],
  ['BatchNormalization', ['beta', 'gamma', 'moving_mean', 'moving_variance']],
  ['LayerNormalization', ['beta', 'gamma']],
  ['Conv1D', convolution],
  ['Conv2D', convolution],
  ['Conv3D', convolution],
  ['Conv2DTranspose', convolution],
  ['DepthwiseConv2D', ['depthwise', 'bias']],
  ['SeparableConv2D', ['depthwise', 'pointwise', 'bias']],
  ['SimpleRNN', recurrent],
  ['GRU', recurrent],
  ['LSTM', recurrent],
])

type Json = { [key: string]: unknown }

/**
 * Checks the layers of a Keras 2 topology and answers a copy to build from: initialisers become `initializer` (the values
 * are about to be loaded), regularisers and constraints, which only training needs, are dropped.
 *
 * @throws AnalysisError ML_UNSUPPORTED naming the layer; ML_UNREADABLE
 */
export function checkedTopology(modelTopology: DocumentPart, initializer: string): object {
  const model = modelTopology.find('model_config') ?? modelTopology
  let count = 0

  function layer(part: DocumentPart, depth: number): Json {
    if (depth > maxNesting) throw part.wrong(`is nested more than ${maxNesting} deep`)
    if (++count > maxLayers) throw part.wrong(`has more than ${maxLayers} layers`)
    const className = part.get('class_name').text()
    const config = part.get('config')
    const weights = layers.get(className)
    if (weights === undefined) throw unsupportedLayer(className, config)
    const copy: Json = {}
    for (const key of config.keys()) {
      if (key === '__proto__' || /_(initializer|regularizer|constraint)$/.test(key)) continue
      copy[key] = config.find(key)?.value ?? null
    }
    for (const weight of weights) copy[`${weight}_initializer`] = { class_name: initializer, config: {} }
    if (className === 'InputLayer' && config.find('batch_shape') !== undefined) {
      throw unsupported('TensorFlow.js', 'a topology in the form of Keras 3', 'Save the model with tf_keras (Keras 2) and convert it again.')
    }
    const inner = config.find('layers')
    if (inner !== undefined) {
      copy.layers = inner.list().map(item => layer(item, depth + 1))
      if (className !== 'Sequential') checkGraph(inner.list())
    }
    const wrapped = config.find('layer')
    if (wrapped !== undefined) copy.layer = layer(wrapped, depth + 1)
    const outer: Json = {}
    for (const key of part.keys()) if (key !== '__proto__') outer[key] = part.find(key)?.value ?? null
    return { ...outer, config: copy }
  }

  const className = model.get('class_name').text()
  if (className !== 'Sequential' && className !== 'Functional' && className !== 'Model') throw unsupportedLayer(className, model)
  return layer(model, 0)
}

function unsupportedLayer(className: string, config: DocumentPart): Error {
  const name = config.find('name')?.value
  const what = `the layer "${className}"${typeof name === 'string' ? ` (named "${name}")` : ''}`
  const advice =
    className === 'Lambda'
      ? 'A Lambda layer holds program code, which is never run; rewrite it with built-in layers.'
      : `Custom layers hold program code, which is never run. Supported layers: ${quoteList([...layers.keys()], 100)}.`
  return unsupported('TensorFlow.js', what, advice)
}
