import { type DataType, type Field, field, int32Type, type StructType } from '../../columnar/data-type.ts'
import { concat } from '../../columnar/concat.ts'
import { take } from '../../columnar/take.ts'
import { int32Vector, isNullAt, nullVector, type Vector } from '../../columnar/vector.ts'
import { commonTypeOf } from '../coercion.ts'
import type { Generated, GeneratorEntry, GeneratorSignature } from '../generator-table.ts'
import { fieldVectors } from './structs.ts'

/** For each output row its input row, the element it stands for (−1: none) and the element's position in its array. */
interface Unrolled {
  readonly rows: Int32Array
  readonly elements: Int32Array
  readonly positions: Int32Array
}

/** One output row per element; with `outer` one without an element for each null or empty array. */
function unroll(array: Vector, length: number, outer: boolean): Unrolled {
  const offsets = array.offsets as Int32Array | null
  const count = (i: number): number => (offsets === null || isNullAt(array, i) ? 0 : offsets[i + 1] - offsets[i])
  let total = 0
  for (let i = 0; i < length; i++) total += count(i) || (outer ? 1 : 0)
  const rows = new Int32Array(total)
  const elements = new Int32Array(total)
  const positions = new Int32Array(total)
  let n = 0
  for (let i = 0; i < length; i++) {
    const size = count(i)
    for (let k = 0; k < size; k++, n++) {
      rows[n] = i
      elements[n] = (offsets as Int32Array)[i] + k
      positions[n] = k
    }
    if (size === 0 && outer) {
      rows[n] = i
      elements[n] = positions[n] = -1
      n++
    }
  }
  return { rows, elements, positions }
}

function positionsVector(unrolled: Unrolled): Vector {
  return take(int32Vector(int32Type, unrolled.positions.map(p => (p < 0 ? 0 : p))), unrolled.positions.map((p, i) => (p < 0 ? -1 : i)))
}

function explode(name: string, withPosition: boolean, outer: boolean): GeneratorEntry {
  return {
    name,
    arity: [1, 1],
    usage: `${name}(array)`,
    doc: `One row per element of the array${withPosition ? ', with its position from 0' : ''}; ${outer ? 'a row of nulls' : 'none'} for an empty or null array.`,
    resolve: ([arg]): GeneratorSignature | undefined => {
      if (arg.type.kind !== 'array') return undefined
      const column = field('col', arg.type.element, outer || arg.type.containsNull)
      return {
        args: [arg.type],
        fields: withPosition ? [field('pos', int32Type, outer), column] : [column],
        kernel: ([array], length): Generated => {
          const unrolled = unroll(array, length, outer)
          const values = take(array.children[0], unrolled.elements)
          return { rows: unrolled.rows, columns: withPosition ? [positionsVector(unrolled), values] : [values] }
        },
      }
    },
  }
}

function inline(name: string, outer: boolean): GeneratorEntry {
  return {
    name,
    arity: [1, 1],
    usage: `${name}(array of structs)`,
    doc: `One row per struct of the array, its fields as columns; ${outer ? 'a row of nulls' : 'none'} for an empty or null array.`,
    resolve: ([arg]): GeneratorSignature | undefined => {
      if (arg.type.kind !== 'array' || arg.type.element.kind !== 'struct') return undefined
      const { containsNull } = arg.type
      const struct: StructType = arg.type.element
      return {
        args: [arg.type],
        fields: struct.fields.map(f => field(f.name, f.type, f.nullable || containsNull || outer)),
        kernel: ([array], length): Generated => {
          const unrolled = unroll(array, length, outer)
          return { rows: unrolled.rows, columns: fieldVectors(take(array.children[0], unrolled.elements)) }
        },
      }
    },
  }
}

/** The arguments after the first, read as the cells of a table of `rows` rows, row by row. */
const stack: GeneratorEntry = {
  name: 'stack',
  arity: [2, Infinity],
  usage: 'stack(rows: int literal, value, ...)',
  doc: 'Spreads the values over the given number of rows; missing ones at the end are null.',
  resolve: (args): GeneratorSignature | undefined => {
    const rows = args[0].literal
    if (args[0].type.kind !== 'int32' || typeof rows !== 'number' || rows < 1) return undefined
    const cells = args.slice(1)
    const width = Math.ceil(cells.length / rows)
    const types: DataType[] = []
    const fields: Field[] = []
    for (let k = 0; k < width; k++) {
      const column = cells.filter((_, at) => at % width === k)
      const type = commonTypeOf(column.map(c => c.type))
      if (type === undefined) return undefined
      types.push(type)
      fields.push(field(`col${k}`, type, column.length < rows || column.some(c => c.nullable)))
    }
    return {
      args: [int32Type, ...cells.map((_, at) => types[at % width])],
      fields,
      kernel: (vectors, length): Generated => stackRows(vectors.slice(1), types, rows, width, length),
    }
  },
}

function stackRows(cells: readonly Vector[], types: readonly DataType[], rows: number, width: number, length: number): Generated {
  const total = length * rows
  const from = new Int32Array(total)
  for (let i = 0; i < total; i++) from[i] = Math.floor(i / rows)
  const columns = types.map((type, k) => {
    const parts: Vector[] = []
    for (let r = 0; r < rows; r++) parts.push(cells[r * width + k] ?? nullVector(type, length))
    const where = new Int32Array(total)
    for (let i = 0; i < total; i++) where[i] = (i % rows) * length + from[i]
    return take(concat(type, parts), where)
  })
  return { rows: from, columns }
}

export const generatorFunctions: readonly GeneratorEntry[] = [
  explode('explode', false, false),
  explode('explode_outer', false, true),
  explode('posexplode', true, false),
  explode('posexplode_outer', true, true),
  inline('inline', false),
  inline('inline_outer', true),
  stack,
]
