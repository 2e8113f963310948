import type { RecordBatch } from '../../columnar/record-batch.ts'
import { makeError, type MillraceError } from '../../common/errors.ts'
import { liveObject } from '../../common/live-objects.ts'
import { option, optionTable, required, resolveOptions } from '../../common/options.ts'
import type { InputRow } from '../rows.ts'
import { dataReader } from '../data-reader.ts'
import type { InputPartition, PlannedRange, ReadLimit, Source, SourceOffset, SourceProvider } from '../source.ts'
import { isMemorySource, type MemorySource } from './memory-source.ts'

export const memorySourceOptions = optionTable({
  id: required(option.text('', 'Id of the live MemorySource.')),
  maxBytesPerTrigger: option.integer(128 * 1024 * 1024, 'A batch takes at most this many bytes of columns, and always at least one addData() call.', { min: 1 }),
})

/** Reads a {@link MemorySource}: one partition for each addData() call, in their order; the offset is their number. */
class OpenMemorySource implements Source {
  readonly description = 'memory'
  readonly replayable = true
  readonly #queue: MemorySource<InputRow>
  readonly #maxBytes: number
  #pinned: number | undefined
  #answered = 0

  constructor(queue: MemorySource<InputRow>, maxBytes: number) {
    this.#queue = queue
    this.#maxBytes = maxBytes
  }

  async restore(): Promise<void> {}

  async latestOffset(start: SourceOffset | null, limit: ReadLimit): Promise<SourceOffset | null> {
    const from = start === null ? 0 : (start as number)
    const available = this.#pinned ?? this.#queue.offset
    if (available === 0 && start === null) return null
    this.#requireKept(from)
    if (from > this.#queue.offset) throw rowsGone(from, this.#queue.offset)
    let end = from
    let bytes = 0
    const maxBytes = limit === 'all' ? Infinity : this.#maxBytes
    while (end < available) {
      bytes += this.#queue.entry(end).bytes
      if (end > from && bytes > maxBytes) break
      end++
    }
    this.#answered = end
    return end
  }

  async plan(start: SourceOffset | null, end: SourceOffset): Promise<PlannedRange> {
    const partitions: InputPartition[] = []
    for (let i = start === null ? 0 : (start as number); i < (end as number); i++) partitions.push({ spec: { entry: i }, label: `memory[${i}]` })
    return { partitions }
  }

  data(partition: InputPartition): readonly RecordBatch[] {
    const { entry } = partition.spec as { readonly entry: number }
    this.#requireKept(entry)
    if (entry >= this.#queue.offset) throw rowsGone(entry + 1, this.#queue.offset)
    return this.#queue.entry(entry).batches
  }

  async commit(): Promise<void> {}

  async pinAvailable(): Promise<void> {
    this.#pinned = this.#queue.offset
  }

  changed(signal: AbortSignal): Promise<void> {
    if ((this.#pinned ?? this.#queue.offset) > this.#answered) return Promise.resolve()
    return this.#queue.wake.wait(signal)
  }

  newest(): SourceOffset | null {
    return this.#queue.offset === 0 ? null : this.#queue.offset
  }

  async close(): Promise<void> {}

  #requireKept(entry: number): void {
    if (entry >= this.#queue.released) return
    throw makeError('SOURCE_DATA_LOST', `Entry ${entry} of the memory source was released; the first one it still has is ${this.#queue.released}. Release only what no query wants any more.`, {
      context: { entry, released: this.#queue.released },
    })
  }
}

function rowsGone(needed: number, offset: number): MillraceError {
  return makeError(
    'SOURCE_DATA_LOST',
    `The checkpoint has read ${needed} entries of the memory source, but in this process it has had ${offset} addData() calls. Add the same rows again before the query starts, or choose another checkpointLocation.`,
    { context: { needed, offset } },
  )
}

export const memorySourceProvider: SourceProvider = Object.freeze({
  name: 'memory',
  async open(options, _schema, environment) {
    const { id, maxBytesPerTrigger } = resolveOptions(memorySourceOptions, options, 'source "memory"')
    return new OpenMemorySource(liveObject(environment.live, id, 'memory source', isMemorySource), maxBytesPerTrigger)
  },
  reader: async () => dataReader,
} satisfies SourceProvider)
