import type { ColumnChunk } from 'hyparquet'
import type { Vector } from '../../columnar/vector.ts'
import { asUnreadable, type ColumnOrigin, unreadable, unsupported } from '../file-errors.ts'
import type { Leaf } from './file-schema.ts'
import { type DataPage, PageReader } from './page-reader.ts'
import { dictionaryValues, pageValues, type ValueSource } from './page-values.ts'
import type { RandomAccess } from '../random-access.ts'
import { ValueRangeError } from '../value-range.ts'
import { ValueSink } from './value-sink.ts'

/** Some rows of one physical column: its levels, and the values that are not null. */
export interface LeafRows {
  readonly entries: number
  /** Null where every entry has a value. */
  readonly definition: Uint8Array | null
  /** Null outside lists. */
  readonly repetition: Uint8Array | null
  readonly values: Vector
}

/** A batch with more elements than this (in one column) is refused: it would not fit into memory anyway. */
const maxEntries = 2 ** 26
const aheadEntries = 4096

/** Reads one column chunk as many rows at a time as it is asked for, whatever the pages are. */
export class LeafReader {
  readonly #leaf: Leaf
  readonly #file: string
  readonly #origin: ColumnOrigin
  readonly #pages: PageReader
  #page: DataPage | null = null
  #source: ValueSource | null = null
  #left = 0
  #dictionary: Vector | null = null
  /** Entries of lists that were read ahead to find where the row ends: #aheadAt … #aheadEnd. */
  readonly #aheadDefinition: Uint8Array
  readonly #aheadRepetition: Uint8Array
  #aheadAt = 0
  #aheadEnd = 0

  constructor(file: RandomAccess, leaf: Leaf, chunk: ColumnChunk, origin: ColumnOrigin) {
    this.#leaf = leaf
    this.#file = file.name
    this.#origin = origin
    this.#pages = new PageReader(file, leaf, chunk)
    this.#aheadDefinition = new Uint8Array(leaf.maxRepetition > 0 ? aheadEntries : 0)
    this.#aheadRepetition = new Uint8Array(leaf.maxRepetition > 0 ? aheadEntries : 0)
  }

  async read(rows: number): Promise<LeafRows> {
    try {
      return await (this.#leaf.maxRepetition === 0 ? this.#readFlat(rows) : this.#readLists(rows))
    } catch (error) {
      if (error instanceof ValueRangeError) throw unsupported(this.#origin, error.message, 'Leave the column out of the schema, or have it written in another type.')
      throw asUnreadable(error, this.#file, this.#pages.position)
    }
  }

  async #readFlat(rows: number): Promise<LeafRows> {
    const { maxDefinition, type } = this.#leaf
    const sink = new ValueSink(type, rows)
    const definition = maxDefinition === 0 ? null : new Uint8Array(rows)
    for (let at = 0; at < rows;) {
      if (this.#left === 0 && !(await this.#nextPage())) throw this.#endsEarly(at, rows)
      const count = Math.min(rows - at, this.#left)
      let present = count
      if (definition !== null) {
        this.#page?.definition?.read(definition, at, count)
        present = countLevel(definition, at, at + count, maxDefinition)
      }
      this.#readValues(sink, present)
      this.#left -= count
      at += count
    }
    return { entries: rows, definition, repetition: null, values: sink.finish() }
  }

  async #readLists(rows: number): Promise<LeafRows> {
    const { maxDefinition, type } = this.#leaf
    const sink = new ValueSink(type, rows)
    let definition: Uint8Array = new Uint8Array(rows * 2)
    let repetition: Uint8Array = new Uint8Array(rows * 2)
    let entries = 0
    let started = 0
    for (;;) {
      if (this.#aheadAt === this.#aheadEnd) {
        if (this.#left === 0 && !(await this.#nextPage())) {
          if (started < rows) throw this.#endsEarly(started, rows)
          break
        }
        this.#readAhead()
      }
      // Takes entries up to the one that begins the row after the last.
      const from = this.#aheadAt
      let to = from
      for (; to < this.#aheadEnd; to++) {
        if (this.#aheadRepetition[to] === 0) {
          if (started === rows) break
          started++
        } else if (started === 0) {
          throw new Error('a column begins in the middle of a row')
        }
      }
      const count = to - from
      if (entries + count > maxEntries) throw new Error(`a batch of ${rows} rows has lists of more than ${maxEntries} elements`)
      if (entries + count > definition.length) {
        definition = enlarged(definition, entries + count)
        repetition = enlarged(repetition, entries + count)
      }
      definition.set(this.#aheadDefinition.subarray(from, to), entries)
      repetition.set(this.#aheadRepetition.subarray(from, to), entries)
      this.#readValues(sink, countLevel(this.#aheadDefinition, from, to, maxDefinition))
      entries += count
      this.#aheadAt = to
      if (to < this.#aheadEnd) break
    }
    return { entries, definition, repetition, values: sink.finish() }
  }

  #readAhead(): void {
    const count = Math.min(aheadEntries, this.#left)
    const { maxDefinition, maxRepetition } = this.#leaf
    this.#page?.definition?.read(this.#aheadDefinition, 0, count)
    this.#page?.repetition?.read(this.#aheadRepetition, 0, count)
    countLevel(this.#aheadDefinition, 0, count, maxDefinition)
    countLevel(this.#aheadRepetition, 0, count, maxRepetition)
    this.#left -= count
    this.#aheadAt = 0
    this.#aheadEnd = count
  }

  #readValues(sink: ValueSink, count: number): void {
    if (count === 0) return
    if (this.#leaf.type.kind === 'null') throw new Error('a column of nulls holds values')
    this.#source ??= pageValues(this.#page as DataPage, this.#leaf, this.#dictionary)
    this.#source.read(sink, count)
  }

  async #nextPage(): Promise<boolean> {
    for (;;) {
      const page = await this.#pages.next()
      if (page === null) return false
      if (page.kind === 'dictionary') {
        if (this.#dictionary !== null) throw new Error('a column has two dictionaries')
        if (this.#leaf.type.kind !== 'null') this.#dictionary = dictionaryValues(page.bytes, page.count, this.#leaf)
      } else if (page.count > 0) {
        this.#page = page
        // Values are looked at when there are any: a page of nulls may have no encoding to speak of.
        this.#source = null
        this.#left = page.count
        return true
      }
    }
  }

  #endsEarly(have: number, want: number): Error {
    return unreadable(this.#file, `column "${this.#origin.column}" ends after ${have} of ${want} rows`, this.#pages.position)
  }
}

/** How many entries are at the highest level. A level above it is damage. */
function countLevel(levels: Uint8Array, from: number, to: number, max: number): number {
  let n = 0
  for (let i = from; i < to; i++) {
    if (levels[i] === max) n++
    else if (levels[i] > max) throw new Error(`level ${levels[i]} where ${max} is the highest`)
  }
  return n
}

function enlarged(old: Uint8Array, needed: number): Uint8Array {
  const bigger = new Uint8Array(Math.max(needed, old.length * 2))
  bigger.set(old)
  return bigger
}
