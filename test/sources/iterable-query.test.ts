import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fromIterable, fromObservable, MemorySink, memory, memorySink, MemorySource, noop, schema, Session, socket, type StreamingQuery, t, Trigger } from 'millrace'
import { Subject } from 'rxjs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { tempFolder } from './support.ts'

const row = schema({ v: t.int32() })
const turn = (): Promise<void> => new Promise(resolve => void setImmediate(resolve))
const never = new Promise<void>(() => undefined)

async function session(): Promise<Session> {
  const started = await Session.start()
  onTestFinished(() => started.stop())
  return started
}

/** A query over what `input` makes of it, which is called once the query is known. */
async function queryOf(input: (query: Promise<StreamingQuery>) => AsyncIterable<{ v: number }>, trigger: Trigger): Promise<{ query: StreamingQuery; sink: MemorySink<{ v: number }> }> {
  let known: (query: StreamingQuery) => void = () => undefined
  const sink = new MemorySink<{ v: number }>()
  const source = fromIterable(input(new Promise(resolve => (known = resolve))), row)
  const query = await (await session()).readStream(source).writeStream({ sink: memorySink(sink), checkpointLocation: `${await tempFolder()}/ck`, trigger }).start()
  known(query)
  return { query, sink }
}

/** Until the query has done what there was and waits for more, or has ended. */
async function waiting(query: StreamingQuery): Promise<void> {
  while (query.isActive && !(query.lastProgress !== null && /^(?:Getting offsets|Waiting)/.test(query.status.message))) await turn()
}

describe.each([['default', Trigger.default()], ['availableNow', Trigger.availableNow()], ['once', Trigger.once()]])('a generator, with trigger %s', (_name, trigger) => {
  test('may wait for the end of its own query', async () => {
    const told: string[] = []
    const { query } = await queryOf(async function* (known) {
      yield { v: 1 }
      await waiting(await known)
      await (await known).stop()
      told.push('stopped')
      yield { v: 2 }
    }, trigger)
    expect(await query.awaitTermination()).toBe(true)
    while (told.length === 0) await turn()
    expect([told, query.exception]).toEqual([['stopped'], null])
  })

  test('may do so while it is being closed', async () => {
    const told: string[] = []
    const { query } = await queryOf(async function* (known) {
      try {
        for (let v = 0; ; v++) yield { v }
      } finally {
        await (await known).stop()
        told.push('stopped')
      }
    }, trigger)
    await query.stop()
    expect(query.exception).toBeNull()
    // What the generator does on its way out is its own affair; it has got its turn by now, or gets it soon.
    while (told.length === 0) await turn()
  })

  test('that never gives another row does not keep its query from being stopped', async () => {
    const { query } = await queryOf(async function* () {
      yield { v: 1 }
      await never
    }, trigger)
    await waiting(query)
    await query.stop()
    expect([query.isActive, query.exception]).toEqual([false, null])
  })
})

describe('notices', () => {
  const gone = 'The rows of an iterable or observable cannot be read again: those taken and not committed when the process ends are lost.'

  test('that rows cannot be read again is said when the query starts, and in its first progress', async () => {
    const started = await session()
    const told: unknown[] = []
    started.streams.addListener({ onQueryStarted: e => void told.push(...e.notices) })
    const subject = new Subject<{ v: number }>()
    const query = await started.readStream(fromObservable(subject, row, { name: 'clicks' })).writeStream({ sink: noop(), checkpointLocation: `${await tempFolder()}/ck` }).start()
    const notice = { message: gone, context: { replayable: false } }
    expect(query.notices).toEqual([{ source: 'clicks', ...notice }])
    expect(told).toEqual(query.notices)
    // Nothing has run yet.
    expect(query.lastProgress).toBeNull()
    for (const v of [1, 2]) {
      subject.next({ v })
      await query.processAllAvailable()
    }
    expect(query.recentProgress.map(p => p.sources[0].notices)).toEqual([[notice], []])
  })

  test('a source that can be read again has nothing to say', async () => {
    const query = await (await session()).readStream(memory(new MemorySource(row))).writeStream({ sink: noop(), checkpointLocation: `${await tempFolder()}/ck` }).start()
    expect(query.notices).toEqual([])
  })
})

/** Where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test.each([Trigger.availableNow(), Trigger.once()])('a query that would end without the lines of a socket that cannot be reached fails instead ($kind)', async trigger => {
  const port = await closedPort()
  const query = await (await session()).readStream(socket({ host: '127.0.0.1', port })).writeStream({ sink: noop(), checkpointLocation: `${await tempFolder()}/ck`, trigger }).start()
  await expect(query.awaitTermination()).rejects.toMatchObject({
    code: 'EXEC_FAILED',
    retryable: true,
    cause: {
      code: 'SOURCE_FAILED',
      retryable: true,
      message: expect.stringMatching(/^There is no connection to 127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*\), and the query would end without its lines\. /) as string,
      context: { host: '127.0.0.1', port },
    },
  })
})

test('that a socket cannot be reached is a warning although no batch runs', async () => {
  const port = await closedPort()
  const heard: string[] = []
  const told = new Promise<void>(resolve => {
    const hear = (warning: Error): void => {
      if (warning.name !== 'MillraceWarning' || !warning.message.includes(`127.0.0.1:${port}`)) return
      heard.push(warning.message)
      resolve()
    }
    process.on('warning', hear)
    onTestFinished(() => void process.off('warning', hear))
  })
  const query = await (await session()).readStream(socket({ host: '127.0.0.1', port })).writeStream({ sink: noop(), checkpointLocation: `${await tempFolder()}/ck`, name: 'lines' }).start()
  await told
  expect(heard[0]).toMatch(/^Query "lines", source ".*": There is no connection to 127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*\); it is tried again\.$/)
  expect([query.isActive, query.lastProgress]).toEqual([true, null])
  expect(query.notices).toMatchObject([{ source: expect.any(String) as string, context: { host: '127.0.0.1', port } }])
})

test('that rows cannot be read again is said at start, as a warning of the process too', async () => {
  const heard: string[] = []
  const hear = (warning: Error): void => void (warning.name === 'MillraceWarning' && heard.push(warning.message))
  process.on('warning', hear)
  onTestFinished(() => void process.off('warning', hear))
  const { query } = await queryOf(async function* () {
    yield { v: 1 }
  }, Trigger.availableNow())
  await query.awaitTermination()
  await turn()
  expect(heard).toEqual(query.notices.map(n => `Query "${query.id}", source "${n.source}": ${n.message}`))
  expect(heard).toHaveLength(1)
})
