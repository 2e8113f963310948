import { unreadable, unsupported } from '../errors.ts'
import { fieldText, type WireField, wireFields } from '../protobuf/reader.ts'

export const fail = (what: string): Error => unreadable('ONNX', what)

const maxDepth = 64

/**
 * Where messages of onnx.proto hold messages that may hold tensors: field number → kind of message.
 * (github.com/onnx/onnx, onnx/onnx.proto; a model of a later version may have further fields, which hold none.)
 */
const parts = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
} as const satisfies { readonly [kind: string]: { readonly [field: number]: string } }

type Kind = keyof typeof parts

/** Field numbers of TensorProto. */
const tensorName = 8
const tensorExternalData = 13
const tensorDataLocation = 14

/** Field numbers of NodeProto. */
const nodeOperator = 4
const nodeDomain = 7

/**
 * Walks a whole model, graphs inside of nodes and functions included, and refuses what makes a runtime open other files:
 * tensors whose data lie outside of the model (also both halves of sparse tensors), and nodes that hold a compiled model.
 *
 * @throws AnalysisError ML_UNSUPPORTED naming the tensor, ML_UNREADABLE
 */
export function refuseExternalData(model: Uint8Array): void {
  walk(model, 'model', 0)
}

function walk(bytes: Uint8Array, kind: Kind, depth: number): void {
  if (depth > maxDepth) throw fail(`its graphs are nested more than ${maxDepth} deep`)
  const inner: { readonly [field: number]: Kind } = parts[kind]
  let operator = ''
  let domain = ''
  for (const field of wireFields(bytes, fail)) {
    const next = inner[field.number]
    if (next !== undefined) {
      if (field.wire !== 2) throw fail(`a ${kind} has a number where a ${next} belongs`)
      walk(field.bytes, next, depth + 1)
    }
    if (kind === 'tensor' && isExternal(field)) throw external(bytes)
    if (kind === 'node' && field.number === nodeOperator) operator = fieldText(field)
    if (kind === 'node' && field.number === nodeDomain) domain = fieldText(field)
  }
  if (kind === 'node' && operator === 'EPContext') {
    throw unsupported('ONNX', `the operator "${domain}.${operator}", which holds or names a model compiled for one device`, 'Give the model that it was compiled from.')
  }
}

function isExternal({ number, value }: WireField): boolean {
  return number === tensorExternalData || (number === tensorDataLocation && value !== 0)
}

function external(tensor: Uint8Array): Error {
  let name = ''
  for (const field of wireFields(tensor, fail)) if (field.number === tensorName) name = fieldText(field)
  return unsupported(
    'ONNX',
    `external data: the tensor "${name}" lies in another file, and a model is never allowed to name files to open`,
    'Save it as one file: onnx.save_model(onnx.load(path), path, save_as_external_data=False).',
  )
}
