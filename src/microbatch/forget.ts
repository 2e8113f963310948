import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import type { QueryRun } from './query-run.ts'

/** A batch is durable with its commit: sources may forget what it has read (protocol §5). */
export async function forgetUpTo(run: QueryRun, entry: PreparedEntry): Promise<void> {
  for (const [name, range] of Object.entries(entry.prepared.record.sources)) {
    if (range.end !== null) await run.open.sources.get(name)?.commit(range.end)
  }
}
