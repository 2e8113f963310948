import type { PartitionReader } from './source.ts'
import { projectTo } from './project.ts'

/** Reads partitions whose rows the driver holds (memory, iterable, socket): hands on what data() gave. */
export const dataReader: PartitionReader = Object.freeze({
  async *read(_partition, schema, context) {
    for (const batch of context.data) {
      if (context.signal.aborted) return
      yield projectTo(batch, schema)
    }
  },
} satisfies PartitionReader)
