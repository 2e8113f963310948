import { expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { field, int32Type } from '../../src/columnar/data-type.ts'
import type { RecordBatch } from '../../src/columnar/record-batch.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { MemoryBudget } from '../../src/exec/memory-lease.ts'
import type { PhysicalPlan } from '../../src/exec/physical-plan.ts'
import { RuntimeHost } from '../../src/exec/runtime-host.ts'

const rows = makeSchema([field('v', int32Type)])
const provider = { provider: 'memory', options: { id: 'rows' } }
const plan: PhysicalPlan = {
  scans: [{ source: 'rows', provider, declared: rows, schema: rows, onBadRecord: 'fail', operators: [] }],
  aggregations: [],
  sinks: [{ name: 'output', provider, schema: rows }],
  partitions: 1,
  outputMode: 'append',
  timeZone: 'UTC',
}
const batch = { batchId: 0, attempt: { epoch: 1, random: 'a' }, nowMicros: 0, timeZone: 'UTC', seed: 0, models: [], lateMicros: null, evictMicros: null }

/** A list of batches that calls `read` each time one is taken from it. */
class Watched extends Array<RecordBatch> {
  read = (): void => {};
  override *[Symbol.iterator](): ArrayIterator<RecordBatch> {
    for (let i = 0; i < this.length; i++) {
      this.read()
      yield this[i]
    }
  }
}

test('a task whose query is stopped while its reader waits for input does not end as if it had read everything', async () => {
  const host = new RuntimeHost('inline', nodePorts, { taskTimeoutMs: null })
  await host.open('run', { plan, queryId: 'query', lease: new MemoryBudget(2 ** 30).lease(), tables: [], models: [] })
  const stop = new AbortController()
  const data = new Watched(batchOfRows(rows, [{ v: 1 }]))
  // The reader sees it first, and gives nothing more.
  data.read = () => stop.abort()
  const task = { kind: 'scan', batch, scan: 0, position: 0, partition: { spec: {}, label: 'rows' }, data } as const
  await expect(host.run('run', [task], stop.signal)).rejects.toMatchObject({ code: 'EXEC_QUERY_STOPPED' })
  await host.stop()
})
