import { assert } from '../../common/assert.ts'
import { type Field, float64Type } from '../../columnar/data-type.ts'
import { isNullAt, Vector } from '../../columnar/vector.ts'
import { elementField } from './file-elements.ts'

/**
 * One physical column of a row group: a level for every entry, and for every entry with a value its position in
 * `vector` (−1 where a null or an empty list ends the path).
 */
export interface ShreddedColumn {
  readonly path: readonly string[]
  readonly vector: Vector
  readonly entries: number
  readonly index: Int32Array
  readonly definition: Uint8Array
  readonly repetition: Uint8Array
  readonly maxDefinition: number
  readonly maxRepetition: number
}

/** Takes a column apart into its physical columns, in the order of the schema: one loop a level, no value is touched. */
export function shred(f: Field, vector: Vector): ShreddedColumn[] {
  const n = vector.length
  const index = new Int32Array(n)
  for (let i = 0; i < n; i++) index[i] = i
  const out: ShreddedColumn[] = []
  const none = new Uint8Array(n)
  walk(f, { path: [f.name], vector, entries: n, index, definition: none, repetition: none, maxDefinition: 0, maxRepetition: 0 }, out)
  return out
}

function walk(f: Field, column: ShreddedColumn, out: ShreddedColumn[]): void {
  const here = f.nullable || f.type.kind === 'null' ? optional(column) : required(column)
  const { type } = f
  const { vector, path } = here
  switch (type.kind) {
    case 'struct':
      type.fields.forEach((inner, k) => walk(inner, { ...here, vector: vector.children[k], path: [...path, inner.name] }, out))
      return
    case 'array':
      walk(elementField(type), repeated(here, vector.offsets as Int32Array, vector.children[0]), out)
      return
    case 'vector': {
      const offsets = new Int32Array(vector.length + 1)
      for (let i = 1; i <= vector.length; i++) offsets[i] = i * type.size
      walk(elementField(type), repeated(here, offsets, new Vector(float64Type, vector.length * type.size, null, vector.values)), out)
      return
    }
    default:
      out.push(here)
  }
}

function required(column: ShreddedColumn): ShreddedColumn {
  const { vector, index, entries } = column
  if (vector.validity !== null) {
    for (let i = 0; i < entries; i++) {
      assert(index[i] < 0 || !isNullAt(vector, index[i]), 'A column that its schema calls non-null holds a null.', { column: column.path.join('.') })
    }
  }
  return column
}

/** Entries that are not null go one definition level up; the path of the others ends. */
function optional(column: ShreddedColumn): ShreddedColumn {
  const { vector, entries } = column
  const definition = column.definition.slice()
  const index = column.index.slice()
  for (let i = 0; i < entries; i++) {
    if (index[i] < 0) continue
    if (isNullAt(vector, index[i])) index[i] = -1
    else definition[i]++
  }
  return { ...column, definition, index, maxDefinition: column.maxDefinition + 1 }
}

/** Every list becomes an entry per element; an empty or absent one keeps its single entry. */
function repeated(column: ShreddedColumn, offsets: Int32Array, elements: Vector): ShreddedColumn {
  const { entries, index: from } = column
  let total = 0
  for (let i = 0; i < entries; i++) total += from[i] < 0 ? 1 : Math.max(1, offsets[from[i] + 1] - offsets[from[i]])
  const index = new Int32Array(total)
  const definition = new Uint8Array(total)
  const repetition = new Uint8Array(total)
  const maxRepetition = column.maxRepetition + 1
  let at = 0
  for (let i = 0; i < entries; i++) {
    const start = from[i] < 0 ? 0 : offsets[from[i]]
    const end = from[i] < 0 ? 0 : offsets[from[i] + 1]
    repetition[at] = column.repetition[i]
    if (start === end) {
      definition[at] = column.definition[i]
      index[at++] = -1
      continue
    }
    for (let e = start; e < end; e++, at++) {
      if (e > start) repetition[at] = maxRepetition
      definition[at] = column.definition[i] + 1
      index[at] = e
    }
  }
  return {
    path: [...column.path, 'list', 'element'],
    vector: elements, entries: total, index, definition, repetition, maxDefinition: column.maxDefinition + 1, maxRepetition,
  }
}
