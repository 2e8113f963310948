import { getBit } from '../../columnar/bitmap.ts'
import { VectorBuilder } from '../../columnar/builder.ts'
import { type DataType, stringType } from '../../columnar/data-type.ts'
import { javaDoubleText, printInteger } from '../../columnar/text/java-double.ts'
import { BytesReader, isNullAt, retype, type Vector } from '../../columnar/vector.ts'
import { ByteScratch } from '../byte-scratch.ts'
import { castKernel } from '../cast.ts'
import type { CastKernel } from './cast-kernel.ts'
import { isWellFormedUtf8 } from '../utf8.ts'

const encoder = new TextEncoder()

/**
 * Casts to text: whole numbers in digits, doubles in Java's format, arrays as `[1, null]` and structs as `{1, x}`.
 * They never fail. Date and timestamp are not here (time-casts.ts).
 */
export function toStringCastKernel(from: DataType): CastKernel | undefined {
  const kernel = kernelFor(from)
  if (kernel !== undefined) kernel.safe = true
  return kernel
}

function kernelFor(from: DataType): CastKernel | undefined {
  switch (from.kind) {
    case 'boolean':
      return booleanToString
    case 'int32':
    case 'integer':
      return wholeToString
    case 'int64':
      return textOf(v => {
        const x = v.values as BigInt64Array
        return i => String(x[i])
      })
    case 'float64':
      return textOf(v => {
        const x = v.values as Float64Array
        return i => javaDoubleText(x[i])
      })
    case 'binary':
      return binaryToString
    case 'array':
      return arrayToString(from.element)
    case 'struct':
      return structToString(from.fields.map(f => f.type))
    default:
      return undefined
  }
}

/** A cast by way of a JavaScript string per value. */
function textOf(read: (v: Vector) => (i: number) => string): CastKernel {
  return (input, length) => {
    const text = read(input)
    const out = new VectorBuilder(stringType, Math.max(8, length))
    for (let i = 0; i < length; i++) {
      if (isNullAt(input, i)) out.appendNull()
      else out.appendString(text(i))
    }
    return out.finish()
  }
}

const trueBytes = encoder.encode('true')
const falseBytes = encoder.encode('false')

const booleanToString: CastKernel = (input, length) => {
  const bits = input.values as Uint8Array
  const out = new VectorBuilder(stringType, Math.max(8, length))
  for (let i = 0; i < length; i++) {
    if (isNullAt(input, i)) out.appendNull()
    else {
      const word = getBit(bits, i) ? trueBytes : falseBytes
      out.appendBytes(word, 0, word.length)
    }
  }
  return out.finish()
}

const wholeToString: CastKernel = (input, length) => {
  const x = input.values as Float64Array | Int32Array
  const out = new VectorBuilder(stringType, Math.max(8, length))
  const digits = new Uint8Array(20)
  for (let i = 0; i < length; i++) {
    if (isNullAt(input, i)) out.appendNull()
    else out.appendBytes(digits, printInteger(x[i], digits), digits.length)
  }
  return out.finish()
}

/** Bytes read as UTF-8. A string column is always well formed, so what is not becomes U+FFFD. */
const binaryToString: CastKernel = (input, length, context) => {
  const bytes = input.values as Uint8Array
  const offsets = input.offsets as Int32Array
  if (isWellFormedUtf8(bytes, offsets, length)) return retype(input, stringType)
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return textOf(() => i => decoder.decode(bytes.subarray(offsets[i], offsets[i + 1])))(input, length, context)
}

const nullBytes = encoder.encode('null')
const commaBytes = encoder.encode(', ')

/** Adds one item of an array or struct, after a comma where it is not the first. */
function addItem(row: ByteScratch, text: Vector, reader: BytesReader, i: number, isFirst: boolean): void {
  if (!isFirst) row.add(commaBytes, 0, commaBytes.length)
  if (isNullAt(text, i)) row.add(nullBytes, 0, nullBytes.length)
  else row.add(reader.bytes, reader.start(i), reader.end(i))
}

function arrayToString(element: DataType): CastKernel | undefined {
  const inner = textKernel(element)
  if (inner === undefined) return undefined
  return (input, length, context) => {
    const offsets = input.offsets as Int32Array
    const text = inner(input.children[0], input.children[0].length, context)
    const reader = new BytesReader(text)
    const out = new VectorBuilder(stringType, Math.max(8, length))
    const row = new ByteScratch()
    for (let i = 0; i < length; i++) {
      if (isNullAt(input, i)) {
        out.appendNull()
        continue
      }
      row.add(brackets, 0, 1)
      for (let k = offsets[i]; k < offsets[i + 1]; k++) addItem(row, text, reader, k, k === offsets[i])
      row.add(brackets, 1, 2)
      row.flush(out)
    }
    return out.finish()
  }
}

function structToString(fields: readonly DataType[]): CastKernel | undefined {
  const kernels = fields.map(textKernel)
  if (kernels.includes(undefined)) return undefined
  return (input, length, context) => {
    const texts = input.children.map((child, k) => (kernels[k] as CastKernel)(child, length, context))
    const readers = texts.map(t => new BytesReader(t))
    const out = new VectorBuilder(stringType, Math.max(8, length))
    const row = new ByteScratch()
    for (let i = 0; i < length; i++) {
      if (isNullAt(input, i)) {
        out.appendNull()
        continue
      }
      row.add(brackets, 2, 3)
      for (let k = 0; k < texts.length; k++) addItem(row, texts[k], readers[k], i, k === 0)
      row.add(brackets, 3, 4)
      row.flush(out)
    }
    return out.finish()
  }
}

const brackets = encoder.encode('[]{}')

function textKernel(type: DataType): CastKernel | undefined {
  return castKernel(type, stringType, 'ansi')
}
