import { DocumentPart } from '../document.ts'
import { unreadable } from '../errors.ts'
import type { Model, ModelArtefact, ModelDigest, ModelReader } from '../model.ts'
import { modelOf, readFeaturesBeside } from '../tensorflow/reader.ts'
import type { Core } from '../tensorflow/runtime.ts'
import { tensorflow } from '../tensorflow/runtime.ts'
import { openZip, zipHolds } from '../zip.ts'
import { type Hdf5Group, isHdf5, openHdf5 } from './hdf5.ts'
import { kerasNetwork } from './network.ts'
import type { Ops } from './ops.ts'
import { GroupWeights, type LayerWeights, ListedModelWeights, type NamedArray } from './weights.ts'

const fail = (what: string, cause?: unknown): Error => unreadable('Keras', what, cause)

const configName = 'config.json'
const weightsName = 'model.weights.h5'

/** Keras models: a `.keras` archive or an `.h5` file, also as the one file of a directory beside features.json. */
export const kerasReader: ModelReader = {
  format: 'keras',
  recognises: artefact => modelFile(artefact) !== undefined,
  async load(artefact: ModelArtefact, digest: ModelDigest): Promise<Model> {
    const bytes = modelFile(artefact) as Uint8Array
    const { config, weights, major } = isHdf5(bytes) ? fromHdf5(bytes) : fromArchive(bytes)
    const features = readFeaturesBeside(artefact)
    const core = (await tensorflow('Keras')) as Core & Ops
    return modelOf(await kerasNetwork(core, config, weights, major), digest, features)
  },
}

interface Opened {
  readonly config: DocumentPart
  readonly weights: LayerWeights
  readonly major: number
}

function fromArchive(bytes: Uint8Array): Opened {
  const entries = openZip(bytes, fail)
  const read = (name: string): Uint8Array => {
    const entry = entries.get(name)
    if (entry === undefined) throw fail(`the archive has no "${name}"`)
    return entry.read()
  }
  const metadata = entries.has('metadata.json') ? parse(decode(read('metadata.json'))) : undefined
  const group = openHdf5(read(weightsName), fail)
  return { config: parse(decode(read(configName))), weights: new GroupWeights(group, ''), major: majorOf(metadata?.find('keras_version')?.text()) }
}

function fromHdf5(bytes: Uint8Array): Opened {
  const root = openHdf5(bytes, fail)
  const config = root.attribute('model_config')
  if (config === undefined) throw fail('the file has weights only, no configuration of a model; save it with model.save()')
  const group = root.group('model_weights')
  if (group === undefined) throw fail('the file has no "model_weights"')
  const lists = new Map<string, readonly NamedArray[]>()
  for (const layer of namesIn(group, 'layer_names')) lists.set(layer, arraysOf(group.group(layer), layer))
  return { config: parse(config), weights: new ListedModelWeights(lists), major: majorOf(root.attribute('keras_version') ?? group.attribute('keras_version')) }
}

/** A long list is split into attributes that are numbered. */
function namesIn(group: Hdf5Group, attribute: string): readonly string[] {
  const whole = group.attributeList(attribute)
  if (whole !== undefined) return whole
  const names: string[] = []
  for (let k = 0; ; k++) {
    const part = group.attributeList(`${attribute}${k}`)
    if (part === undefined) return names
    names.push(...part)
  }
}

function arraysOf(group: Hdf5Group | undefined, layer: string): NamedArray[] {
  if (group === undefined) throw fail(`the file has no weights for the layer "${layer}"`)
  return namesIn(group, 'weight_names').map(name => {
    const dataset = group.dataset(name)
    if (dataset === undefined) throw fail(`the layer "${layer}" has no weight "${name}"`)
    return { name, dataset }
  })
}

/** Files without a version are older than Keras 3, which always writes one. */
function majorOf(version: string | undefined): number {
  return Number(/^(\d+)\./.exec(version ?? '2.')?.[1] ?? 2)
}

function parse(text: string): DocumentPart {
  try {
    return new DocumentPart(JSON.parse(text), '', fail)
  } catch (error) {
    throw fail('its configuration is not complete JSON', error)
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** The one file that is not features.json; files whose names begin with a dot do not count. */
function modelFile({ files }: ModelArtefact): Uint8Array | undefined {
  const others = files.filter(file => file.path !== 'features.json' && !file.path.startsWith('.'))
  if (others.length !== 1) return undefined
  const { bytes } = others[0]
  return isHdf5(bytes) || (zipHolds(bytes, configName) && zipHolds(bytes, weightsName)) ? bytes : undefined
}
