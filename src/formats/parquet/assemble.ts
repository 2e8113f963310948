import { bitmapBytes, newBitmap, setBit } from '../../columnar/bitmap.ts'
import { Vector } from '../../columnar/vector.ts'
import type { FileNode } from './file-schema.ts'
import type { LeafRows } from './leaf-reader.ts'
import type { ReadNode } from './read-plan.ts'

/**
 * Builds vectors from levels and values. Each node is one loop over the levels of its shape-giving leaf: an entry is a
 * slot of the node where `repetition <= depth` and `definition >= slotLevel`, and the slot is not null where
 * `definition >= level`.
 */
export function assemble(read: ReadNode, leaves: ReadonlyMap<number, LeafRows>): Vector {
  const rows = leaves.get(read.shape.index) as LeafRows
  const { node } = read
  if (node.kind === 'leaf') return leafVector(node, rows)
  const slots = slotsOf(node, rows)
  if (node.kind === 'struct') {
    const children = read.children.map(c => assemble(c, leaves))
    if (children.some(c => c.length !== slots.count)) throw new Error(`the fields of "${node.name}" have different numbers of values`)
    return new Vector(read.type, slots.count, slots.validity, null, null, children)
  }
  const child = assemble(read.children[0], leaves)
  const offsets = listOffsets(node, rows, slots.count)
  if (child.length !== offsets[slots.count]) throw new Error(`the elements of "${node.name}" have different numbers of values`)
  return new Vector(read.type, slots.count, slots.validity, null, offsets, [child])
}

interface Slots {
  readonly count: number
  readonly validity: Uint8Array | null
}

function slotsOf(node: FileNode, rows: LeafRows): Slots {
  const { definition, repetition, entries } = rows
  if (definition === null) return { count: entries, validity: null }
  const { depth, slotLevel, level } = node
  const validity = new Uint8Array(bitmapBytes(entries))
  let count = 0
  let nulls = 0
  for (let i = 0; i < entries; i++) {
    if (definition[i] < slotLevel || (repetition !== null && repetition[i] > depth)) continue
    if (definition[i] >= level) setBit(validity, count)
    else nulls++
    count++
  }
  return { count, validity: nulls === 0 ? null : validity.subarray(0, bitmapBytes(count)) }
}

/** An entry that reaches the elements' level belongs to the slot begun last. */
function listOffsets(node: FileNode, rows: LeafRows, count: number): Int32Array {
  const { depth, slotLevel } = node
  const elementLevel = node.children[0].slotLevel
  const definition = rows.definition as Uint8Array
  const repetition = rows.repetition as Uint8Array
  const offsets = new Int32Array(count + 1)
  let slot = 0
  let elements = 0
  for (let i = 0; i < rows.entries; i++) {
    if (definition[i] < slotLevel || repetition[i] > depth + 1) continue
    if (repetition[i] <= depth) offsets[slot++] = elements
    if (definition[i] >= elementLevel) elements++
  }
  offsets[count] = elements
  return offsets
}

/** The values with gaps where there are nulls. */
function leafVector(node: FileNode, rows: LeafRows): Vector {
  const { values, definition, entries } = rows
  if (definition === null || values.length === entries) return values
  const slots = slotsOf(node, { ...rows, repetition: null })
  if (slots.count === values.length) return values
  const { count } = slots
  const validity = slots.validity ?? newBitmap(count, true)
  return spread(values, count, validity)
}

function spread(values: Vector, count: number, validity: Uint8Array): Vector {
  const { type } = values
  const present = (i: number): boolean => (validity[i >> 3] & (1 << (i & 7))) !== 0
  switch (type.kind) {
    case 'null':
      return new Vector(type, count, null, null)
    case 'boolean': {
      const from = values.values as Uint8Array
      const out = new Uint8Array(bitmapBytes(count))
      for (let i = 0, k = 0; i < count; i++) {
        if (!present(i)) continue
        if ((from[k >> 3] & (1 << (k & 7))) !== 0) setBit(out, i)
        k++
      }
      return new Vector(type, count, validity, out)
    }
    case 'int64': {
      const from = values.values as BigInt64Array
      const out = new BigInt64Array(count)
      for (let i = 0, k = 0; i < count; i++) if (present(i)) out[i] = from[k++]
      return new Vector(type, count, validity, out)
    }
    case 'string':
    case 'binary':
      if (values.dictionary === null) {
        const from = values.offsets as Int32Array
        const out = new Int32Array(count + 1)
        for (let i = 0, k = 0; i < count; i++) out[i + 1] = present(i) ? from[++k] : from[k]
        return new Vector(type, count, validity, values.values, out)
      }
      return new Vector(type, count, validity, spreadInt32(values.values as Int32Array, count, validity), null, [], values.dictionary)
    case 'int32':
    case 'date':
      return new Vector(type, count, validity, spreadInt32(values.values as Int32Array, count, validity))
    default: {
      const from = values.values as Float64Array
      const out = new Float64Array(count)
      for (let i = 0, k = 0; i < count; i++) if (present(i)) out[i] = from[k++]
      return new Vector(type, count, validity, out)
    }
  }
}

function spreadInt32(from: Int32Array, count: number, validity: Uint8Array): Int32Array {
  const out = new Int32Array(count)
  for (let i = 0, k = 0; i < count; i++) if ((validity[i >> 3] & (1 << (i & 7))) !== 0) out[i] = from[k++]
  return out
}
