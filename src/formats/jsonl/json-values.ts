import { getBit } from '../../columnar/bitmap.ts'
import type { DataType } from '../../columnar/data-type.ts'
import { writeBase64 } from '../../columnar/text/base64.ts'
import { ByteWriter } from '../../columnar/text/byte-writer.ts'
import { writeFloat64, writeInt64, writeInteger } from '../../columnar/text/number-text.ts'
import { writeDate, writeTimestamp } from '../../columnar/text/timestamp-text.ts'
import { BytesReader, isNullAt, type Vector } from '../../columnar/vector.ts'

/** The row as one JSON object, keys in the order of the fields. */
export function writeObject(out: ByteWriter, fields: readonly JsonField[], row: number, ignoreNulls: boolean): void {
  out.byte(0x7b)
  let first = true
  for (const f of fields) {
    if (ignoreNulls && isNullAt(f.vector, row)) continue
    if (!first) out.byte(0x2c)
    first = false
    out.copy(f.key, 0, f.key.length)
    f.write(out, row)
  }
  out.byte(0x7d)
}

/** Writes the values of one column as JSON, as the table of the JSON lines encoder says; made once per record batch. */
export class JsonField {
  readonly vector: Vector
  /** The key with its quotes and colon. */
  readonly key: Uint8Array
  readonly #kind: DataType['kind']
  readonly #text: BytesReader | null
  readonly #children: readonly JsonField[]
  readonly #ignoreNulls: boolean

  constructor(name: string, vector: Vector, ignoreNulls: boolean) {
    this.vector = vector
    const key = new ByteWriter(64)
    const bytes = new TextEncoder().encode(name)
    writeText(key, bytes, 0, bytes.length)
    key.byte(0x3a)
    this.key = key.take()
    const { type } = vector
    this.#kind = type.kind
    this.#text = type.kind === 'string' || type.kind === 'binary' ? new BytesReader(vector) : null
    this.#ignoreNulls = ignoreNulls
    this.#children =
      type.kind === 'struct' ? type.fields.map((f, k) => new JsonField(f.name, vector.children[k], ignoreNulls))
      : type.kind === 'array' ? [new JsonField('', vector.children[0], ignoreNulls)]
      : []
  }

  /** The value of row i. */
  write(out: ByteWriter, i: number): void {
    const { vector } = this
    if (vector.validity !== null && !getBit(vector.validity, i)) {
      out.copy(nullText, 0, 4)
      return
    }
    switch (this.#kind) {
      case 'null':
        out.copy(nullText, 0, 4)
        return
      case 'boolean':
        if (getBit(vector.values as Uint8Array, i)) out.copy(trueText, 0, 4)
        else out.copy(falseText, 0, 5)
        return
      case 'int32':
      case 'integer':
        writeInteger(out, (vector.values as Int32Array | Float64Array)[i])
        return
      case 'int64':
        writeInt64(out, (vector.values as BigInt64Array)[i])
        return
      case 'float64':
        writeNumber(out, (vector.values as Float64Array)[i])
        return
      case 'timestamp':
        out.byte(0x22)
        writeTimestamp(out, (vector.values as Float64Array)[i])
        out.byte(0x22)
        return
      case 'date':
        out.byte(0x22)
        writeDate(out, (vector.values as Int32Array)[i])
        out.byte(0x22)
        return
      case 'string': {
        const reader = this.#text as BytesReader
        writeText(out, reader.bytes, reader.start(i), reader.end(i))
        return
      }
      case 'binary': {
        const reader = this.#text as BytesReader
        out.byte(0x22)
        writeBase64(out, reader.bytes, reader.start(i), reader.end(i))
        out.byte(0x22)
        return
      }
      case 'array': {
        const offsets = vector.offsets as Int32Array
        const element = this.#children[0]
        out.byte(0x5b)
        for (let k = offsets[i]; k < offsets[i + 1]; k++) {
          if (k > offsets[i]) out.byte(0x2c)
          element.write(out, k)
        }
        out.byte(0x5d)
        return
      }
      case 'struct':
        writeObject(out, this.#children, i, this.#ignoreNulls)
        return
      case 'vector': {
        const size = vector.type.kind === 'vector' ? vector.type.size : 0
        out.byte(0x5b)
        for (let k = 0; k < size; k++) {
          if (k > 0) out.byte(0x2c)
          writeNumber(out, (vector.values as Float64Array)[i * size + k])
        }
        out.byte(0x5d)
      }
    }
  }
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, c => c.charCodeAt(0))
const nullText = ascii('null')
const trueText = ascii('true')
const falseText = ascii('false')

function writeNumber(out: ByteWriter, value: number): void {
  if (Number.isFinite(value)) writeFloat64(out, value)
  else out.text(`"${value}"`)
}

const hexDigits = ascii('0123456789abcdef')

/** Per byte: 0 when it stands for itself in a string, 0x75 for \u00xx, else the letter of its escape. */
const escapes = new Uint8Array(256)
escapes.fill(0x75, 0, 0x20)
for (const [c, letter] of ['""', '\\\\', '\bb', '\ff', '\nn', '\rr', '\tt']) escapes[c.charCodeAt(0)] = letter.charCodeAt(0)

/** UTF-8 text as a JSON string. */
function writeText(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  // Every byte may become six; short of that nothing below needs to look at the room again.
  out.reserve((end - start) * 6 + 2)
  const to = out.bytes
  let at = out.length
  to[at++] = 0x22
  for (let i = start; i < end; i++) {
    const c = bytes[i]
    const letter = escapes[c]
    if (letter === 0) {
      to[at++] = c
      continue
    }
    to[at++] = 0x5c
    to[at++] = letter
    if (letter === 0x75) {
      to[at++] = 0x30
      to[at++] = 0x30
      to[at++] = hexDigits[c >> 4]
      to[at++] = hexDigits[c & 15]
    }
  }
  to[at++] = 0x22
  out.length = at
}
