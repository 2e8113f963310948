import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { getBit } from '../../src/columnar/bitmap.ts'
import type { RecordBatch } from '../../src/columnar/record-batch.ts'
import type { Schema } from '../../src/columnar/schema.ts'
import { valueAt } from '../../src/columnar/values.ts'
import { isNullAt, type Vector } from '../../src/columnar/vector.ts'
import { nodeFileSystem } from '../../src/common/node/node-file-system.ts'
import type { DecodeContext, Format, FormatOptions } from '../../src/formats/format.ts'

const folder = mkdtempSync(join(tmpdir(), 'formats-binary-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0

/** A path in a folder that is removed after the tests of the file. */
export function temporaryPath(extension: string): string {
  return join(folder, `${++files}.${extension}`)
}

export const context: DecodeContext = {
  origin: 'input',
  onBadRecord: 'fail',
  bad: () => {
    throw new Error('Binary formats have no bad records.')
  },
}

export function encode(format: Format, schema: Schema, batches: readonly RecordBatch[], options: FormatOptions = {}): Uint8Array {
  const encoder = format.encoder(schema, options)
  // Not a Buffer, whose slice() would be a view of the same bytes.
  return new Uint8Array(Buffer.concat([...batches.flatMap(b => encoder.push(b)), ...encoder.end()]))
}

/** Decodes through the file decoder. */
export async function decode(format: Format, schema: Schema, bytes: Uint8Array): Promise<RecordBatch[]> {
  const path = temporaryPath(format.extension)
  writeFileSync(path, bytes)
  try {
    return await decodeFile(format, schema, path)
  } finally {
    rmSync(path)
  }
}

export async function decodeFile(format: Format, schema: Schema, path: string): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = []
  for await (const batch of format.fileDecoder!(schema, {})(nodeFileSystem, path, context)) batches.push(batch)
  return batches
}

/** Decodes from front to back, in pieces. */
export function decodeStream(format: Format, schema: Schema, bytes: Uint8Array, pieceBytes: number): RecordBatch[] {
  const decoder = format.decoder!(schema, {}, context)
  const batches: RecordBatch[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    // The decoder may not keep what it was given.
    const piece = bytes.slice(at, at + pieceBytes)
    batches.push(...decoder.push(piece))
    piece.fill(0xaa)
  }
  batches.push(...decoder.end())
  return batches
}

export async function infer(format: Format, bytes: Uint8Array): Promise<Schema> {
  const path = temporaryPath(format.extension)
  writeFileSync(path, bytes)
  try {
    return await format.inferSchema({ files: nodeFileSystem, path, sample: bytes.subarray(0, 1 << 20) }, {})
  } finally {
    rmSync(path)
  }
}

/** All rows as arrays of plain values; timestamps as microseconds, which a Date would cut. */
export function values(batches: readonly RecordBatch[]): unknown[][] {
  return batches.flatMap(b => Array.from({ length: b.numRows }, (_, i) => b.columns.map(c => plainValue(c, i))))
}

function plainValue(v: Vector, i: number): unknown {
  if (isNullAt(v, i)) return null
  const { type } = v
  if (type.kind === 'timestamp') return (v.values as Float64Array)[i]
  if (type.kind === 'array') {
    const offsets = v.offsets as Int32Array
    return Array.from({ length: offsets[i + 1] - offsets[i] }, (_, k) => plainValue(v.children[0], offsets[i] + k))
  }
  if (type.kind === 'struct') return Object.fromEntries(type.fields.map((f, k) => [f.name, plainValue(v.children[k], i)]))
  if (type.kind === 'vector') return Array.from((v.values as Float64Array).subarray(i * type.size, (i + 1) * type.size))
  if (type.kind === 'binary') return Buffer.from(valueAt(v, i) as Uint8Array).toString('hex')
  if (type.kind === 'boolean') return getBit(v.values as Uint8Array, i)
  return valueAt(v, i)
}
