import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { files, memorySink, MemorySink, noop, schema, Session, t, Trigger } from 'millrace'
import { expect, onTestFinished, test } from 'vitest'
import { int32Type, field } from '../../src/columnar/data-type.ts'
import type { RecordBatch } from '../../src/columnar/record-batch.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { TaskSinks } from '../../src/exec/task-sinks.ts'
import { decodeFile } from '../../src/formats/decode-file.ts'
import type { BadRecord } from '../../src/formats/format.ts'
import { loadFormat } from '../../src/formats/registry.ts'
import { deadLetterSchema } from '../../src/sinks/dead-letters.ts'
import { readJsonLines, temporaryFolder } from '../streaming/support.ts'

test('a file of bad records alone is handed to the dead-letter writer in small pieces, in order and whole', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'bad.jsonl')
  const count = 60_000
  await writeFile(path, Array.from({ length: count }, (_, n) => `{"a":"no ${n}"}\n`).join(''))
  const written: number[] = []
  const provider = { provider: 'files', options: { path: join(folder, 'out'), format: 'jsonl' } }
  const plan = { sinks: [{ name: 'deadLetters', provider, schema: deadLetterSchema }] }
  const batch = { batchId: 0, attempt: { epoch: 1, random: '0'.repeat(16) } }
  const sinks = new TaskSinks(plan as never, nodePorts, batch as never, 0)
  const write = sinks.write.bind(sinks)
  sinks.write = async (name, some: RecordBatch) => {
    written.push(some.numRows)
    await write(name, some)
  }
  let waiting = 0
  let mostWaiting = 0
  const context = {
    origin: 'bad.jsonl', onBadRecord: 'deadLetter' as const,
    bad: (record: BadRecord) => {
      waiting++
      sinks.deadLetter(record)
    },
    drain: async () => {
      mostWaiting = Math.max(mostWaiting, waiting - written.reduce((a, b) => a + b, 0))
      await sinks.drain()
    },
  }
  for await (const rows of decodeFile(nodePorts.files, path, await loadFormat('jsonl'), makeSchema([field('a', int32Type)]), {}, context)) expect(rows.numRows).toBe(0)
  const [{ part }] = await sinks.finish()
  expect(part.rows).toBe(count)
  expect(written.reduce((a, b) => a + b, 0)).toBe(count)
  expect(mostWaiting).toBeLessThan(16_384)
  expect(written.length).toBeGreaterThan(4)
})

test('a query keeps every dead letter of a file that has many', async () => {
  const folder = await temporaryFolder()
  const count = 50_000
  await writeFile(join(folder, 'bad.jsonl'), `${'{"a":"none"}\n'.repeat(count)}{"a":1}\n`)
  const session = await Session.start()
  onTestFinished(() => session.stop())
  const sink = new MemorySink<{ a: number }>()
  const query = await session.readStream(files({ path: join(folder, 'bad.jsonl'), format: 'jsonl', schema: schema({ a: t.int32() }), onBadRecord: 'deadLetter' }))
    .writeStream({ sink: memorySink(sink), deadLetters: files({ path: join(folder, 'dead'), format: 'jsonl' }), checkpointLocation: join(folder, 'checkpoint'), trigger: Trigger.availableNow() })
    .start()
  await query.awaitTermination()
  expect(sink.rows()).toEqual([{ a: 1 }])
  const rows = (await readJsonLines(join(folder, 'dead'))) as { line: number; byte: number }[]
  expect(rows.map(r => r.line).sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n + 1))
  expect(rows.every(r => r.byte === (r.line - 1) * 13)).toBe(true)
})

test.each([
  ['bad records that are left out', 'skip' as const, '{"a":"none"}\n'],
  ['empty lines', 'fail' as const, '            \n'],
])('a file of nothing but %s lets others have their turn, and the query be stopped', async (_what, onBadRecord, line) => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'bad.jsonl'), line.repeat(400_000))
  let yields = 0
  let started: (stop: () => void) => void = () => undefined
  const stop = new Promise<() => void>(resolve => (started = resolve))
  const session = await Session.start({}, {
    ports: {
      ...nodePorts,
      clock: { ...nodePorts.clock, yield: () => (yields++, nodePorts.clock.yield()) },
      files: {
        ...nodePorts.files,
        async open(path) {
          const file = await nodePorts.files.open(path)
          if (!path.endsWith('bad.jsonl')) return file
          // Stopped while the fourth of the five megabytes is read, which is when the third is decoded.
          return { ...file, read: async (...args) => {
            if (args[3] >= 3 * 1024 * 1024) (await stop)()
            return file.read(...args)
          } }
        },
      },
    },
  })
  onTestFinished(() => session.stop())
  const query = await session.readStream(files({ path: join(folder, 'bad.jsonl'), format: 'jsonl', schema: schema({ a: t.int32() }), onBadRecord }))
    .writeStream({ sink: noop(), checkpointLocation: join(folder, 'checkpoint') })
    .start()
  started(() => void query.stop())
  expect(await query.awaitTermination()).toBe(true)
  // The batch was given up in the middle of the file.
  expect(query.lastProgress).toBeNull()
  expect(yields).toBeGreaterThanOrEqual(3)
})
