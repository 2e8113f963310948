import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'
import { request, serveBoard } from './support.ts'

interface Event {
  readonly event: string
  readonly id: string
  readonly data: { readonly batchId?: number; readonly rows?: unknown[]; readonly upserts?: unknown[]; readonly deletes?: unknown[]; readonly from?: number; readonly to?: number }
}

/** An EventSource by hand. */
function readEvents(url: string, headers: Record<string, string> = {}) {
  const events: Event[] = []
  let rest = ''
  const { hostname, port } = new URL(url)
  const sent = httpRequest({ hostname, port, path: '/streams/board/events', headers: { accept: 'text/event-stream', ...headers } }, answer => {
    answer.on('data', (part: Buffer) => {
      const blocks = (rest + part.toString()).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const field = (name: string) => block.split('\n').find(l => l.startsWith(`${name}: `))?.slice(name.length + 2) ?? ''
        if (field('event') !== '') events.push({ event: field('event'), id: field('id'), data: JSON.parse(field('data')) as Event['data'] })
      }
    })
    answer.on('error', () => undefined)
  })
  sent.on('error', () => undefined)
  sent.end()
  onTestFinished(() => void sent.destroy())
  const until = (n: number) => vi.waitFor(() => expect(events.length).toBeGreaterThanOrEqual(n), 5000)
  return { events, until, close: () => sent.destroy() }
}

const json = (text: string) => JSON.parse(text) as { queryId: string; batchId: number; watermark: string | null; rows: { id: number; place: string }[] }

describe('GET', () => {
  test('a table with its batch, whole or by key, limit and since', async () => {
    const { url, query, feed } = await serveBoard()
    await feed({ id: 1, place: 'a' }, { id: 2, place: 'b' })
    await feed({ id: 3, place: 'c "quoted" <b>' }, { id: 1, place: 'd' })
    const ask = async (search: string) => json((await request(url, `/streams/board${search}`)).text).rows.map(r => r.id)
    const whole = json((await request(url, '/streams/board')).text)
    expect(whole).toEqual({ queryId: query.id, batchId: 1, watermark: null, rows: [{ id: 2, place: 'b' }, { id: 3, place: 'c "quoted" <b>' }, { id: 1, place: 'd' }] })
    expect([await ask('?key=3'), await ask('?key=%7B%22id%22:3%7D'), await ask('?key=%5B3%5D'), await ask('?key=9')]).toEqual([[3], [3], [3], []])
    expect([await ask('?limit=1'), await ask('?limit=0'), await ask('?since=0'), await ask('?since=1'), await ask('?where=id%3D2')]).toEqual([[1], [], [3, 1], [], [2]])
    expect((await request(url, '/streams/board')).headers['content-type']).toBe('application/json')
  })

  test('questions that make no sense are told so, tables that are not there are not found', async () => {
    const { url } = await serveBoard()
    const status = async (path: string) => (await request(url, path)).status
    for (const search of ['?limit=-1', '?limit=x', '?limit=1.5', '?since=x', '?key=x', '?key=%7B%22place%22:1%7D', '?where=place%3Da', '?where=id', '?where=__proto__%3D1']) {
      expect([search, await status(`/streams/board${search}`)]).toEqual([search, 400])
    }
    expect([await status('/streams/other'), await status('/streams/other/events'), await status('/streams/board/more')]).toEqual([404, 404, 404])
  })

  test('the list of tables', async () => {
    const { url, query } = await serveBoard()
    expect(JSON.parse((await request(url, '/streams')).text)).toEqual({ streams: [{ name: 'board', key: ['id'], retain: 10_000, rows: 0, ready: true, queryId: query.id, batchId: -1 }] })
  })

  test('a query that has ended has no rows to give', async () => {
    const { url, query } = await serveBoard()
    await query.stop()
    expect((await request(url, '/streams/board')).status).toBe(503)
    expect((await request(url, '/readyz')).status).toBe(503)
    expect((await request(url, '/healthz')).status).toBe(200)
  })
})

describe('events', () => {
  test('a snapshot, then a batch for each commit', async () => {
    const { url, query, feed } = await serveBoard()
    await feed({ id: 1, place: 'a' })
    const reader = readEvents(url)
    await reader.until(1)
    await feed({ id: 2, place: 'b' })
    await feed({ id: 1, place: 'c' })
    await reader.until(3)
    expect(reader.events.map(e => [e.event, e.id, e.data.batchId])).toEqual([
      ['snapshot', `${query.id}:0`, 0],
      ['batch', `${query.id}:1`, 1],
      ['batch', `${query.id}:2`, 2],
    ])
    expect(reader.events[0].data.rows).toEqual([{ id: 1, place: 'a' }])
    expect(reader.events[2].data).toMatchObject({ upserts: [{ id: 1, place: 'c' }], deletes: [] })
  })

  test('a reader that comes back gets what it missed, or a snapshot when nobody knows that any more', async () => {
    const folder = await temporaryFolder()
    const { url, query, feed, session, server, input } = await serveBoard({}, { folder })
    for (let id = 0; id < 4; id++) await feed({ id, place: 'x' })
    const comingBack = async (at: string, lastEventId: string, n: number) => {
      const reader = readEvents(at, { 'last-event-id': lastEventId })
      await reader.until(n)
      reader.close()
      return reader.events.map(e => [e.event, e.data.batchId])
    }
    expect(await comingBack(url, `${query.id}:1`, 2)).toEqual([['batch', 2], ['batch', 3]])
    expect(await comingBack(url, `${query.id}:9`, 1)).toEqual([['snapshot', 3]])
    expect(await comingBack(url, `another:1`, 1)).toEqual([['snapshot', 3]])
    expect(await comingBack(url, 'nonsense', 1)).toEqual([['snapshot', 3]])
    await server.close()
    await session.stop()
    const again = await serveBoard({}, { folder, input })
    expect(await comingBack(again.url, `${query.id}:1`, 1)).toEqual([['snapshot', 3]])
    const upToDate = readEvents(again.url, { 'last-event-id': `${query.id}:3` })
    await again.feed({ id: 9, place: 'new' })
    await upToDate.until(1)
    expect(upToDate.events.map(e => [e.event, e.data.batchId])).toEqual([['batch', 4]])
  })

  test('a reader that takes nothing is not waited for, and is told what it missed', async () => {
    const { url, feed } = await serveBoard({ eventBufferBytes: 1024 })
    const { port } = new URL(url)
    const socket: Socket = connect(Number(port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    let got = ''
    socket.write(`GET /streams/board/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
    await new Promise(resolve => socket.once('data', resolve))
    socket.pause()
    for (let id = 0; id < 60; id++) await feed({ id, place: 'x'.repeat(200_000) })
    socket.on('data', part => (got += part.toString()))
    socket.resume()
    await vi.waitFor(() => expect(got).toMatch(/event: gap\nid: \S+\ndata: (\{"from":\d+,"to":59\})/), 10_000)
    await feed({ id: 99, place: 'y' })
    await vi.waitFor(() => expect(got).toContain('"id":99'), 5000)
    expect(got.length).toBeLessThan(60 * 200_000)
  })

  test('there are no more readers than allowed', async () => {
    const { url } = await serveBoard({ maxEventReaders: 2 })
    const first = readEvents(url)
    const second = readEvents(url)
    await Promise.all([first.until(1), second.until(1)])
    expect((await request(url, '/streams/board/events')).status).toBe(503)
    first.close()
    await vi.waitFor(async () => {
      const third = readEvents(url)
      await vi.waitFor(() => expect(third.events.length).toBe(1), 200)
    }, 5000)
  })
})

test('metrics count rows and batches', async () => {
  const { url, feed } = await serveBoard()
  await feed({ id: 1, place: 'a' }, { id: 2, place: 'b' })
  await feed({ id: 3, place: 'c' })
  const { text } = await request(url, '/metrics')
  expect(text).toContain('millrace_batches_total{query="board-query"} 2')
  expect(text).toMatch(/millrace_input_rows_total\{query="board-query",source="[^"]+"\} 3/)
  expect(text).toContain('millrace_active_queries 1')
})
