import type { RecordBatch } from '../../src/columnar/record-batch.ts'
import type { Schema } from '../../src/columnar/schema.ts'
import { type Row, rowsOf } from '../../src/columnar/values.ts'
import { isMillraceError, type MillraceError } from '../../src/common/errors.ts'
import type { BadRecord, DecodeContext, Format, FormatOptions, OnBadRecord } from '../../src/formats/format.ts'

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

export interface Decoded {
  readonly rows: Row[]
  readonly bad: BadRecord[]
  readonly batches: RecordBatch[]
}

/** Decodes an input given in pieces; every piece is overwritten afterwards, as its owner may do. */
export function decodePieces(format: Format, schema: Schema, pieces: readonly Uint8Array[], options: FormatOptions = {}, onBadRecord: OnBadRecord = 'fail'): Decoded {
  const bad: BadRecord[] = []
  const context: DecodeContext = { origin: 'in/a.txt', onBadRecord, bad: record => bad.push(record) }
  const decoder = format.decoder!(schema, options, context)
  const batches: RecordBatch[] = []
  for (const piece of pieces) {
    const lent = piece.slice()
    batches.push(...decoder.push(lent))
    lent.fill(0x21)
  }
  batches.push(...decoder.end())
  return { rows: batches.flatMap(rowsOf), bad, batches }
}

export function decode(format: Format, schema: Schema, input: string | Uint8Array, options: FormatOptions = {}, onBadRecord: OnBadRecord = 'fail'): Decoded {
  return decodePieces(format, schema, [typeof input === 'string' ? utf8(input) : input], options, onBadRecord)
}

export function encode(format: Format, schema: Schema, batches: readonly RecordBatch[], options: FormatOptions = {}): string {
  const encoder = format.encoder(schema, options)
  const pieces = batches.flatMap(batch => [...encoder.push(batch)])
  return textOf(concat([...pieces, ...encoder.end()]))
}

/** The error of ours that the function throws. */
export function failure(run: () => unknown): MillraceError {
  try {
    run()
  } catch (error) {
    if (isMillraceError(error)) return error
    throw error
  }
  throw new Error('It did not fail.')
}

export async function failureOf(promise: Promise<unknown>): Promise<MillraceError> {
  try {
    await promise
  } catch (error) {
    if (isMillraceError(error)) return error
    throw error
  }
  throw new Error('It did not fail.')
}

/** The bytes in pieces of one size. */
export function piecesOf(bytes: Uint8Array, size: number): Uint8Array[] {
  const out: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) out.push(bytes.subarray(at, at + size))
  return out
}
