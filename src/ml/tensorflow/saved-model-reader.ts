import { makeTemporaryDirectory } from '../../common/node/temporary-directory.ts'
import { nodeFileSystem } from '../../common/node/node-file-system.ts'
import { packageMissing, unsupported } from '../errors.ts'
import type { Model, ModelArtefact, ModelDigest, ModelReader } from '../model.ts'
import type { TensorValues } from '../tensor/collect.ts'
import type { FeedSpec } from '../tensor/feed.ts'
import { onBackend, type SavedModel, tensorflowNode } from './backend.ts'
import { fail } from './saved-model-graph.ts'
import { type CheckedSavedModel, checkSavedModel, type SignatureTensor } from './saved-model.ts'
import { modelOf, readFeaturesBeside } from './reader.ts'
import type { Answer, Filled, Network } from './network.ts'
import { outputNames } from './network.ts'
import { type Core, type Tensor, tensorflow } from './runtime.ts'
import { elementOf, heldBy, toTensor } from './tensors.ts'
import { firstLine, tryNetwork } from './trial.ts'

const title = 'SavedModel'
const graphName = 'saved_model.pb'
const variableName = /^variables\/variables\.(index|data-\d{5}-of-\d{5})$/

/** TensorFlow SavedModels: a directory with saved_model.pb and variables/, and optionally features.json. */
export const savedModelReader: ModelReader = {
  format: 'savedmodel',
  recognises: artefact => artefact.files.some(file => file.path === graphName),
  async load(artefact: ModelArtefact, digest: ModelDigest): Promise<Model> {
    const bytes = artefact.files.find(file => file.path === graphName)?.bytes ?? new Uint8Array(0)
    const checked = checkSavedModel(bytes)
    const features = readFeaturesBeside(artefact)
    return modelOf(await savedModelNetwork(checked, artefact), digest, features)
  },
}

/**
 * A SavedModel in TensorFlow's own library.
 * @throws AnalysisError ML_UNSUPPORTED, ML_UNREADABLE, ML_PACKAGE_MISSING
 */
async function savedModelNetwork(checked: CheckedSavedModel, artefact: ModelArtefact): Promise<Network> {
  const { signature } = checked
  const feeds = signature.inputs.map(feedOf)
  const core = await tensorflow('SavedModel')
  const found = await tensorflowNode()
  if (found === undefined) throw packageMissing(['--ignore-scripts=false', '@tensorflow/tfjs-node@4.22.0'], 'Scoring SavedModels', undefined)
  const model = await onBackend(core, 'tensorflow', () => loadFrom(artefact, checked, path => found.node.loadSavedModel(path, checked.tags, signature.key)))
  try {
    const run = (given: readonly Filled[]): readonly Answer[] => core.tidy(() => predict(core, model, signature.inputs, signature.outputs, given, feeds))
    const { backend, answers, chunkRows, stepRows } = await tryNetwork(core, title, feeds, run, ['tensorflow'])
    const isOpen = feeds.some(feed => feed.shape.includes(null))
    const names = outputNames(signature.outputs.map(output => output.name), { size: answers[0]?.dims.slice(1).reduce((p, d) => p * d, 1), ending: '' })
    return {
      title,
      format: 'savedmodel',
      feeds,
      outputs: answers.map((answer, k) => ({ names: names[k], element: elementOf(answer), shape: answer.dims.slice(1).map((d, i) => (isOpen ? (signature.outputs[k].shape?.[i + 1] ?? null) : d)) })),
      chunkRows,
      stepRows,
      run: given => onBackend(core, backend, () => run(given)),
      memory: () => heldBy(core),
      dispose: () => model.dispose(),
    }
  } catch (error) {
    model.dispose()
    throw error
  }
}

function feedOf({ name, kind, shape }: SignatureTensor): FeedSpec {
  if (shape === undefined || shape.length === 0 || kind === 'float64') {
    throw unsupported(title, `an input "${name}" of type ${kind}${shape === undefined ? ' and unknown rank' : ''}`, 'Inputs are float32, int32, int64, uint8, bool or string, and their first dimension counts rows.')
  }
  // tfjs-node is given 32-bit numbers and widens them itself.
  return { name, shape: shape.slice(1), kind: kind === 'int64' || kind === 'uint8' ? 'int32' : kind, missing: 'row' }
}

function predict(core: Core, model: SavedModel, inputs: readonly SignatureTensor[], outputs: readonly SignatureTensor[], given: readonly Filled[], feeds: readonly FeedSpec[]): Answer[] {
  const tensors = Object.fromEntries(inputs.map(({ name }, k) => [name, toTensor(core, given[k], feeds[k].kind)]))
  const answers = model.predict(tensors) as { readonly [name: string]: Tensor }
  return outputs.map(({ name }): Answer => {
    const tensor = answers[name]
    const values: TensorValues = tensor.dataSync()
    return { values, dims: tensor.shape }
  })
}

/** TensorFlow reads models from folders only: a temporary one, which is gone when the model is loaded. */
async function loadFrom(artefact: ModelArtefact, { bytes }: CheckedSavedModel, load: (path: string) => Promise<SavedModel>): Promise<SavedModel> {
  const folder = await makeTemporaryDirectory('millrace-savedmodel')
  try {
    await nodeFileSystem.makeDirectory(`${folder}/variables`)
    await writeFile(`${folder}/${graphName}`, bytes)
    for (const file of artefact.files) if (variableName.test(file.path)) await writeFile(`${folder}/${file.path}`, file.bytes)
    return await load(folder)
  } catch (error) {
    throw fail(`TensorFlow refuses it: ${firstLine(error)}`, error)
  } finally {
    await nodeFileSystem.removeDirectory(folder)
  }
}

async function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  const file = await nodeFileSystem.create(path)
  try {
    await file.write(bytes)
  } finally {
    await file.close()
  }
}
