import { crc32 } from 'node:zlib'
import type { ColumnChunk, CompressionCodec, Encoding, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import { BytesReader } from '../../columnar/vector.ts'
import { bitWidth } from './hybrid-reader.ts'
import { plainBytes } from './plain-values.ts'
import type { ShreddedColumn } from './shred.ts'
import { boundsOf } from './statistics.ts'
import { textDictionary, type TextDictionary } from './text-dictionary.ts'

export type WriteCodec = Extract<CompressionCodec, 'SNAPPY' | 'UNCOMPRESSED'>

const pageRows = 20_000
const pageBytes = 1024 * 1024

/** A column chunk's bytes and what the footer says about it. */
export interface WrittenColumn {
  readonly bytes: Uint8Array
  readonly chunk: ColumnChunk
  readonly uncompressedSize: number
}

/**
 * Encodes one physical column of a row group, to stand at `offset` in the file: a dictionary page where one pays, then
 * data pages of version 1 (every reader knows them). Numbers go from typed array to page as blocks; page headers,
 * run-length encoding, compression and the footer are the library's.
 */
export function writeColumn(column: ShreddedColumn, element: SchemaElement, codec: WriteCodec, offset: number): WrittenColumn {
  const chunk = new ChunkWriter(codec, offset)
  const { vector, entries } = column
  const present = presentValues(column)
  const isText = vector.type.kind === 'string' || vector.type.kind === 'binary'
  const dictionary = isText ? textDictionary(vector, present, present.length) : null
  if (dictionary !== null) chunk.dictionary(dictionary.size, plainBytes(vector, dictionary.distinct, dictionary.size))
  const dataOffset = chunk.offset
  let value = 0
  let pages = 0
  for (let entry = 0; entry < entries; pages++) {
    const end = pageEnd(column, dictionary, entry)
    const values = countValues(column, entry, end)
    const body =
      dictionary === null ? plainBytes(vector, present.subarray(value, value + values), values)
      : codeBytes(dictionary, value, value + values)
    chunk.data(end - entry, dictionary === null ? 'PLAIN' : 'RLE_DICTIONARY', levels(column, entry, end), body)
    entry = end
    value += values
  }
  const bytes = chunk.bytes()
  const encodings: Encoding[] = dictionary === null ? ['PLAIN', 'RLE'] : ['PLAIN', 'RLE', 'RLE_DICTIONARY']
  const bounds = dictionary === null ? boundsOf(vector, present, present.length) : boundsOf(vector, dictionary.distinct, dictionary.size)
  return {
    bytes,
    uncompressedSize: chunk.uncompressedSize,
    chunk: {
      file_offset: BigInt(offset),
      meta_data: {
        type: element.type as NonNullable<SchemaElement['type']>,
        encodings,
        path_in_schema: [...column.path],
        codec,
        num_values: BigInt(entries),
        total_uncompressed_size: BigInt(chunk.uncompressedSize),
        total_compressed_size: BigInt(bytes.length),
        data_page_offset: BigInt(dataOffset),
        ...(dictionary === null ? {} : { dictionary_page_offset: BigInt(offset) }),
        // Inside lists "null" could also be an empty list, so nothing is said there.
        ...(column.maxRepetition > 0 ? {} : { statistics: { ...bounds, null_count: BigInt(entries - present.length) } }),
      },
    },
  }
}

function presentValues(column: ShreddedColumn): Int32Array {
  const { index, entries } = column
  const present = new Int32Array(countValues(column, 0, entries))
  for (let i = 0, k = 0; i < entries; i++) if (index[i] >= 0) present[k++] = index[i]
  return present
}

function countValues(column: ShreddedColumn, from: number, to: number): number {
  let n = 0
  for (let i = from; i < to; i++) if (column.index[i] >= 0) n++
  return n
}

/** The entry after the page that begins at `start`: pages end between rows, after so many rows or bytes. */
function pageEnd(column: ShreddedColumn, dictionary: TextDictionary | null, start: number): number {
  const { vector, index, entries, repetition } = column
  const kind = vector.type.kind
  const text = dictionary === null && (kind === 'string' || kind === 'binary') ? new BytesReader(vector) : null
  let rows = 0
  let bytes = 0
  for (let i = start; i < entries; i++) {
    if (repetition[i] === 0) {
      if (rows === pageRows || (rows > 0 && bytes >= pageBytes)) return i
      rows++
    }
    if (index[i] >= 0) bytes += text === null ? 8 : 4 + text.end(index[i]) - text.start(index[i])
  }
  return entries
}

/** Repetition and definition levels, each with its length in front. */
function levels(column: ShreddedColumn, start: number, end: number): Uint8Array {
  const out = new ByteWriter()
  const write = (values: Uint8Array, max: number): void => {
    if (max === 0) return
    const runs = new ByteWriter()
    writeRleBitPackedHybrid(runs, values.subarray(start, end) as unknown as number[], bitWidth(max))
    out.appendUint32(runs.offset)
    out.appendBytes(runs.getBytes())
  }
  write(column.repetition, column.maxRepetition)
  write(column.definition, column.maxDefinition)
  return out.getBytes()
}

function codeBytes(dictionary: TextDictionary, start: number, end: number): Uint8Array {
  const out = new ByteWriter()
  const width = Math.max(1, bitWidth(dictionary.size - 1))
  out.appendUint8(width)
  writeRleBitPackedHybrid(out, dictionary.codes.subarray(start, end) as unknown as number[], width)
  return out.getBytes()
}

interface PageSize {
  readonly uncompressed_page_size: number
  readonly compressed_page_size: number
  readonly crc: number
}

/** Collects the pages of a chunk, each with its checksum. */
class ChunkWriter {
  readonly #out = new ByteWriter()
  readonly #codec: WriteCodec
  readonly #start: number
  uncompressedSize = 0

  constructor(codec: WriteCodec, offset: number) {
    this.#codec = codec
    this.#start = offset
  }

  /** Where the next page will stand in the file. */
  get offset(): number {
    return this.#start + this.#out.offset
  }

  dictionary(count: number, body: Uint8Array): void {
    this.#page(body, size => ({ type: 'DICTIONARY_PAGE', ...size, dictionary_page_header: { num_values: count, encoding: 'PLAIN' } }))
  }

  data(count: number, encoding: Encoding, levelBytes: Uint8Array, values: Uint8Array): void {
    const body = new Uint8Array(levelBytes.length + values.length)
    body.set(levelBytes)
    body.set(values, levelBytes.length)
    const data_page_header = { num_values: count, encoding, definition_level_encoding: 'RLE', repetition_level_encoding: 'RLE' } as const
    this.#page(body, size => ({ type: 'DATA_PAGE', ...size, data_page_header }))
  }

  bytes(): Uint8Array {
    return this.#out.getBytes().slice()
  }

  #page(body: Uint8Array, header: (size: PageSize) => Parameters<typeof writePageHeader>[1]): void {
    const compressed = this.#codec === 'SNAPPY' ? snappyCompress(body) : body
    const before = this.#out.offset
    writePageHeader(this.#out, header({ uncompressed_page_size: body.length, compressed_page_size: compressed.length, crc: crc32(compressed) | 0 }))
    this.uncompressedSize += this.#out.offset - before + body.length
    this.#out.appendBytes(compressed)
  }
}
