import { getBit } from './bitmap.ts'
import { BytesReader, type Vector } from './vector.ts'

/**
 * Writes keys column by column: the same bytes as row by row (see KeyEncoder), in loops that each see one type and make
 * no objects. For keys without arrays and without null structs, which is nearly all of them.
 */

/** Whether {@link layOut} and {@link writeColumn} can take a column. */
export function isFlat(v: Vector): boolean {
  switch (v.type.kind) {
    case 'array':
    case 'vector':
    case 'null':
      return false
    case 'struct':
      return v.validity === null && v.children.every(isFlat)
    default:
      return true
  }
}

/** Bytes of a value that is not null, without the marker; of text without its bytes. */
function widthOf(v: Vector): number {
  switch (v.type.kind) {
    case 'boolean':
      return 1
    case 'int32':
    case 'date':
    case 'string':
    case 'binary':
      return 4
    case 'struct':
      return 0
    default:
      return 8
  }
}

/** The markers and values that every row has in full. */
function fixedBytes(v: Vector): number {
  return v.children.reduce((n, child) => n + fixedBytes(child), 1 + widthOf(v))
}

/** Puts the end of each row's key into offsets[1 ..]; answers the bytes of all. */
export function layOut(columns: readonly Vector[], rows: number, offsets: Int32Array): number {
  const fixed = columns.reduce((n, c) => n + fixedBytes(c), 0)
  offsets.fill(fixed, 1, rows + 1)
  for (const column of columns) addVariable(column, rows, offsets)
  let at = 0
  offsets[0] = 0
  for (let i = 1; i <= rows; i++) offsets[i] = at += offsets[i]
  return at
}

function addVariable(v: Vector, rows: number, lengths: Int32Array): void {
  for (const child of v.children) addVariable(child, rows, lengths)
  const { validity } = v
  const isText = v.type.kind === 'string' || v.type.kind === 'binary'
  if (isText) {
    const reader = new BytesReader(v)
    for (let i = 0; i < rows; i++) if (validity === null || getBit(validity, i)) lengths[i + 1] += reader.end(i) - reader.start(i)
  }
  if (validity === null) return
  const width = widthOf(v)
  for (let i = 0; i < rows; i++) if (!getBit(validity, i)) lengths[i + 1] -= width
}

/** Writes the column's part of each key at at[row], and moves at[row] behind it. */
export function writeColumn(v: Vector, rows: number, bytes: Uint8Array, at: Int32Array): void {
  writeMarkers(v, rows, bytes, at)
  switch (v.type.kind) {
    case 'struct':
      for (const child of v.children) writeColumn(child, rows, bytes, at)
      return
    case 'string':
    case 'binary':
      writeText(v, rows, bytes, at)
      return
    case 'boolean': {
      const bits = v.values as Uint8Array
      for (let i = 0; i < rows; i++) if (v.validity === null || getBit(v.validity, i)) bytes[at[i]++] = getBit(bits, i) ? 1 : 0
      return
    }
    case 'int32':
    case 'date':
    case 'int64':
      copyValues(v, rows, widthOf(v), bytes, at)
      return
    default:
      writeFloats(v, rows, bytes, at)
  }
}

function writeMarkers(v: Vector, rows: number, bytes: Uint8Array, at: Int32Array): void {
  const { validity } = v
  if (validity === null) for (let i = 0; i < rows; i++) bytes[at[i]++] = 1
  else for (let i = 0; i < rows; i++) bytes[at[i]++] = getBit(validity, i) ? 1 : 0
}

/** Typed arrays lie in memory as the key format wants them: lowest byte first, on every machine that Node runs on. */
function copyValues(v: Vector, rows: number, width: number, bytes: Uint8Array, at: Int32Array): void {
  const values = v.values as Int32Array | BigInt64Array
  const from = new Uint8Array(values.buffer, values.byteOffset, rows * width)
  const { validity } = v
  for (let i = 0; i < rows; i++) {
    if (validity !== null && !getBit(validity, i)) continue
    let to = at[i]
    for (let k = i * width, end = k + width; k < end; k++) bytes[to++] = from[k]
    at[i] = to
  }
}

/** As copyValues, but −0 becomes 0 and every NaN the one NaN. */
function writeFloats(v: Vector, rows: number, bytes: Uint8Array, at: Int32Array): void {
  const values = v.values as Float64Array
  const from = new Uint8Array(values.buffer, values.byteOffset, rows * 8)
  const { validity } = v
  for (let i = 0; i < rows; i++) {
    if (validity !== null && !getBit(validity, i)) continue
    const x = values[i]
    const to = at[i]
    at[i] = to + 8
    if (x !== 0 && x === x) for (let k = 0; k < 8; k++) bytes[to + k] = from[i * 8 + k]
    else {
      bytes.fill(0, to, to + 8)
      if (x !== x) {
        bytes[to + 6] = 0xf8
        bytes[to + 7] = 0x7f
      }
    }
  }
}

function writeText(v: Vector, rows: number, bytes: Uint8Array, at: Int32Array): void {
  const reader = new BytesReader(v)
  const from = reader.bytes
  const { validity } = v
  for (let i = 0; i < rows; i++) {
    if (validity !== null && !getBit(validity, i)) continue
    const start = reader.start(i)
    const n = reader.end(i) - start
    let to = at[i]
    bytes[to++] = n
    bytes[to++] = n >> 8
    bytes[to++] = n >> 16
    bytes[to++] = n >> 24
    // Short values are the rule: a loop beats the view and the call into the runtime.
    if (n < 64) for (let k = 0; k < n; k++) bytes[to + k] = from[start + k]
    else bytes.set(from.subarray(start, start + n), to)
    at[i] = to + n
  }
}
