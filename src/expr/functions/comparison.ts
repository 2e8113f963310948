import { andValidity, getBit } from '../../columnar/bitmap.ts'
import { booleanType, type DataType, isOrderable } from '../../columnar/data-type.ts'
import { BytesReader, isNullAt, type Vector, withValidity } from '../../columnar/vector.ts'
import { commonType, mixesText } from '../coercion.ts'
import type { FunctionEntry, Kernel, ResolvedArgument } from '../function-table.ts'
import { booleanRows, signature } from './define.ts'
import { operandMismatch } from './operands.ts'

/**
 * Compares two rows of vectors of one type: negative, zero, positive. NaN equals NaN and is above every number,
 * −0.0 equals 0.0, text is in byte order, null is below all (only met inside arrays and structs).
 */
export type RowComparator = (i: number, j: number) => number

export function rowComparator(a: Vector, b: Vector): RowComparator {
  const type: DataType = a.type
  switch (type.kind) {
    case 'boolean': {
      const x = a.values as Uint8Array
      const y = b.values as Uint8Array
      return (i, j) => Number(getBit(x, i)) - Number(getBit(y, j))
    }
    case 'int64': {
      const x = a.values as BigInt64Array
      const y = b.values as BigInt64Array
      return (i, j) => (x[i] < y[j] ? -1 : x[i] > y[j] ? 1 : 0)
    }
    case 'string':
    case 'binary': {
      const x = new BytesReader(a)
      const y = new BytesReader(b)
      return (i, j) => compareBytes(x.bytes, x.start(i), x.end(i), y.bytes, y.start(j), y.end(j))
    }
    case 'array': {
      const x = a.offsets as Int32Array
      const y = b.offsets as Int32Array
      const inner = nullableComparator(a.children[0], b.children[0])
      return (i, j) => {
        const n = x[i + 1] - x[i]
        const m = y[j + 1] - y[j]
        for (let k = 0; k < n && k < m; k++) {
          const c = inner(x[i] + k, y[j] + k)
          if (c !== 0) return c
        }
        return n - m
      }
    }
    case 'struct': {
      const inner = a.children.map((child, k) => nullableComparator(child, b.children[k]))
      return (i, j) => {
        for (const f of inner) {
          const c = f(i, j)
          if (c !== 0) return c
        }
        return 0
      }
    }
    case 'null':
      return () => 0
    default: {
      const x = a.values as Float64Array
      const y = b.values as Float64Array
      return (i, j) => compareNumbers(x[i], y[j])
    }
  }
}

/** As {@link rowComparator}, with null below every value. */
export function nullableComparator(a: Vector, b: Vector): RowComparator {
  const inner = rowComparator(a, b)
  if (a.validity === null && b.validity === null) return inner
  return (i, j) => {
    const x = isNullAt(a, i)
    const y = isNullAt(b, j)
    if (x || y) return x === y ? 0 : x ? -1 : 1
    return inner(i, j)
  }
}

export function compareNumbers(x: number, y: number): number {
  if (x < y) return -1
  if (x > y) return 1
  if (x === y) return 0
  // At least one is NaN.
  return x === x ? -1 : y === y ? 1 : 0
}

export function compareBytes(a: Uint8Array, aStart: number, aEnd: number, b: Uint8Array, bStart: number, bEnd: number): number {
  const n = Math.min(aEnd - aStart, bEnd - bStart)
  for (let k = 0; k < n; k++) {
    const d = a[aStart + k] - b[bStart + k]
    if (d !== 0) return d
  }
  return aEnd - aStart - (bEnd - bStart)
}

type Test = (c: number) => boolean

function compareKernel(test: Test): Kernel {
  return ([a, b], length, validity) => {
    const compare = rowComparator(a, b)
    return booleanRows(length, validity, i => test(compare(i, i)))
  }
}

/** Null equals null, and the answer is never null. */
const nullSafeEqual: Kernel = ([a, b], length) => {
  const compare = nullableComparator(a, b)
  return booleanRows(length, null, i => compare(i, i) === 0)
}

/** Text inside arrays and structs does not become something else, as it does beside a value. */
function meeting(args: readonly ResolvedArgument[]): DataType | undefined {
  const [a, b] = args.map(arg => arg.type)
  const type = (a.kind === 'array' || a.kind === 'struct') && mixesText(a, b) ? undefined : commonType(a, b)
  return type === undefined || !isOrderable(type) ? undefined : type
}

function comparison(name: string, aliases: readonly string[], test: Test, doc: string): FunctionEntry {
  const kernel = compareKernel(test)
  return {
    name,
    aliases,
    arity: [2, 2],
    usage: `left ${name} right -> boolean`,
    doc,
    safe: true,
    mismatch: operandMismatch,
    resolve: args => {
      const type = meeting(args)
      return type === undefined ? undefined : signature([type, type], booleanType, kernel)
    },
  }
}

/** `x IN (a, b, …)`: null where x is not found and the list (or x) has a null. */
const inKernel: Kernel = (args, length) => {
  const [x, ...list] = args
  const compare = list.map(item => rowComparator(x, item))
  const found = booleanRows(length, null, i => !isNullAt(x, i) && list.some((item, k) => !isNullAt(item, i) && compare[k](i, i) === 0))
  let validity = x.validity
  const bits = found.values as Uint8Array
  for (const item of list) {
    if (item.validity === null && item.type.kind !== 'null') continue
    const known = booleanRows(length, null, i => getBit(bits, i) || !isNullAt(item, i)).values as Uint8Array
    validity = andValidity(validity, known, length)
  }
  return withValidity(found, validity)
}

export const comparisonFunctions: readonly FunctionEntry[] = [
  comparison('=', ['=='], c => c === 0, 'Whether both sides are equal; NaN equals NaN.'),
  comparison('<>', ['!='], c => c !== 0, 'Whether both sides differ.'),
  comparison('<', [], c => c < 0, 'Whether the left side is smaller; text by bytes, NaN is the largest number.'),
  comparison('<=', [], c => c <= 0, 'Whether the left side is smaller or equal.'),
  comparison('>', [], c => c > 0, 'Whether the left side is larger.'),
  comparison('>=', [], c => c >= 0, 'Whether the left side is larger or equal.'),
  {
    name: '<=>',
    aliases: ['equal_null'],
    arity: [2, 2],
    usage: 'left <=> right -> boolean',
    doc: 'Whether both sides are equal, null counting as a value; never null.',
    nulls: 'own',
    safe: true,
    mismatch: operandMismatch,
    resolve: args => {
      const type = meeting(args)
      return type === undefined ? undefined : signature([type, type], booleanType, nullSafeEqual)
    },
  },
  {
    name: 'in',
    arity: [2, Infinity],
    usage: 'value in (item, ...) -> boolean',
    doc: 'Whether the value is one of the items; null where it is not and an item is null.',
    nulls: 'own',
    safe: true,
    mismatch: () => 'DATA_DIFF_TYPES',
    resolve: args => {
      let type: DataType | undefined = args[0].type
      for (const arg of args) type = type === undefined ? undefined : commonType(type, arg.type)
      if (type === undefined || !isOrderable(type)) return undefined
      const all = type
      return signature(args.map(() => all), booleanType, inKernel, true)
    },
  },
]
