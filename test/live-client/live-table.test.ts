import { createServer, type Socket } from 'node:net'
import { live, memory, MemorySource, Session } from 'millrace'
import { serveAdmin } from 'millrace/admin'
import { LiveTableError, type LiveSnapshot, liveTable, type LiveTableOptions, type LiveTableReader } from 'millrace/live'
import { expect, onTestFinished, test, vi } from 'vitest'
import { EventParser } from '../../dist/live-client/event-parser.js'
import { event, serveBoard } from '../admin/support.ts'
import { temporaryFolder } from '../streaming/support.ts'

type Place = { id: number; place: string }

function follow(url: string, options: LiveTableOptions = { key: 'id' }): LiveTableReader<Place> {
  const table = liveTable<Place>(`${url}/streams/board`, { retryMs: 10, ...options })
  onTestFinished(() => table.close())
  return table
}

const until = (table: LiveTableReader<Place>, rows: Place[]): Promise<void> => vi.waitFor(() => expect(table.getSnapshot().rows).toEqual(rows), 10_000)

test('a store: rows by key, replaced in place of their key, with batch and query', async () => {
  const { url, query, feed } = await serveBoard()
  await feed({ id: 1, place: 'a' }, { id: 2, place: 'b' })
  const table = follow(url)
  const seen: LiveSnapshot<Place>[] = []
  const unsubscribe = table.subscribe(s => seen.push(s))
  expect(seen.length).toBe(2)
  expect(seen[0]).toEqual({ rows: [], batchId: null, queryId: null, watermark: null, connection: 'idle', error: null })
  await until(table, [{ id: 1, place: 'a' }, { id: 2, place: 'b' }])
  const first = table.getSnapshot()
  expect(table.getSnapshot()).toBe(first)
  await feed({ id: 1, place: 'A' })
  await until(table, [{ id: 2, place: 'b' }, { id: 1, place: 'A' }])
  expect(table.getSnapshot()).toMatchObject({ batchId: 1, queryId: query.id, connection: 'open', error: null })
  // What was given out does not change.
  expect(first.rows).toEqual([{ id: 1, place: 'a' }, { id: 2, place: 'b' }])

  // Without a subscriber nothing is followed; the next one goes on from the batch that is known.
  unsubscribe()
  expect(table.getSnapshot().connection).toBe('idle')
  await feed({ id: 3, place: 'c' })
  expect(table.getSnapshot().batchId).toBe(1)
  table.subscribe(s => seen.push(s))
  await until(table, [{ id: 2, place: 'b' }, { id: 1, place: 'A' }, { id: 3, place: 'c' }])
})

test('an iteration sees the newest state, and ends when the table is closed', async () => {
  const { url, feed } = await serveBoard()
  await feed({ id: 1, place: 'a' })
  const table = follow(url)
  const batches: (number | null)[] = []
  for await (const { batchId, rows } of table) {
    batches.push(batchId)
    if (rows.length === 1) {
      await feed({ id: 2, place: 'b' })
      await feed({ id: 3, place: 'c' })
      await vi.waitFor(() => expect(table.getSnapshot().batchId).toBe(2))
    } else table.close()
  }
  expect(batches).toEqual([0, 2])
})

test('a table without a key grows at its end and loses its beginning', async () => {
  const session = await Session.start()
  onTestFinished(() => session.stop())
  const server = await serveAdmin(session, { address: '127.0.0.1:0' })
  onTestFinished(() => server.close())
  const input = new MemorySource(event)
  const query = await session.readStream(memory(input)).writeStream({ sink: live({ name: 'board', retain: 3 }), outputMode: 'append', checkpointLocation: await temporaryFolder() }).start()
  await query.processAllAvailable()
  const table = follow(server.url, {})
  table.subscribe(() => {})
  for (const ids of [[1, 2], [3, 4], [5]]) {
    input.addData(ids.map(id => ({ id, place: 'x' })))
    await query.processAllAvailable()
    await vi.waitFor(() => expect(table.getSnapshot().rows.at(-1)?.id).toBe(ids.at(-1)))
  }
  expect(table.getSnapshot().rows.map(r => r.id)).toEqual([3, 4, 5])
})

test('comes back when the job was away, with no row twice or missing', async () => {
  const folder = await temporaryFolder()
  const input = new MemorySource(event)
  const first = await serveBoard({}, { folder, input })
  await first.feed({ id: 1, place: 'a' })
  const table = follow(first.url)
  const connections = new Set<string>()
  table.subscribe(s => connections.add(s.connection))
  await until(table, [{ id: 1, place: 'a' }])
  await first.server.close()
  await first.session.stop()
  await vi.waitFor(() => expect(table.getSnapshot().connection).toBe('lost'))
  // What is known stays shown.
  expect(table.getSnapshot().rows).toEqual([{ id: 1, place: 'a' }])
  const second = await serveBoard({ address: new URL(first.url).host }, { folder, input })
  await second.feed({ id: 1, place: 'A' }, { id: 2, place: 'b' })
  await until(table, [{ id: 1, place: 'A' }, { id: 2, place: 'b' }])
  expect([...connections]).toEqual(expect.arrayContaining(['idle', 'connecting', 'open', 'lost']))
})

test('sends its token in a header alone; a wrong one is refused for good', async () => {
  const token = 'a token of more than 22 characters'
  const { url, feed } = await serveBoard({ token })
  await feed({ id: 1, place: 'a' })
  const asked: string[] = []
  const table = follow(url, { key: ['id'], token, fetch: (input, init) => (asked.push(String(input)), fetch(input, init)) })
  table.subscribe(() => {})
  await until(table, [{ id: 1, place: 'a' }])
  expect(asked.join()).not.toContain('token')
  const refused = follow(url, { key: 'id', token: 'some other text of 22 characters' })
  const iteration = refused[Symbol.asyncIterator]()
  await expect(iteration.next()).rejects.toMatchObject({ name: 'LiveTableError', status: 401 })
  expect(refused.getSnapshot()).toMatchObject({ connection: 'refused', error: expect.any(LiveTableError) })
})

/** Answers each connection with the next of these texts, and notes what was asked for. */
async function scripted(...answers: string[]): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', (data: Buffer) => {
      asked.push(data.toString().split(' ')[1])
      const text = answers.shift()
      if (text === undefined) socket.destroy()
      else socket.write(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${text}`)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, asked }
}

const snapshot = (id: number): string => `event: snapshot\nid: q:${id}\ndata: {"queryId":"q","batchId":${id},"watermark":null,"rows":[{"id":${id},"place":"s"}]}\n\n`

test('after a gap it asks for what comes after the batch that it has', async () => {
  const { url, asked } = await scripted(`${snapshot(4)}event: gap\nid: q:9\ndata: {"from":5,"to":9}\n\n`, snapshot(9))
  const table = follow(url)
  table.subscribe(() => {})
  await until(table, [{ id: 9, place: 's' }])
  expect(asked).toEqual(['/streams/board/events', '/streams/board/events?lastEventId=q%3A4'])
})

test('what is no event of a live table is told, and the rows are asked for anew', async () => {
  const { url, asked } = await scripted(`${snapshot(1)}event: batch\nid: q:2\ndata: {"batchId":\n\n`, `event: snapshot\nid: q:3\ndata: {"rows":7}\n\n`, `: \n\nevent: other\ndata: 1\n\n${snapshot(4)}`)
  const table = follow(url)
  const errors: string[] = []
  table.subscribe(({ error }) => void (error !== null && errors.push(error.name)))
  await until(table, [{ id: 4, place: 's' }])
  expect(new Set(errors)).toEqual(new Set(['SyntaxError', 'TypeError']))
  expect(asked).toEqual(Array(3).fill('/streams/board/events'))
})

test('events come whole however their text is cut', () => {
  const text = `${snapshot(1)}: \n\n${snapshot(2)}`
  const whole = new EventParser().push(text)
  expect(whole.map(e => [e.event, e.id])).toEqual([['snapshot', 'q:1'], ['snapshot', 'q:2']])
  for (let size = 1; size < 40; size++) {
    const parser = new EventParser()
    const events = []
    for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)))
    expect(events).toEqual(whole)
  }
})
