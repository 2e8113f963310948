import { unsupported } from '../errors.ts'
import type { ElementKind } from '../tensor/element.ts'
import { bytesField, concatBytes } from '../protobuf/writer.ts'
import { fieldText, signedVarint, wireFields } from '../protobuf/reader.ts'
import { fail, neededGraph } from './saved-model-graph.ts'

/** A tensor of a signature. */
export interface SignatureTensor {
  readonly name: string
  /** As the graph calls it, with `:0`. */
  readonly tensor: string
  readonly kind: ElementKind
  /** With the batch dimension; undefined where the rank is not known. */
  readonly shape: readonly (number | null)[] | undefined
}

export interface Signature {
  readonly key: string
  readonly inputs: readonly SignatureTensor[]
  readonly outputs: readonly SignatureTensor[]
}

export interface CheckedSavedModel {
  /** saved_model.pb with one signature and what it needs. */
  readonly bytes: Uint8Array
  readonly tags: readonly string[]
  readonly signature: Signature
}

/** Field numbers of saved_model.proto, meta_graph.proto and saver.proto. */
const metaGraph = { info: 1, graph: 2, saver: 3, collection: 4, signature: 5, assets: 6, objects: 7 }
const initKey = '__saved_model_init_op'
const preferred = ['serving_default', 'serve']

/** DataType of types.proto → what tfjs-node can be given. */
const kinds: ReadonlyMap<number, ElementKind> = new Map<number, ElementKind>([
  [1, 'float32'], [2, 'float64'], [3, 'int32'], [4, 'uint8'], [7, 'string'], [9, 'int64'], [10, 'bool'],
])

/**
 * Reads saved_model.pb, chooses its signature for serving and leaves out everything that this does not need: functions
 * that save, tables in files, other signatures.
 *
 * @throws AnalysisError ML_UNREADABLE, ML_UNSUPPORTED naming the operation
 */
export function checkSavedModel(bytes: Uint8Array): CheckedSavedModel {
  const graphs: Uint8Array[] = []
  const head: Uint8Array[] = []
  for (const field of wireFields(bytes, fail)) {
    if (field.number === 2 && field.wire === 2) graphs.push(field.bytes)
    else head.push(field.whole)
  }
  const candidates = graphs.map(graph => ({ graph, tags: tagsOf(graph) }))
  const chosen = candidates.find(c => c.tags.includes('serve')) ?? candidates[0]
  if (chosen === undefined) throw fail('it has no graph')
  const { graph, signature } = reduced(chosen.graph)
  return { bytes: concatBytes([...head, bytesField(2, graph)]), tags: chosen.tags, signature }
}

function tagsOf(graph: Uint8Array): string[] {
  const tags: string[] = []
  for (const field of wireFields(graph, fail)) {
    if (field.number === metaGraph.info) for (const part of wireFields(field.bytes, fail)) if (part.number === 4) tags.push(fieldText(part))
  }
  return tags
}

function reduced(meta: Uint8Array): { graph: Uint8Array; signature: Signature } {
  const signatures = new Map<string, { readonly signature: Signature; readonly whole: Uint8Array }>()
  const kept: Uint8Array[] = []
  let graph: Uint8Array | undefined
  let saver = { filename: '', restore: '' }
  for (const field of wireFields(meta, fail)) {
    if (field.number === metaGraph.signature) {
      const signature = readSignature(field.bytes)
      signatures.set(signature.key, { signature, whole: field.whole })
    } else if (field.number === metaGraph.graph) {
      if (graph !== undefined) throw fail('it has two graphs in one')
      graph = field.bytes
    } else if (field.number === metaGraph.saver) {
      saver = readSaver(field.bytes)
      kept.push(field.whole)
    } else if (field.number === metaGraph.info) kept.push(field.whole)
  }
  const found = preferred.map(key => signatures.get(key)).find(s => s !== undefined) ?? [...signatures].find(([key]) => key !== initKey)?.[1]
  if (graph === undefined || found === undefined) throw fail('it has no signature for serving; save it with model.export() or with signatures')
  const init = signatures.get(initKey)
  const roots = [...found.signature.inputs, ...found.signature.outputs, ...(init?.signature.outputs ?? [])].map(t => t.tensor.split(':')[0])
  if (saver.restore !== '') roots.push(saver.restore, saver.filename)
  const needed = neededGraph(graph, roots, { filename: saver.filename })
  const parts = [...kept, bytesField(metaGraph.graph, needed), found.whole, ...(init === undefined ? [] : [init.whole])]
  return { graph: concatBytes(parts), signature: found.signature }
}

function readSaver(bytes: Uint8Array): { filename: string; restore: string } {
  let [filename, restore] = ['', '']
  for (const field of wireFields(bytes, fail)) {
    if (field.number === 1) filename = fieldText(field).split(':')[0]
    if (field.number === 3) restore = fieldText(field)
  }
  return { filename, restore }
}

/** An entry of a map: key (1) and SignatureDef (2) with maps of inputs (1) and outputs (2). */
function readSignature(entry: Uint8Array): Signature {
  let key = ''
  const inputs: SignatureTensor[] = []
  const outputs: SignatureTensor[] = []
  for (const field of wireFields(entry, fail)) {
    if (field.number === 1) key = fieldText(field)
    if (field.number !== 2) continue
    for (const part of wireFields(field.bytes, fail)) {
      if (part.number === 1 && part.wire === 2) inputs.push(readTensor(part.bytes))
      if (part.number === 2 && part.wire === 2) outputs.push(readTensor(part.bytes))
    }
  }
  const byName = (a: SignatureTensor, b: SignatureTensor): number => (a.name < b.name ? -1 : 1)
  return { key, inputs: inputs.sort(byName), outputs: outputs.sort(byName) }
}

function readTensor(entry: Uint8Array): SignatureTensor {
  let name = ''
  let tensor = ''
  let type = 0
  let shape: (number | null)[] | undefined
  for (const field of wireFields(entry, fail)) {
    if (field.number === 1) name = fieldText(field)
    if (field.number !== 2) continue
    for (const part of wireFields(field.bytes, fail)) {
      if (part.number === 1) tensor = fieldText(part)
      if (part.number === 2) type = part.value
      if (part.number === 3) shape = readShape(part.bytes)
    }
  }
  // The initialiser has outputs that are no tensors: type 0.
  return { name, tensor, kind: kinds.get(type) ?? (type === 0 ? 'float32' : unsupportedType(name, type)), shape }
}

function unsupportedType(name: string, type: number): never {
  throw unsupported('SavedModel', `the tensor "${name}" of type number ${type}`, 'Types are float32, int32, int64, uint8, bool and string.')
}

function readShape(bytes: Uint8Array): (number | null)[] | undefined {
  const dims: (number | null)[] = []
  for (const field of wireFields(bytes, fail)) {
    if (field.number === 3 && field.value !== 0) return undefined
    if (field.number !== 2) continue
    let size = 0
    for (const part of wireFields(field.bytes, fail)) if (part.number === 1) size = signedVarint(part.value)
    dims.push(size < 0 ? null : size)
  }
  return dims
}
