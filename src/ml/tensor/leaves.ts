import { getBit } from '../../columnar/bitmap.ts'
import { BytesReader, type Vector } from '../../columnar/vector.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export type NumberTarget = Float64Array | Float32Array | Int32Array | Int16Array | Int8Array | Uint32Array | Uint16Array | Uint8Array

/**
 * Copies the values of leaves[from .. to) of a number-like vector; a null is NaN, so that only targets of floats can have
 * one. A whole number beyond 2^53 is rounded.
 */
export function copyNumbers(leaves: Vector, from: number, to: number, target: NumberTarget, at: number): void {
  switch (leaves.type.kind) {
    case 'vector': {
      const { size } = leaves.type
      target.set((leaves.values as Float64Array).subarray(from * size, to * size), at)
      if (leaves.validity === null) return
      for (let i = from; i < to; i++) if (!getBit(leaves.validity, i)) target.fill(NaN, at + (i - from) * size, at + (i - from + 1) * size)
      return
    }
    case 'int64': {
      const values = leaves.values as BigInt64Array
      const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
      for (let i = from, k = at; i < to; i++, k++) target[k] = words[2 * i + 1] * 4_294_967_296 + (words[2 * i] >>> 0)
      break
    }
    case 'boolean': {
      const bits = leaves.values as Uint8Array
      for (let i = from, k = at; i < to; i++, k++) target[k] = (bits[i >> 3] >> (i & 7)) & 1
      break
    }
    case 'null':
      target.fill(NaN, at, at + to - from)
      return
    default:
      target.set((leaves.values as Float64Array | Int32Array).subarray(from, to), at)
  }
  const { validity } = leaves
  if (validity === null) return
  for (let i = from, k = at; i < to; i++, k++) if (!getBit(validity, i)) target[k] = NaN
}

/** Values of leaves[from .. to) into 64-bit whole numbers, int64 exactly; `scratch` is as long as the range. */
export function copyInt64(leaves: Vector, from: number, to: number, target: BigInt64Array | BigUint64Array, at: number, scratch: Float64Array): void {
  if (leaves.type.kind === 'int64') {
    target.set((leaves.values as BigInt64Array).subarray(from, to), at)
    return
  }
  const count = (to - from) * (leaves.type.kind === 'vector' ? leaves.type.size : 1)
  copyNumbers(leaves, from, to, scratch, 0)
  const words = new Int32Array(target.buffer, target.byteOffset, target.length * 2)
  for (let i = 0, k = 2 * at; i < count; i++, k += 2) {
    const high = Math.floor(scratch[i] / 4_294_967_296)
    words[k] = scratch[i] - high * 4_294_967_296
    words[k + 1] = high
  }
}

/** Text of leaves[from .. to): numbers as JavaScript prints them, a null as the empty text. */
export function copyTexts(leaves: Vector, from: number, to: number, target: string[], at: number): void {
  const { type, validity } = leaves
  const isText = type.kind === 'string'
  const reader = isText ? new BytesReader(leaves) : undefined
  const numbers = isText || type.kind === 'null' ? undefined : new Float64Array(to - from)
  if (numbers !== undefined) copyNumbers(leaves, from, to, numbers, 0)
  for (let i = from, k = at; i < to; i++, k++) {
    if (type.kind === 'null' || (validity !== null && !getBit(validity, i))) target[k] = ''
    else if (reader !== undefined) target[k] = decoder.decode(reader.bytes.subarray(reader.start(i), reader.end(i)))
    else target[k] = String((numbers as Float64Array)[i - from])
  }
}

/** The first value that is missing (null, NaN); undefined when there is none. */
export function hasMissing(leaves: Vector, from: number, to: number): boolean {
  const { type, validity } = leaves
  if (type.kind === 'null') return to > from
  if (validity !== null) for (let i = from; i < to; i++) if (!getBit(validity, i)) return true
  if (type.kind !== 'float64' && type.kind !== 'vector') return false
  const width = type.kind === 'vector' ? type.size : 1
  const values = leaves.values as Float64Array
  for (let i = from * width; i < to * width; i++) if (values[i] !== values[i]) return true
  return false
}

/** The first value that is no whole number from `low` to `high`; undefined when all are. Nulls are passed over. */
export function firstOutside(leaves: Vector, from: number, to: number, low: number, high: number): number | undefined {
  const { type, validity } = leaves
  if (type.kind === 'boolean' || type.kind === 'null' || type.kind === 'string') return undefined
  if (type.kind === 'int64' && low <= -9_223_372_036_854_775_808 && high >= 9_223_372_036_854_774_784) return undefined
  const width = type.kind === 'vector' ? type.size : 1
  const values = leaves.values as Float64Array | Int32Array | BigInt64Array
  for (let i = from * width; i < to * width; i++) {
    const x = Number(values[i])
    if (Number.isInteger(x) && x >= low && x <= high) continue
    if (validity !== null && !getBit(validity, Math.floor(i / width))) continue
    return x
  }
  return undefined
}
