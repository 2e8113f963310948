import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import type { QueryRun } from './query-run.ts'

/** A batch is durable with its commit: sources may forget what it has read, and its kept output is of no use any more (protocol §5). */
export async function forgetUpTo(run: QueryRun, entry: PreparedEntry): Promise<void> {
  await run.open.spool.removeUpTo(entry.prepared.record.batchId)
  for (const [name, range] of Object.entries(entry.prepared.record.sources)) {
    if (range.end !== null) await run.open.sources.get(name)?.commit(range.end)
  }
}
