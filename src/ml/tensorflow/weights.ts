import type { DocumentPart } from '../document.ts'
import type { ModelArtefact } from '../model.ts'
import type { WeightSpec } from './runtime.ts'

const maxRank = 8
const bytesOf: ReadonlyMap<string, number> = new Map([
  ['float32', 4],
  ['int32', 4],
  ['bool', 1],
  ['uint8', 1],
  ['uint16', 2],
  ['float16', 2],
])

export interface Weights {
  readonly specs: readonly WeightSpec[]
  readonly bytes: ArrayBuffer
  /** Numbers in all weights together. */
  readonly count: number
}

/**
 * The weights that `weightsManifest` describes: groups of shard files, cut anywhere, whose bytes one after the other are
 * the weights in order. Shards come out of the artefact alone; nothing is opened or fetched.
 *
 * @throws AnalysisError ML_UNREADABLE
 */
export function readWeights(manifest: DocumentPart, artefact: ModelArtefact): Weights {
  const files = new Map(artefact.files.map(file => [file.path, file.bytes]))
  const specs: WeightSpec[] = []
  const parts: Uint8Array[] = []
  let count = 0
  let total = 0
  for (const group of manifest.list()) {
    const shards = group.get('paths').list().map(path => shardOf(path, files))
    const here = group.get('weights').list().map(readSpec)
    const expected = here.reduce((sum, { bytes }) => sum + bytes, 0)
    const found = shards.reduce((sum, shard) => sum + shard.length, 0)
    if (expected !== found) throw group.wrong(`needs ${expected} bytes of weights, its files have ${found}`)
    for (const { spec, elements } of here) {
      specs.push(spec)
      count += elements
    }
    parts.push(...shards)
    total += found
  }
  if (new Set(specs.map(s => s.name)).size !== specs.length) throw manifest.wrong('names two weights alike')
  const bytes = new Uint8Array(total)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return { specs, bytes: bytes.buffer, count }
}

/** Names of the shard files, checked; for finding them beside a model.json. */
export function shardPaths(manifest: DocumentPart): string[] {
  return manifest.list().flatMap(group => group.get('paths').list().map(checkedPath))
}

/** Relative, inside of the model's own directory, and no URL. */
function checkedPath(part: DocumentPart): string {
  const path = part.text()
  const isInside = !/^[/\\]|\\|^[a-z][a-z0-9+.-]*:/i.test(path) && !path.split('/').some(step => step === '..' || step === '' || step === '.')
  if (!isInside || path.includes('\0')) throw part.wrong(`is ${JSON.stringify(path)}, which is not a plain file name below the model's directory`)
  return path
}

function shardOf(part: DocumentPart, files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const path = checkedPath(part)
  const bytes = files.get(path)
  if (bytes === undefined) throw part.wrong(`names the file "${path}", which is not there`)
  return bytes
}

function readSpec(part: DocumentPart): { spec: WeightSpec; elements: number; bytes: number } {
  const name = part.get('name').text()
  if (name === '__proto__') throw part.wrong('has a name that cannot be used')
  const shape = part.get('shape').list().map(dimension => dimension.count(0x7fffffff))
  const dtype = part.get('dtype').text()
  if (shape.length > maxRank) throw part.wrong(`has ${shape.length} dimensions`)
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') throw part.wrong(`has the type "${dtype}"`)
  const elements = shape.reduce((product, dimension) => product * dimension, 1)
  const quantization = part.find('quantization')
  const stored = quantization === undefined ? dtype : quantization.get('dtype').text()
  const size = bytesOf.get(stored)
  if (size === undefined) throw part.wrong(`is stored as "${stored}"`)
  if (!Number.isSafeInteger(elements * size)) throw part.wrong('is too large')
  if (quantization === undefined) return { spec: { name, shape, dtype }, elements, bytes: elements * size }
  return { spec: { name, shape, dtype, quantization: readQuantization(quantization, stored) }, elements, bytes: elements * size }
}

function readQuantization(part: DocumentPart, dtype: string): { readonly [key: string]: unknown } {
  if (dtype === 'float16') return { dtype }
  if (dtype !== 'uint8' && dtype !== 'uint16') throw part.wrong(`quantises to "${dtype}"`)
  return { dtype, min: part.get('min').number(), scale: part.get('scale').number() }
}
