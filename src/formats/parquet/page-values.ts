import { byteStreamSplit } from 'hyparquet/src/encoding.js'
import type { Vector } from '../../columnar/vector.ts'
import { convertInto, physicalArray, type PhysicalArray, physicalBytes } from './convert-values.ts'
import { deltaLengthText, deltaNumbers, deltaText, type TextValues } from './delta-values.ts'
import type { Leaf } from './file-schema.ts'
import { HybridReader } from './hybrid-reader.ts'
import type { DataPage } from './page-reader.ts'
import { ValueSink } from './value-sink.ts'

/** The values of a page, read from front to back. */
export interface ValueSource {
  /** Appends the next `count` values to the sink. */
  read(sink: ValueSink, count: number): void
}

export function pageValues(page: DataPage, leaf: Leaf, dictionary: Vector | null): ValueSource {
  switch (page.encoding) {
    case 'PLAIN':
      return plainValues(page.bytes, page.start, leaf)
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY': {
      if (dictionary === null) throw new Error('a page refers to a dictionary that is not there')
      // A page without values may leave out even the width of its codes.
      const width = page.start < page.bytes.length ? page.bytes[page.start] : 0
      return new DictionaryValues(dictionary, new HybridReader(page.bytes, Math.min(page.start + 1, page.bytes.length), page.bytes.length, width))
    }
    case 'RLE': {
      if (leaf.kind !== 'boolean') break
      if (page.bytes.length < page.start + 4) return new BooleanRuns(new HybridReader(page.bytes, page.bytes.length, page.bytes.length, 1))
      return new BooleanRuns(new HybridReader(page.bytes, page.start + 4, page.bytes.length, 1))
    }
    case 'BYTE_STREAM_SPLIT':
      return splitValues(page, leaf)
    case 'DELTA_BINARY_PACKED':
      if (leaf.element.type !== 'INT32' && leaf.element.type !== 'INT64') break
      return new FixedWidth(leaf, deltaNumbers(page, leaf.element.type))
    case 'DELTA_LENGTH_BYTE_ARRAY':
      if (leaf.kind !== 'bytes') break
      return new CutBytes(deltaLengthText(page))
    case 'DELTA_BYTE_ARRAY':
      if (leaf.kind !== 'bytes' && leaf.kind !== 'fixed') break
      return new CutBytes(deltaText(page))
  }
  throw new Error(`encoding ${page.encoding} of ${leaf.element.type} is not supported`)
}

/** The values of a dictionary page as a vector. */
export function dictionaryValues(bytes: Uint8Array, count: number, leaf: Leaf): Vector {
  // Even an empty string takes four bytes, a boolean one bit.
  if (!(count >= 0 && count <= bytes.length * 8)) throw new Error(`a dictionary of ${bytes.length} bytes claims ${count} values`)
  const sink = new ValueSink(leaf.type, count)
  plainValues(bytes, 0, leaf).read(sink, count)
  return sink.finish()
}

function plainValues(bytes: Uint8Array, start: number, leaf: Leaf): ValueSource {
  if (leaf.kind === 'boolean') return new PlainBits(bytes, start)
  if (leaf.kind === 'bytes') return new PlainBytes(bytes, start)
  if (leaf.kind === 'fixed') return new FixedBytes(bytes, start, leaf.element.type_length as number)
  return new FixedWidth(leaf, physicalArray(leaf.kind, bytes, start))
}

/** Numbers of one width after another: all types but text and boolean. */
class FixedWidth implements ValueSource {
  readonly #leaf: Leaf
  readonly #values: PhysicalArray
  readonly #count: number
  #at = 0

  constructor(leaf: Leaf, values: PhysicalArray) {
    this.#leaf = leaf
    this.#values = values
    this.#count = values.length / physicalBytes(leaf.kind).elements
  }

  read(sink: ValueSink, count: number): void {
    if (this.#at + count > this.#count) throw new Error('a page has fewer values than it claims')
    sink.reserve(count)
    convertInto(this.#leaf.kind, this.#values, this.#at, sink, count)
    this.#at += count
  }
}

class PlainBits implements ValueSource {
  readonly #bytes: Uint8Array
  #bit: number

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes
    this.#bit = start * 8
  }

  read(sink: ValueSink, count: number): void {
    if (this.#bit + count > this.#bytes.length * 8) throw new Error('a page has fewer values than it claims')
    sink.reserve(count)
    for (let i = 0; i < count; i++, this.#bit++) sink.boolean[sink.length++] = (this.#bytes[this.#bit >>> 3] >> (this.#bit & 7)) & 1
  }
}

class BooleanRuns implements ValueSource {
  readonly #runs: HybridReader

  constructor(runs: HybridReader) {
    this.#runs = runs
  }

  read(sink: ValueSink, count: number): void {
    sink.reserve(count)
    this.#runs.read(sink.boolean, sink.length, count)
    sink.length += count
  }
}

/** Each value with its length (4 bytes) in front. */
class PlainBytes implements ValueSource {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at: number

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = start
  }

  read(sink: ValueSink, count: number): void {
    sink.wantBytes()
    sink.reserve(count)
    const end = this.#bytes.length
    for (let i = 0; i < count; i++) {
      if (this.#at + 4 > end) throw new Error('a page has fewer values than it claims')
      const length = this.#view.getUint32(this.#at, true)
      const start = this.#at + 4
      if (length > end - start) throw new Error(`a value claims ${length} bytes, but its page has ${end - start} left`)
      sink.reserveBytes(length)
      sink.putBytes(this.#bytes, start, start + length)
      this.#at = start + length
    }
  }
}

class FixedBytes implements ValueSource {
  readonly #bytes: Uint8Array
  readonly #size: number
  #at: number

  constructor(bytes: Uint8Array, start: number, size: number) {
    this.#bytes = bytes
    this.#size = size
    this.#at = start
  }

  read(sink: ValueSink, count: number): void {
    if (this.#at + count * this.#size > this.#bytes.length) throw new Error('a page has fewer values than it claims')
    sink.wantBytes()
    sink.reserve(count)
    sink.reserveBytes(count * this.#size)
    for (let i = 0; i < count; i++, this.#at += this.#size) sink.putBytes(this.#bytes, this.#at, this.#at + this.#size)
  }
}

/** Values that stand one after the other, cut by offsets. */
class CutBytes implements ValueSource {
  readonly #text: TextValues
  #at = 0

  constructor(text: TextValues) {
    this.#text = text
  }

  read(sink: ValueSink, count: number): void {
    const { bytes, offsets } = this.#text
    if (this.#at + count >= offsets.length) throw new Error('a page has fewer values than it claims')
    sink.wantBytes()
    sink.reserve(count)
    sink.reserveBytes(offsets[this.#at + count] - offsets[this.#at])
    for (let i = 0; i < count; i++, this.#at++) sink.putBytes(bytes, offsets[this.#at], offsets[this.#at + 1])
  }
}

class DictionaryValues implements ValueSource {
  readonly #dictionary: Vector
  readonly #codes: HybridReader
  #scratch = new Int32Array(0)

  constructor(dictionary: Vector, codes: HybridReader) {
    this.#dictionary = dictionary
    this.#codes = codes
  }

  read(sink: ValueSink, count: number): void {
    const { kind } = sink.type
    const dictionary = this.#dictionary
    if (kind === 'string' || kind === 'binary') {
      const codes = sink.codesOf(dictionary, count)
      if (codes !== null) {
        this.#readCodes(codes, sink.length, count)
        sink.length += count
        return
      }
    }
    if (this.#scratch.length < count) this.#scratch = new Int32Array(count)
    const codes = this.#scratch
    this.#readCodes(codes, 0, count)
    if (kind === 'string' || kind === 'binary') {
      sink.putCodes(dictionary, codes, count)
      return
    }
    sink.reserve(count)
    const at = sink.length
    sink.length += count
    switch (kind) {
      case 'boolean': {
        const from = dictionary.values as Uint8Array
        for (let i = 0; i < count; i++) sink.boolean[at + i] = (from[codes[i] >> 3] >> (codes[i] & 7)) & 1
        return
      }
      case 'int32':
      case 'date': {
        const from = dictionary.values as Int32Array
        for (let i = 0; i < count; i++) sink.int32[at + i] = from[codes[i]]
        return
      }
      case 'int64': {
        const from = dictionary.values as BigInt64Array
        for (let i = 0; i < count; i++) sink.int64[at + i] = from[codes[i]]
        return
      }
      case 'null':
        return
      default: {
        const from = dictionary.values as Float64Array
        for (let i = 0; i < count; i++) sink.float64[at + i] = from[codes[i]]
      }
    }
  }

  #readCodes(out: Int32Array, at: number, count: number): void {
    this.#codes.read(out, at, count)
    const size = this.#dictionary.length
    for (let i = at; i < at + count; i++) if (out[i] >>> 0 >= size) throw new Error(`code ${out[i]} of a dictionary with ${size} values`)
  }
}

/** Numbers cut into their first, second … bytes, which compress better apart. */
function splitValues(page: DataPage, leaf: Leaf): ValueSource {
  const { bytes, start } = page
  const { type, type_length: typeLength } = leaf.element
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: start }
  const width = type === 'FIXED_LEN_BYTE_ARRAY' ? (typeLength as number) : type === 'INT32' || type === 'FLOAT' ? 4 : 8
  const count = Math.floor((bytes.length - start) / width)
  const values = byteStreamSplit(reader, count, type as 'INT32', typeLength)
  if (type !== 'FIXED_LEN_BYTE_ARRAY') return new FixedWidth(leaf, values as PhysicalArray)
  // The library's values are views of one buffer that holds them in order.
  const joined = count === 0 ? new Uint8Array(0) : new Uint8Array((values as Uint8Array[])[0].buffer)
  return plainValues(joined, 0, leaf)
}
