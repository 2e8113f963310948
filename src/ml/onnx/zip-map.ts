import { bytesField, concatBytes, numberField } from '../protobuf/writer.ts'
import { fieldText, repeatedVarints, wireFields } from '../protobuf/reader.ts'
import { fail } from './external-data.ts'

/** A graph output that was a list of maps: where the tensor of its values is found, and what the columns are called. */
export interface ZippedOutput {
  /** What the graph calls the list of maps. */
  readonly name: string
  /** The tensor [rows, classes] that stands in its place. */
  readonly tensor: string
  readonly classes: readonly string[]
}

export interface Unzipped {
  readonly model: Uint8Array
  readonly zipped: readonly ZippedOutput[]
  /** Names of the graph's outputs as they were, in order. */
  readonly outputs: readonly string[]
  /** Of the default operator set; 0 where none is named. */
  readonly opset: number
}

/** Field numbers of ModelProto, GraphProto, NodeProto, AttributeProto, ValueInfoProto and OperatorSetIdProto. */
const modelGraph = 7
const modelOpset = 8
const graphNode = 1
const graphOutput = 12
const node = { input: 1, output: 2, operator: 4, attribute: 5 }
const attribute = { name: 1, ints: 8, strings: 9 }
const valueName = 1

/**
 * Takes ZipMap nodes out of a model. ZipMap ends the classifiers that skl2onnx writes; it makes one map a row, a type that
 * the runtimes' JavaScript interfaces cannot hand out. The graph then answers the tensor that ZipMap would have zipped.
 *
 * @throws AnalysisError ML_UNREADABLE
 */
export function withoutZipMaps(model: Uint8Array): Unzipped {
  const parts: Uint8Array[] = []
  let graph: Uint8Array | undefined
  let opset = 0
  for (const field of wireFields(model, fail)) {
    if (field.number === modelGraph && field.wire === 2) {
      // Two graphs would be merged by a runtime; nothing writes that.
      if (graph !== undefined) throw fail('it has two graphs')
      graph = field.bytes
      continue
    }
    if (field.number === modelOpset) opset = Math.max(opset, opsetOf(field.bytes))
    parts.push(field.whole)
  }
  if (graph === undefined) throw fail('it has no graph')
  const zips = zipMapsOf(graph)
  const names = outputNames(graph)
  if (!names.some(name => zips.has(name))) return { model, zipped: [], outputs: names, opset }
  const zipped = names.flatMap(name => zips.get(name) ?? [])
  parts.push(bytesField(modelGraph, rewritten(graph, zips, names)))
  return { model: concatBytes(parts), zipped, outputs: names, opset }
}

function opsetOf(bytes: Uint8Array): number {
  let domain = ''
  let version = 0
  for (const field of wireFields(bytes, fail)) {
    if (field.number === 1) domain = fieldText(field)
    if (field.number === 2) version = field.value
  }
  return domain === '' || domain === 'ai.onnx' ? version : 0
}

function outputNames(graph: Uint8Array): string[] {
  const names: string[] = []
  for (const field of wireFields(graph, fail)) if (field.number === graphOutput) names.push(nameOf(field.bytes))
  return names
}

function nameOf(valueInfo: Uint8Array): string {
  let name = ''
  for (const field of wireFields(valueInfo, fail)) if (field.number === valueName) name = fieldText(field)
  return name
}

/** The ZipMap nodes of a graph, by the name of what they answer. */
function zipMapsOf(graph: Uint8Array): Map<string, ZippedOutput> {
  const found = new Map<string, ZippedOutput>()
  for (const field of wireFields(graph, fail)) {
    if (field.number !== graphNode || field.wire !== 2) continue
    const zip = zipMap(field.bytes)
    if (zip !== undefined) found.set(zip.name, zip)
  }
  return found
}

function zipMap(bytes: Uint8Array): ZippedOutput | undefined {
  let operator = ''
  const inputs: string[] = []
  const outputs: string[] = []
  const classes: string[] = []
  for (const field of wireFields(bytes, fail)) {
    if (field.number === node.operator) operator = fieldText(field)
    else if (field.number === node.input) inputs.push(fieldText(field))
    else if (field.number === node.output) outputs.push(fieldText(field))
    else if (field.number === node.attribute) classes.push(...classesOf(field.bytes))
  }
  if (operator !== 'ZipMap') return undefined
  if (inputs.length !== 1 || outputs.length !== 1 || classes.length === 0) throw fail('a ZipMap does not name its tensor and its classes')
  if (new Set(classes).size !== classes.length) throw fail('a ZipMap has two classes of one name')
  return { name: outputs[0], tensor: inputs[0], classes }
}

/** classlabels_strings or classlabels_int64s. */
function classesOf(bytes: Uint8Array): string[] {
  const out: string[] = []
  let name = ''
  for (const field of wireFields(bytes, fail)) {
    if (field.number === attribute.name) name = fieldText(field)
    else if (field.number === attribute.strings) out.push(fieldText(field))
    else if (field.number === attribute.ints) out.push(...repeatedVarints(field, fail).map(String))
  }
  return name.startsWith('classlabels_') ? out : []
}

/** The graph without these nodes, their tensors among its outputs instead. */
function rewritten(graph: Uint8Array, zips: ReadonlyMap<string, ZippedOutput>, names: readonly string[]): Uint8Array {
  const parts: Uint8Array[] = []
  const answered = new Set(names)
  for (const field of wireFields(graph, fail)) {
    if (field.number === graphNode && zipMap(field.bytes) !== undefined) continue
    const zip = field.number === graphOutput ? zips.get(nameOf(field.bytes)) : undefined
    if (zip === undefined) {
      parts.push(field.whole)
    } else if (!answered.has(zip.tensor)) {
      answered.add(zip.tensor)
      parts.push(bytesField(graphOutput, floatTensor(zip.tensor)))
    }
  }
  return concatBytes(parts)
}

/** ValueInfoProto of a tensor of 32-bit floats, which ZipMap takes; the runtime finds out its shape. */
function floatTensor(name: string): Uint8Array {
  return concatBytes([bytesField(valueName, name), bytesField(2, bytesField(1, numberField(1, 1)))])
}
