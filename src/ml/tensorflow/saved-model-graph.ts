import { unreadable, unsupported } from '../errors.ts'
import { bytesField, concatBytes } from '../protobuf/writer.ts'
import { fieldText, type WireField, wireFields } from '../protobuf/reader.ts'
import { isComputation } from './saved-model-operations.ts'

export const fail = (what: string, cause?: unknown): Error => unreadable('SavedModel', what, cause)

/** A node of a graph or function, with the functions that it calls. */
interface GraphNode {
  readonly name: string
  readonly op: string
  readonly inputs: readonly string[]
  readonly calls: readonly string[]
  readonly whole: Uint8Array
}

interface GraphFunction {
  readonly nodes: readonly GraphNode[]
  /** Names of its arguments. */
  readonly parameters: ReadonlySet<string>
  readonly whole: Uint8Array
}

/** Field numbers of graph.proto, node_def.proto, function.proto, op_def.proto and attr_value.proto. */
const graphDef = { node: 1, library: 2 }
const nodeDef = { name: 1, op: 2, input: 3, attr: 5 }
const functionDef = { signature: 1, node: 3 }

const maxDepth = 32

/**
 * The part of a graph that some of its nodes need: the rest is left out, and with it whatever it might do. What is left
 * computes; the only node that may read is the one that restores the variables from the model's own files.
 *
 * @param restore `filename` is the name of the node that TensorFlow gives the path of the variables to
 * @throws AnalysisError ML_UNSUPPORTED naming the operation; ML_UNREADABLE
 */
export function neededGraph(graph: Uint8Array, roots: readonly string[], restore: { readonly filename: string }): Uint8Array {
  const nodes = new Map<string, GraphNode>()
  const functions = new Map<string, GraphFunction>()
  const others: Uint8Array[] = []
  for (const field of wireFields(graph, fail)) {
    if (field.number === graphDef.node) {
      const node = readNode(field)
      nodes.set(node.name, node)
    } else if (field.number === graphDef.library) readLibrary(field.bytes, functions)
    else others.push(field.whole)
  }
  const kept = new Set<string>()
  const called = new Set<string>()
  const waiting = [...roots]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (kept.has(name)) continue
    const node = nodes.get(name)
    if (node === undefined) throw fail(`it names the node "${name}", which is not in its graph`)
    kept.add(name)
    for (const call of node.calls) called.add(call)
    if (node.op === 'RestoreV2' && nodeOf(node.inputs[0]) !== restore.filename) throw readsFiles(node)
    if (node.op !== 'RestoreV2') checkOperation(node)
    waiting.push(...node.inputs.map(nodeOf))
  }
  for (const name of called) {
    const body = functions.get(name)
    if (body === undefined) continue
    for (const node of body.nodes) {
      if (node.op === 'RestoreV2' ? !body.parameters.has(source(body, node.inputs[0])) : false) throw readsFiles(node)
      if (node.op !== 'RestoreV2') checkOperation(node)
      for (const call of node.calls) called.add(call)
    }
  }
  const keptFunctions = [...functions].filter(([name]) => called.has(name)).map(([, body]) => body.whole)
  return concatBytes([
    ...[...nodes.values()].filter(node => kept.has(node.name)).map(node => node.whole),
    bytesField(graphDef.library, concatBytes(keptFunctions)),
    ...others,
  ])
}

function checkOperation({ op, name }: GraphNode): void {
  if (isComputation(op)) return
  throw unsupported('SavedModel', `the operation "${op}" (in the node "${name}")`, 'Only operations that compute from their inputs are run, not those that read or write files, call programs, or look up tables in files.')
}

function readsFiles({ name }: GraphNode): Error {
  return unsupported('SavedModel', `the operation "RestoreV2" (in the node "${name}") on another file than its own variables`, 'Save the model again with tf.saved_model.save() or model.export().')
}

/** Through nodes that hand on what they get. */
function source(body: GraphFunction, input: string | undefined): string {
  let name = nodeOf(input ?? '')
  for (let k = 0; k < maxDepth; k++) {
    const node = body.nodes.find(n => n.name === name)
    if (node === undefined || node.op !== 'Identity') return name
    name = nodeOf(node.inputs[0] ?? '')
  }
  return ''
}

/** `^node`, `node:1` and `node:output:0` are all of `node`. */
function nodeOf(input: string): string {
  return input.replace(/^\^/, '').split(':')[0]
}

function readNode(field: WireField): GraphNode {
  let name = ''
  let op = ''
  const inputs: string[] = []
  const calls: string[] = []
  for (const part of wireFields(field.bytes, fail)) {
    if (part.number === nodeDef.name) name = fieldText(part)
    else if (part.number === nodeDef.op) op = fieldText(part)
    else if (part.number === nodeDef.input) inputs.push(fieldText(part))
    else if (part.number === nodeDef.attr) for (const entry of wireFields(part.bytes, fail)) if (entry.number === 2 && entry.wire === 2) callsIn(entry.bytes, calls, 0)
  }
  return { name, op, inputs, calls, whole: field.whole }
}

/** Functions named by an AttrValue: in `func` (10), or in the `func`s of its `list` (1), with attributes of their own. */
function callsIn(value: Uint8Array, calls: string[], depth: number): void {
  if (depth > maxDepth) throw fail('it has attributes nested too deep')
  for (const field of wireFields(value, fail)) {
    if (field.number === 10 && field.wire === 2) functionName(field.bytes, calls, depth)
    if (field.number === 1 && field.wire === 2) for (const item of wireFields(field.bytes, fail)) if (item.number === 9 && item.wire === 2) functionName(item.bytes, calls, depth)
  }
}

function functionName(bytes: Uint8Array, calls: string[], depth: number): void {
  for (const field of wireFields(bytes, fail)) {
    if (field.number === 1 && field.wire === 2) calls.push(fieldText(field))
    if (field.number === 2 && field.wire === 2) for (const entry of wireFields(field.bytes, fail)) if (entry.number === 2 && entry.wire === 2) callsIn(entry.bytes, calls, depth + 1)
  }
}

function readLibrary(bytes: Uint8Array, functions: Map<string, GraphFunction>): void {
  for (const field of wireFields(bytes, fail)) {
    // Gradients and whatever came later: only training needs it.
    if (field.number !== 1) continue
    const nodes: GraphNode[] = []
    const parameters = new Set<string>()
    let name = ''
    for (const part of wireFields(field.bytes, fail)) {
      if (part.number === functionDef.node) nodes.push(readNode(part))
      if (part.number !== functionDef.signature) continue
      for (const item of wireFields(part.bytes, fail)) {
        if (item.number === 1) name = fieldText(item)
        if (item.number === 2) for (const argument of wireFields(item.bytes, fail)) if (argument.number === 1) parameters.add(fieldText(argument))
      }
    }
    functions.set(name, { nodes, parameters, whole: field.whole })
  }
}
