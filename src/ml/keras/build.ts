import type { DocumentPart } from '../document.ts'
import { unsupported } from '../errors.ts'
import { quoteList } from '../../common/suggest.ts'
import { inOrder, type LayerUse, readFunctional, type TensorPlace, type UseArgument } from './graph.ts'
import { type Argument, type LayerCall, type LayerConfig, type LayerTools, noArguments, type Value } from './layer.ts'
import { layerKinds } from './layer-kinds.ts'
import { isOperation, operation } from './layers/operations.ts'
import type { Hdf5Dataset } from './hdf5.ts'
import type { Ops, Tensor } from './ops.ts'
import type { LayerWeights } from './weights.ts'

/** A tensor that a model takes: the shape of a row, and the largest code that an embedding behind it has. */
export interface KerasInput {
  readonly name: string
  readonly shape: readonly (number | null)[]
  readonly dtype: string
  /** How many codes there are, where the input goes straight into an embedding. */
  readonly codes?: number
}

export interface KerasModel {
  readonly inputs: readonly KerasInput[]
  readonly outputNames: readonly string[]
  readonly call: (inputs: readonly Value[]) => readonly Value[]
  /** Class and activation of the layer that answers each output. */
  readonly endings: readonly { readonly className: string; readonly activation: string }[]
}

/** What a model is built with; `kept` are the tensors that live as long as it. */
export interface BuildContext {
  readonly ops: Ops
  readonly kerasMajor: number
  readonly kept: Tensor[]
  readonly fail: (what: string, cause?: unknown) => Error
}

const maxNesting = 16
const maxLayers = 5_000
const models = ['Sequential', 'Functional', 'Model']

/**
 * Builds a model from its configuration, and its layers from their weights.
 * @throws AnalysisError ML_UNSUPPORTED naming the layer; ML_UNREADABLE
 */
export function buildKeras(config: DocumentPart, weights: LayerWeights, context: BuildContext): KerasModel {
  let layerCount = 0
  return model(config, weights, 0)

  function model(part: DocumentPart, from: LayerWeights, depth: number): KerasModel {
    if (depth > maxNesting) throw part.wrong(`is nested more than ${maxNesting} deep`)
    const className = part.get('class_name').text()
    const inner = part.get('config')
    if (!models.includes(className)) throw unsupportedLayer(part)
    const layers = layersOf(inner)
    layerCount += layers.length
    if (layerCount > maxLayers) throw part.wrong(`has more than ${maxLayers} layers`)
    const seen = new Map<string, number>()
    const calls = new Map<string, LayerCall>()
    for (const layer of layers) {
      const name = nameOf(layer)
      const kind = layer.get('class_name').text()
      const index = seen.get(kind) ?? 0
      seen.set(kind, index + 1)
      if (calls.has(name)) throw layer.wrong(`has the name "${name}" of another layer`)
      calls.set(name, kind === 'InputLayer' ? inputs => inputs : build(layer, from.layer(name, kind, index), depth + 1))
    }
    return className === 'Sequential' || inner.find('input_layers') === undefined ? sequential(part, layers, calls) : functional(inner, layers, calls)
  }

  function build(part: DocumentPart, from: LayerWeights, depth: number): LayerCall {
    if (depth > maxNesting) throw part.wrong(`is nested more than ${maxNesting} deep`)
    const className = part.get('class_name').text()
    if (models.includes(className)) {
      const inner = model(part, from, depth)
      return inputs => inner.call(inputs)
    }
    const layer: LayerConfig = { className, name: nameOf(part), config: part.get('config') }
    const isCustom = part.find('registered_name')?.value?.toString().includes('>') === true
    if (isFunction(part) && isOperation(className)) return operation(layer, toolsFor(from, depth))
    const kind = isCustom ? undefined : layerKinds.get(className)
    if (kind === undefined) throw unsupportedLayer(part)
    return kind(layer, toolsFor(from, depth))
  }

  function toolsFor(from: LayerWeights, depth: number): LayerTools {
    const { ops, kerasMajor, kept } = context
    const keepAll = (make: () => readonly Tensor[]): readonly Tensor[] => {
      const made = make()
      kept.push(...made)
      return made
    }
    return {
      ops,
      kerasMajor,
      weights: count => keepAll(() => from.take(count).map(toTensor)),
      part: name => toolsFor(from.part(name), depth),
      keep: make => keepAll(() => [make()])[0],
      keepAll,
      inner: (part, name) => build(part, from.part(name), depth + 1),
    }
  }

  function toTensor(dataset: Hdf5Dataset): Tensor {
    return context.ops.tensor(dataset.read(), dataset.shape)
  }
}

/** A function of keras.ops, which has no weights and thus no type of them; `.h5` files do not name its module. */
function isFunction(part: DocumentPart): boolean {
  const module = part.find('module')?.value
  if (typeof module === 'string') return module.startsWith('keras.src.ops')
  const config = part.get('config')
  return config.find('dtype') === undefined && config.find('trainable') === undefined
}

/** Layers one after the other. An input layer is the first, or its shape is that of the first layer's input. */
function sequential(part: DocumentPart, layers: readonly DocumentPart[], calls: ReadonlyMap<string, LayerCall>): KerasModel {
  const order = [...calls.values()]
  if (order.length === 0) throw part.wrong('has no layers')
  const first = inputOf(layers[0]) ?? builtInput(part, layers[0])
  const codes = embeddingSize(layers[layers[0].get('class_name').text() === 'InputLayer' ? 1 : 0])
  return {
    inputs: [codes === undefined ? first : { ...first, codes }],
    outputNames: [nameOf(layers[layers.length - 1])],
    call: inputs => order.reduce<readonly Value[]>((values, call) => call(values, noArguments), inputs),
    endings: [endingOf(layers[layers.length - 1])],
  }
}

function functional(config: DocumentPart, layers: readonly DocumentPart[], calls: ReadonlyMap<string, LayerCall>): KerasModel {
  const graph = readFunctional(config, nameOf)
  const byName = new Map(layers.map(layer => [nameOf(layer), layer]))
  const steps = inOrder(graph)
  if (typeof steps === 'string') throw config.wrong(`has a layer "${steps}" that cannot be connected: what feeds it is missing or goes in a circle`)
  const known = (place: TensorPlace): DocumentPart => {
    const layer = byName.get(place.layer)
    if (layer === undefined) throw config.wrong(`names the layer "${place.layer}", which is not there`)
    return layer
  }
  const inputs = graph.inputs.map((place): KerasInput => {
    const found = inputOf(known(place))
    if (found === undefined) throw config.wrong(`has the input "${place.layer}", which is no input layer`)
    const codes = layers.flatMap(layer => {
      const isFed = graph.uses.get(nameOf(layer))?.some(use => use.positional.some(a => 'place' in a && a.place.layer === place.layer)) === true
      return isFed ? (embeddingSize(layer) ?? []) : []
    })
    return codes.length === 0 ? found : { ...found, codes: Math.min(...codes) }
  })
  graph.outputs.forEach(output => known(output.place))
  const given = new Set(graph.inputs.map(key))
  const order = steps.filter(step => !given.has(key(step)))
  return {
    inputs,
    outputNames: graph.outputs.map(output => output.name),
    endings: graph.outputs.map(output => endingOf(known(output.place))),
    call(values) {
      const made = new Map<string, readonly Value[]>()
      graph.inputs.forEach((place, k) => made.set(key(place), [values[k]]))
      for (const { layer, use } of order) {
        const { tensors, given: rest } = boundArguments((graph.uses.get(layer) ?? [])[use], made)
        made.set(key({ layer, use }), (calls.get(layer) as LayerCall)(tensors, rest))
      }
      return graph.outputs.map(({ place }) => valueAt(made, place))
    },
  }
}

function key({ layer, use }: { readonly layer: string; readonly use: number }): string {
  return `${use} ${layer}`
}

function valueAt(made: ReadonlyMap<string, readonly Value[]>, place: TensorPlace): Value {
  const value = made.get(key(place))?.[place.answer]
  if (value === undefined) throw new Error(`the layer "${place.layer}" has no answer ${place.answer}`)
  return value
}

/** The first argument has the tensors, one or a list; the rest go to the layer as they are. */
function boundArguments(use: LayerUse, made: ReadonlyMap<string, readonly Value[]>): { tensors: Value[]; given: { positional: Argument[]; named: Map<string, Argument> } } {
  const bind = (a: UseArgument): Argument => ('place' in a ? valueAt(made, a.place) : 'list' in a ? a.list.map(bind) : a.constant)
  const [first, ...rest] = use.positional
  const tensors = first === undefined ? [...use.named.values()].filter(a => 'place' in a) : 'list' in first ? first.list : [first]
  return {
    tensors: tensors.flatMap(a => ('place' in a ? [valueAt(made, a.place)] : [])),
    given: { positional: rest.map(bind), named: new Map([...use.named].map(([name, a]) => [name, bind(a)])) },
  }
}

/** Old files have the layers of a Sequential as a bare list. */
function layersOf(config: DocumentPart): DocumentPart[] {
  return config.isList ? config.list() : config.get('layers').list()
}

function nameOf(layer: DocumentPart): string {
  return (layer.find('name') ?? layer.get('config').find('name') ?? layer.get('class_name')).text()
}

function inputOf(layer: DocumentPart): KerasInput | undefined {
  const config = layer.get('config')
  const shape = config.find('batch_shape') ?? config.find('batch_input_shape')
  if (shape === undefined) return undefined
  return { name: nameOf(layer) + (layer.get('class_name').text() === 'InputLayer' ? '' : '_input'), shape: rowShape(shape), dtype: dtypeOf(config.find('dtype')) }
}

/** Of a Sequential without an input layer: the shape that it was built for. */
function builtInput(part: DocumentPart, first: DocumentPart): KerasInput {
  const shape = part.find('build_config')?.find('input_shape') ?? part.get('config').find('build_input_shape')
  if (shape === undefined) throw part.wrong('does not say what shape its input has')
  return { name: `${nameOf(first)}_input`, shape: rowShape(shape), dtype: 'float32' }
}

function rowShape(part: DocumentPart): (number | null)[] {
  return part.list().slice(1).map(d => (d.value === null ? null : d.count(1_000_000_000)))
}

function dtypeOf(part: DocumentPart | undefined): string {
  if (part === undefined) return 'float32'
  return typeof part.value === 'string' ? part.text() : (part.find('config')?.find('name')?.text() ?? 'float32')
}

function embeddingSize(layer: DocumentPart | undefined): number | undefined {
  return layer?.get('class_name').text() === 'Embedding' ? layer.get('config').get('input_dim').count() : undefined
}

function endingOf(layer: DocumentPart): { className: string; activation: string } {
  const activation = layer.get('config').find('activation')?.value
  return { className: layer.get('class_name').text(), activation: typeof activation === 'string' ? activation : '' }
}

function unsupportedLayer(part: DocumentPart): Error {
  const className = part.get('class_name').text()
  const advice =
    className === 'Lambda'
      ? 'A Lambda layer holds program code, which is never run; rewrite it with built-in layers.'
      : `Custom layers hold program code, which is never run. Supported layers: ${quoteList([...layerKinds.keys()], 200)}.`
  return unsupported('Keras', `the layer "${className}" (named "${nameOf(part)}")`, advice)
}
