import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  consoleSink, type DataFrame, files, foreach, foreachBatch, fromIterable, fromObservable, memory, memorySink, MemorySink, MemorySource, noop, type ObservedBatch, observableSink, rate, rateMicroBatch, schema,
  type SinkConnector, socket, sum, t, Trigger,
} from 'millrace'
import { firstValueFrom, from, Subject, toArray } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { expectRows, problem, session } from './support.ts'

const numbers = schema({ v: t.int32() })
let folder: string
let used = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-connectors-'))
})
afterAll(async () => {
  await session.stop()
  await rm(folder, { recursive: true })
})
const checkpoint = (): string => join(folder, `checkpoint-${used++}`)

/** Runs a stream to the end of what there is, into a sink. */
async function drain<R>(frame: DataFrame<R>, sink: SinkConnector<R>): Promise<void> {
  const query = await frame.writeStream({ sink, checkpointLocation: checkpoint(), trigger: Trigger.availableNow() }).start()
  await query.awaitTermination()
}

async function rowsOf<R>(frame: DataFrame<R>): Promise<R[]> {
  const sink = new MemorySink<R>()
  await drain(frame, memorySink(sink))
  return sink.rows()
}

function input(...values: number[]): MemorySource<{ v: number }> {
  const source = new MemorySource(numbers)
  source.addData(values.map(v => ({ v })))
  return source
}

describe('sources by their factories', () => {
  it('memory() reads what was added, as a stream and bounded', async () => {
    const source = input(1, 2)
    expect(await rowsOf(session.readStream(memory(source, { name: 'numbers' })))).toEqual([{ v: 1 }, { v: 2 }])
    source.addData([{ v: 3 }])
    await expectRows(session.readBatch(memory(source)).agg(({ v }) => ({ total: sum(v) })), { total: 6 })
  })

  it('fromIterable() takes rows and arrays of rows, waiting for an asynchronous one', async () => {
    async function* later() {
      yield { v: 1 }
      yield [{ v: 2 }, { v: 3 }]
    }
    expect(await rowsOf(session.readStream(fromIterable(later(), numbers)))).toEqual([{ v: 1 }, { v: 2 }, { v: 3 }])
    expect(await rowsOf(session.readStream(fromIterable([{ v: 4 }], numbers)))).toEqual([{ v: 4 }])
  })

  it('fromObservable() takes what an observable gives', async () => {
    expect(await rowsOf(session.readStream(fromObservable(from([{ v: 1 }, { v: 2 }]), numbers)))).toEqual([{ v: 1 }, { v: 2 }])
  })

  it('rateMicroBatch() gives the same rows on every run', async () => {
    const sink = new MemorySink<{ timestamp: Date; value: number }>()
    const query = await session.readStream(rateMicroBatch({ rowsPerBatch: 2, startTimestamp: 1000 })).writeStream({ sink: memorySink(sink), checkpointLocation: checkpoint(), trigger: Trigger.once() }).start()
    await query.awaitTermination()
    expect(sink.rows()).toEqual([{ timestamp: new Date(1000), value: 0 }, { timestamp: new Date(1000), value: 1 }])
  })

  it('rate() gives numbered rows as time passes', async () => {
    const sink = new MemorySink<{ timestamp: Date; value: number }>()
    const query = await session.readStream(rate({ rowsPerSecond: 1000 })).writeStream({ sink: memorySink(sink), checkpointLocation: checkpoint() }).start()
    await vi.waitUntil(() => sink.rows().length >= 10, { timeout: 20_000 })
    await query.stop()
    expect(sink.rows().slice(0, 3).map(r => r.value)).toEqual([0, 1, 2])
  })

  it('socket() reads lines', async () => {
    const server = createServer(connection => connection.write('one\ntwo\n'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const sink = new MemorySink<{ value: string }>()
    const query = await session.readStream(socket({ host: '127.0.0.1', port })).writeStream({ sink: memorySink(sink), checkpointLocation: checkpoint() }).start()
    await vi.waitUntil(() => sink.rows().length >= 2, { timeout: 20_000 })
    await query.stop()
    server.close()
    expect(sink.rows()).toEqual([{ value: 'one' }, { value: 'two' }])
  })

  it('refuse what is none', () => {
    expect([
      problem(() => fromIterable(5 as never, numbers)),
      problem(() => fromObservable([] as never, numbers)),
      problem(() => session.readStream(rate({ rowsPerSecond: 0 }))),
      problem(() => session.readStream(socket({ host: 'x' } as never))),
      problem(() => session.readStream(consoleSink() as never)),
      problem(() => foreachBatch({} as never)),
      problem(() => foreach({} as never)),
      problem(() => observableSink({} as never)),
      problem(() => memorySink([] as never)),
    ]).toEqual([
      'TypeError: fromIterable() takes an iterable and a schema.',
      'TypeError: fromObservable() takes an observable and a schema.',
      'PLAN_INVALID_OPTION: Option "rowsPerSecond" of source "rate" is 0, but it must be a whole number from 1 up to 100000000.',
      'PLAN_INVALID_OPTION: Option "port" of source "socket" is missing. Give a whole number from 1 up to 65535: its port.',
      'TypeError: console is a sink and cannot be read. Give readStream() and readBatch() a source, such as files() or memory().',
      'TypeError: foreachBatch() takes a function of a batch and its context.',
      'TypeError: foreach() takes an object with process(row).',
      'TypeError: observableSink() takes a subject with next() and complete().',
      'TypeError: memorySink() takes a MemorySink: new MemorySink().',
    ])
  })
})

describe('sinks by their factories', () => {
  it('files() writes what files() reads', async () => {
    const path = join(folder, 'out')
    await drain(session.readStream(memory(input(1, 2))), files({ path, format: 'jsonl' }))
    const names = (await readdir(path)).filter(n => n.endsWith('.jsonl'))
    expect(await Promise.all(names.map(n => readFile(join(path, n), 'utf8')))).toEqual(['{"v":1}\n{"v":2}\n'])
    await expectRows(session.readBatch(files({ path, format: 'jsonl', schema: numbers })), { v: 1 }, { v: 2 })
  })

  it('foreachBatch() and foreach() call the program with typed rows', async () => {
    const seen: (readonly [string, number])[] = []
    await drain(session.readStream(memory(input(1, 2))), foreachBatch((batch, { batchId }) => void seen.push(...batch.rows().map(row => [`batch ${batchId}`, row.v] as const))))
    await drain(session.readStream(memory(input(3))), foreach({ process: row => void seen.push(['row', row.v]) }))
    expect(seen).toEqual([['batch 0', 1], ['batch 0', 2], ['row', 3]])
  })

  it('observableSink() tells a subject of each batch, and completes it', async () => {
    const subject = new Subject<ObservedBatch<{ v: number }>>()
    const all = firstValueFrom(subject.pipe(toArray()))
    await drain(session.readStream(memory(input(1))), observableSink(subject))
    expect((await all).map(b => [b.batchId, b.rows])).toEqual([[0, [{ v: 1 }]]])
  })

  it('toObservable() runs the query for its subscriber: until its end, or until it is left', async () => {
    const source = input(1)
    const batches = await firstValueFrom(session.readStream(memory(source)).toObservable({ checkpointLocation: checkpoint(), trigger: Trigger.availableNow() }).pipe(toArray()))
    expect(batches.flatMap(b => b.rows)).toEqual([{ v: 1 }])
    const first = await firstValueFrom(session.readStream(memory(source)).toObservable({ checkpointLocation: checkpoint(), name: 'left' }))
    expect(first.rows).toEqual([{ v: 1 }])
    await vi.waitUntil(() => session.streams.active.length === 0, { timeout: 10_000 })
  })

  it('toObservable() fails with the error of its query', async () => {
    const failing = session.readStream(memory(input(0))).select(({ v }) => ({ x: v.mod(v) })).toObservable({ checkpointLocation: checkpoint() })
    await expect(firstValueFrom(failing)).rejects.toThrow(/zero/)
  })

  it('consoleSink() prints a table, noop() nothing', async () => {
    const written: string[] = []
    const write = vi.spyOn(process.stdout, 'write').mockImplementation(text => {
      written.push(String(text))
      return true
    })
    try {
      await drain(session.readStream(memory(input(42))), noop())
      expect(written.join('')).toBe('')
      await drain(session.readStream(memory(input(42))), consoleSink({ numRows: 5 }))
    } finally {
      write.mockRestore()
    }
    expect(written.join('')).toContain('42')
  })
})
