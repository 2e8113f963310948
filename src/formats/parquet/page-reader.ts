import { crc32 } from 'node:zlib'
import type { ColumnChunk, ColumnMetaData, Encoding } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { asUnreadable, unreadable } from '../file-errors.ts'
import { decompress } from './decompress.ts'
import type { Leaf } from './file-schema.ts'
import { bitWidth, HybridReader } from './hybrid-reader.ts'
import type { RandomAccess } from '../random-access.ts'
import { thriftEnd } from './thrift-guard.ts'

/** A page, decompressed, its levels ready to be read. */
export interface DataPage {
  readonly kind: 'data'
  /** Entries: values, nulls and empty lists. */
  readonly count: number
  readonly definition: HybridReader | null
  readonly repetition: HybridReader | null
  readonly encoding: Encoding
  /** Where the values stand. */
  readonly bytes: Uint8Array
  readonly start: number
}

export interface DictionaryPage {
  readonly kind: 'dictionary'
  readonly count: number
  readonly bytes: Uint8Array
}

const windowBytes = 256 * 1024
const maxHeaderBytes = 16 * 1024 * 1024

/** Reads the pages of one column chunk in order, through a window: memory is a window and a page, not the chunk. */
export class PageReader {
  readonly #file: RandomAccess
  readonly #leaf: Leaf
  readonly #meta: ColumnMetaData
  readonly #end: number
  #window: Uint8Array = new Uint8Array(0)
  #windowStart: number
  #at: number

  constructor(file: RandomAccess, leaf: Leaf, chunk: ColumnChunk) {
    const meta = chunk.meta_data
    if (meta === undefined || chunk.file_path !== undefined) throw unreadable(file.name, 'it keeps columns encrypted or in other files, which is not supported')
    this.#file = file
    this.#leaf = leaf
    this.#meta = meta
    const data = Number(meta.data_page_offset)
    // Old writers put 0 where there is no dictionary.
    const dictionary = Number(meta.dictionary_page_offset ?? 0)
    this.#at = this.#windowStart = dictionary > 0 && dictionary < data ? dictionary : data
    this.#end = this.#at + Number(meta.total_compressed_size)
    if (!(this.#at >= 4 && this.#end >= this.#at && this.#end <= file.size)) {
      throw unreadable(file.name, `column "${meta.path_in_schema.join('.')}" claims bytes ${this.#at} to ${this.#end} of ${file.size}`)
    }
  }

  /** Where reading stands, for errors. */
  get position(): number {
    return this.#at
  }

  /** The next page, or null after the last one. */
  async next(): Promise<DataPage | DictionaryPage | null> {
    while (this.#at < this.#end) {
      const start = this.#at
      const header = await this.#header()
      const body = await this.#take(header.compressed_page_size)
      try {
        if (header.crc !== undefined && crc32(body) !== header.crc >>> 0) throw new Error('a page does not match its checksum')
        const size = header.uncompressed_page_size
        if (header.type === 'DICTIONARY_PAGE' && header.dictionary_page_header !== undefined) {
          return { kind: 'dictionary', count: header.dictionary_page_header.num_values, bytes: decompress(this.#meta.codec, body, size) }
        }
        if (header.type === 'DATA_PAGE' && header.data_page_header !== undefined) {
          const { num_values: count, encoding, definition_level_encoding: definition, repetition_level_encoding: repetition } = header.data_page_header
          if ((this.#leaf.maxDefinition > 0 && definition !== 'RLE') || (this.#leaf.maxRepetition > 0 && repetition !== 'RLE')) {
            throw new Error(`levels are encoded as ${definition} and ${repetition}, which is not supported`)
          }
          return this.#pageV1(count, encoding, decompress(this.#meta.codec, body, size))
        }
        if (header.type === 'DATA_PAGE_V2' && header.data_page_header_v2 !== undefined) {
          const v2 = header.data_page_header_v2
          const levels = v2.repetition_levels_byte_length + v2.definition_levels_byte_length
          if (!(v2.repetition_levels_byte_length >= 0 && v2.definition_levels_byte_length >= 0 && levels <= body.length)) throw new Error('levels are longer than their page')
          const codec = v2.is_compressed === false ? 'UNCOMPRESSED' : this.#meta.codec
          return this.#pageV2(v2.num_values, v2.encoding, v2.repetition_levels_byte_length, levels, body, decompress(codec, body.subarray(levels), size - levels))
        }
        // Index pages and kinds to come are passed over.
      } catch (error) {
        throw asUnreadable(error, this.#file.name, start)
      }
    }
    return null
  }

  /** Levels in front of the values, each with its length. */
  #pageV1(count: number, encoding: Encoding, bytes: Uint8Array): DataPage {
    let at = 0
    const levels = (max: number): HybridReader | null => {
      if (max === 0) return null
      if (at + 4 > bytes.length) throw new Error('a page ends within its levels')
      const length = bytes[at] + bytes[at + 1] * 0x100 + bytes[at + 2] * 0x10000 + bytes[at + 3] * 0x1000000
      const reader = new HybridReader(bytes, at + 4, at + 4 + length, bitWidth(max))
      at += 4 + length
      return reader
    }
    const repetition = levels(this.#leaf.maxRepetition)
    const definition = levels(this.#leaf.maxDefinition)
    return { kind: 'data', count: checkCount(count), definition, repetition, encoding, bytes, start: at }
  }

  /** Levels uncompressed, their lengths in the header. */
  #pageV2(count: number, encoding: Encoding, repetitionEnd: number, levelsEnd: number, body: Uint8Array, bytes: Uint8Array): DataPage {
    const { maxRepetition, maxDefinition } = this.#leaf
    const repetition = maxRepetition === 0 ? null : new HybridReader(body, 0, repetitionEnd, bitWidth(maxRepetition))
    const definition = maxDefinition === 0 ? null : new HybridReader(body, repetitionEnd, levelsEnd, bitWidth(maxDefinition))
    return { kind: 'data', count: checkCount(count), definition, repetition, encoding, bytes, start: 0 }
  }

  /** Headers say their length nowhere: the window grows until one is in it as a whole. */
  async #header(): Promise<ReturnType<typeof parquetHeader>> {
    const start = this.#at
    for (let want = 1024; ; want *= 4) {
      await this.#fill(want)
      const from = this.#at - this.#windowStart
      try {
        const end = thriftEnd(this.#window, from, this.#window.length)
        if (end >= 0) {
          const reader = { view: new DataView(this.#window.buffer, this.#window.byteOffset, end), offset: from }
          const header = parquetHeader(reader)
          if (!(header.compressed_page_size >= 0)) throw new Error('a page header gives no size')
          this.#at += end - from
          return header
        }
        if (this.#windowStart + this.#window.length >= this.#end || want > maxHeaderBytes) throw new Error('a column ends within a page header')
      } catch (error) {
        throw asUnreadable(error, this.#file.name, start)
      }
    }
  }

  async #take(length: number): Promise<Uint8Array> {
    if (length > this.#end - this.#at) throw unreadable(this.#file.name, `a page claims ${length} bytes, but its column has ${this.#end - this.#at} left`, this.#at)
    await this.#fill(length)
    const from = this.#at - this.#windowStart
    this.#at += length
    return this.#window.subarray(from, from + length)
  }

  /** Makes sure that `length` bytes from here (or all to the end of the chunk) are in the window. */
  async #fill(length: number): Promise<void> {
    const have = this.#windowStart + this.#window.length
    if (this.#at + length <= have || have >= this.#end) return
    const end = Math.min(this.#end, this.#at + Math.max(length, windowBytes))
    this.#window = await this.#file.read(this.#at, end)
    this.#windowStart = this.#at
  }
}

function checkCount(count: number): number {
  if (!(Number.isInteger(count) && count >= 0)) throw new Error(`a page claims ${count} values`)
  return count
}
