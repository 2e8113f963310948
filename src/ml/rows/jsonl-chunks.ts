import { resolveJsonlOptions } from '../../formats/jsonl/options.ts'
import { JsonlDecoder } from '../../formats/jsonl/jsonl-decoder.ts'
import { piecesOf } from '../../formats/read-pieces.ts'
import type { BadRecord } from '../../formats/format.ts'
import type { FileSystem } from '../../common/file-system.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'

/** Consecutive lines of a file: the rows that could be read, and for each line that has something on it whether it is one of them. */
export interface RowChunk {
  readonly batches: readonly RecordBatch[]
  /** Per record, in order: undefined when it is the next row of `batches`, else why it cannot be read. */
  readonly records: readonly (string | undefined)[]
}

const newline = 0x0a
const chunkBytes = 1024 * 1024

/** Reads a file of JSON lines in chunks of about a megabyte. */
export async function* readChunks(files: FileSystem, path: string, schema: Schema): AsyncGenerator<RowChunk> {
  const file = await files.open(path)
  try {
    let rest = new Uint8Array(0)
    for await (const piece of piecesOf(file, path, 0, file.size, chunkBytes)) {
      const end = piece.lastIndexOf(newline) + 1
      if (end === 0) {
        rest = joined(rest, piece)
        continue
      }
      yield decodeChunk(joined(rest, piece.subarray(0, end)), path, schema)
      rest = piece.slice(end)
    }
    if (rest.length > 0) yield decodeChunk(rest, path, schema)
  } finally {
    await file.close()
  }
}

function decodeChunk(bytes: Uint8Array, origin: string, schema: Schema): RowChunk {
  const bad = new Map<number, BadRecord>()
  const { maxRecordBytes } = resolveJsonlOptions({})
  const decoder = new JsonlDecoder(schema, maxRecordBytes, { origin, onBadRecord: 'skip', bad: record => bad.set(record.line, record) })
  const batches = [...decoder.push(bytes), ...decoder.end()]
  const records: (string | undefined)[] = []
  for (let at = 0, line = 1; at < bytes.length; line++) {
    const found = bytes.indexOf(newline, at)
    const end = found < 0 ? bytes.length : found
    if (bad.has(line) || !isBlank(bytes, at, end)) records.push(bad.get(line)?.reason)
    at = end + 1
  }
  return { batches, records }
}

/** Space as JSON has it, or a byte order mark: what the decoder passes over. */
function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  const from = bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf ? start + 3 : start
  for (let i = from; i < end; i++) if (bytes[i] !== 0x20 && bytes[i] !== 0x09 && bytes[i] !== 0x0d) return false
  return true
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}
