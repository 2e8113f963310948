import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeSchema } from '../../src/columnar/schema.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import type { Network } from '../../src/common/network.ts'
import type { Ports } from '../../src/common/ports.ts'
import { IngestLog } from '../../src/sources/socket/ingest-log.ts'
import { LineSplitter } from '../../src/sources/socket/line-splitter.ts'
import { socketSchema } from '../../src/sources/socket/socket-source.ts'
import { verifyIngestLog } from '../../src/sources/socket/verify-log.ts'
import { Crash, SimulatedDisk } from '../sinks/simulated-files.ts'
import { openSource, type OpenOptions, tempFolder } from './support.ts'

const signal = new AbortController().signal
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** A network whose connections send what the test says, then end or break off. */
class ScriptedNetwork implements Network {
  readonly connections: (string | Uint8Array | Error)[][]
  taken = 0

  constructor(connections: (string | Uint8Array | Error)[][]) {
    this.connections = connections
  }

  async *connect(_host: string, _port: number, stop: AbortSignal): AsyncIterable<Uint8Array> {
    const script = this.connections.shift()
    if (script === undefined) {
      await new Promise<void>(resolve => stop.addEventListener('abort', () => resolve(), { once: true }))
      return
    }
    for (const piece of script) {
      if (piece instanceof Error) throw piece
      this.taken++
      yield typeof piece === 'string' ? utf8(piece) : piece
    }
  }

  openSocket(): never {
    throw new Error('A socket source only listens.')
  }

  httpGet(): never {
    throw new Error('A socket source asks for no pages.')
  }
}

const options = { host: 'h', port: 1 }
const quick = { ...nodePorts.clock, now: () => 5000, sleep: async () => {} }

async function open(network: Network, over: OpenOptions = {}, more: object = {}) {
  const ports: Ports = { ...nodePorts, network, clock: quick, ...over.ports }
  const opened = await openSource('socket', { ...options, ...more }, socketSchema('includeTimestamp' in more), { directory: await tempFolder(), ...over, ports })
  onTestFinished(() => opened.source.close())
  return opened
}

/** Waits until the source has `count` lines. */
async function lines(opened: Awaited<ReturnType<typeof open>>, count: number): Promise<void> {
  while (((await opened.source.latestOffset(null, 'limited')) ?? 0) < (count as never)) await opened.source.changed(signal)
}

describe('socket source', () => {
  test('reads lines from a real connection, and connects again when it is closed', async () => {
    const sockets: Socket[] = []
    const server = createServer(socket => sockets.push(socket.on('error', () => {})))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const opened = await openSource('socket', { host: '127.0.0.1', port }, socketSchema(false), { directory: await tempFolder() })
    const connected = async (n: number) => {
      while (sockets.length < n) await nodePorts.clock.sleep(5)
    }
    await opened.source.latestOffset(null, 'limited')
    await connected(1)
    sockets[0].write('one\ntw')
    sockets[0].write('o\r\n\nlast')
    sockets[0].end()
    await lines(opened, 4)
    await connected(2)
    sockets[1].write('again\n')
    await lines(opened, 5)
    expect((await opened.batch(null))?.rows.map(r => r['value'])).toEqual(['one', 'two', '', 'last', 'again'])
    expect(opened.source.notices?.()).toMatchObject([{ context: { port, reason: 'the other side closed it' } }, { context: { port, lost: 'the other side closed it' } }])
    await opened.source.close()
    sockets.forEach(s => s.destroy())
  })

  test('gives the instant of receipt, and only the columns that are wanted', async () => {
    const opened = await open(new ScriptedNetwork([['a\nb\n']]), {}, { includeTimestamp: true })
    await lines(opened, 2)
    const batch = await opened.batch(null)
    expect(batch?.rows).toEqual([{ value: 'a', timestamp: new Date(5000) }, { value: 'b', timestamp: new Date(5000) }])
    expect(await opened.read(batch?.partitions ?? [], makeSchema([]))).toEqual([{}, {}])
  })

  test('drops a line that was broken off, keeps one that the sender ended by closing', async () => {
    const opened = await open(new ScriptedNetwork([['whole\nbrok', new Error('reset')], ['closed']]))
    await lines(opened, 2)
    expect((await opened.batch(null))?.rows).toEqual([{ value: 'whole' }, { value: 'closed' }])
    expect(opened.source.notices?.()).toMatchObject([{ context: { reason: 'reset' } }, { context: { lost: 'reset' } }, { context: { reason: 'the other side closed it' } }])
  })

  test('waits longer between attempts, up to ten seconds', async () => {
    const slept: number[] = []
    const refused = Array.from({ length: 10 }, () => [new Error('ECONNREFUSED')])
    const opened = await open(new ScriptedNetwork([...refused, ['x\n']]), { ports: { clock: { ...quick, async sleep(ms: number) { slept.push(ms) } } } as never })
    await lines(opened, 1)
    expect(slept.slice(0, 10)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000])
    expect(opened.source.notices?.().filter(n => n.context['reason'] === 'ECONNREFUSED')).toHaveLength(1)
  })

  test('tells of each loss and return of the connection once, and of another reason', async () => {
    const opened = await open(new ScriptedNetwork([[new Error('ECONNREFUSED')], [new Error('ECONNREFUSED')], [], [], ['a\n'], ['b\n']]))
    await lines(opened, 2)
    const closed = 'the other side closed it'
    await nodePorts.clock.sleep(5)
    expect(opened.source.notices?.().map(n => n.context)).toEqual([
      { host: 'h', port: 1, reason: 'ECONNREFUSED' }, { host: 'h', port: 1, reason: closed }, { host: 'h', port: 1, lost: closed },
      { host: 'h', port: 1, reason: closed }, { host: 'h', port: 1, lost: closed }, { host: 'h', port: 1, reason: closed },
    ])
  })

  test('in a query that ends by itself, fails where there is no connection, after the lines that earlier runs left', async () => {
    const directory = await tempFolder()
    const earlier = await open(new ScriptedNetwork([['a\n']]), { directory })
    await lines(earlier, 1)
    await earlier.source.close()
    const unreachable = { code: 'SOURCE_FAILED', retryable: true, context: { host: 'h', port: 1, reason: 'ECONNREFUSED' } }
    const refused = (): Network => new ScriptedNetwork([[new Error('ECONNREFUSED')]])
    const once = await open(refused(), { directory })
    expect(await once.source.latestOffset(null, 'all')).toBe(1)
    await once.source.close()
    const availableNow = await open(refused(), { directory })
    await availableNow.source.pinAvailable()
    expect(await availableNow.source.latestOffset(null, 'limited')).toBe(1)
    await expect(availableNow.source.latestOffset(1, 'limited')).rejects.toMatchObject(unreachable)
    await expect(availableNow.source.latestOffset(1, 'limited')).rejects.toMatchObject(unreachable)
    await availableNow.source.close()
    // Without an end of its own it is tried again.
    const endless = await open(refused(), { directory })
    expect(await endless.source.latestOffset(1, 'limited')).toBe(1)
  })

  test('in a query that ends by itself, a connection is enough, and stopping does not wait for one', async () => {
    const server = createServer(socket => socket.on('error', () => {}))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const silent = await openSource('socket', { host: '127.0.0.1', port }, socketSchema(false), { directory: await tempFolder() })
    expect(await silent.source.latestOffset(null, 'all')).toBeNull()
    await silent.source.close()
    const waiting = await open(new ScriptedNetwork([]))
    const stopping = new AbortController()
    const offset = waiting.source.latestOffset(null, 'all', stopping.signal)
    stopping.abort()
    expect(await offset).toBeNull()
  })

  test('keeps received lines through a restart until their batch is committed', async () => {
    const directory = await tempFolder()
    const first = await open(new ScriptedNetwork([['a\nb\n']]), { directory })
    await lines(first, 2)
    const batch = await first.batch(null)
    await first.source.close()
    const second = await open(new ScriptedNetwork([['c\n']]), { directory })
    expect(await second.read(batch?.partitions ?? [])).toEqual([{ value: 'a' }, { value: 'b' }])
    await lines(second, 3)
    expect((await second.batch(2))?.rows).toEqual([{ value: 'c' }])
    await second.source.commit(3)
    await expect(second.read(batch?.partitions ?? [])).rejects.toMatchObject({ code: 'SOURCE_DATA_LOST' })
    await second.source.close()
    const third = await open(new ScriptedNetwork([]), { directory })
    expect(third.source.newest?.()).toBe(3)
  })

  test('refuses to give numbers of committed lines to new ones, whatever was lost', async () => {
    const directory = await tempFolder()
    const first = await open(new ScriptedNetwork([['a\nb\nc\n']]), { directory })
    await lines(first, 3)
    await first.source.commit(3)
    await first.source.close()
    const path = `${directory}/0000000000000000.log`
    const content = await readFile(path)

    // The last frame: nothing stands behind it, so the bytes alone could be the cut of a crash.
    content[content.length - 1] ^= 1
    await writeFile(path, content)
    const damaged = await open(new ScriptedNetwork([['d\ne\n']]), { directory })
    await nodePorts.clock.sleep(20)
    await expect(damaged.source.latestOffset(3, 'limited')).rejects.toMatchObject({ code: 'SOURCE_DATA_LOST', context: { path: directory, from: 2, to: 3 } })
    expect(await readFile(path)).toEqual(content)

    await rm(directory, { recursive: true })
    const lost = await open(new ScriptedNetwork([['d\ne\nf\ng\n']]), { directory })
    await expect(lost.source.latestOffset(3, 'all')).rejects.toMatchObject({ code: 'SOURCE_DATA_LOST', context: { from: 0, to: 3 } })
    expect(lost.source.newest?.()).toBeNull()
  })

  test('lets the sender wait while too much is not committed', async () => {
    const network = new ScriptedNetwork([['aaaa\n', 'bbbb\n', 'cccc\n', 'dddd\n']])
    const opened = await open(network, {}, { maxLogBytes: 30 })
    await lines(opened, 2)
    await nodePorts.clock.sleep(20)
    expect(network.taken).toBe(2)
    await opened.source.commit(2)
    await lines(opened, 3)
  })

  test('replaces bytes that are no UTF-8', async () => {
    const opened = await open(new ScriptedNetwork([[Uint8Array.of(0x61, 0xff, 0x0a)]]))
    await lines(opened, 1)
    expect((await opened.batch(null))?.rows).toEqual([{ value: 'a\ufffd' }])
  })

  test('fails on a line that is too long, after the lines before it', async () => {
    const opened = await open(new ScriptedNetwork([['ok\n', 'x'.repeat(20)]]), {}, { maxRecordBytes: 10 })
    await lines(opened, 1)
    expect((await opened.batch(null))?.rows).toEqual([{ value: 'ok' }])
    await opened.source.changed(signal)
    await expect(opened.source.latestOffset(1, 'limited')).rejects.toMatchObject({ code: 'SOURCE_FAILED', context: { maxRecordBytes: 10 } })
  })

  test('refuses a bounded read and other columns', async () => {
    await expect(openSource('socket', options, socketSchema(false))).rejects.toMatchObject({ code: 'PLAN_INVALID_OPTION' })
    await expect(openSource('socket', options, socketSchema(true), { directory: 'x' })).rejects.toMatchObject({ code: 'PLAN_INVALID_OPTION' })
  })
})

describe('ingest log', () => {
  test('keeps what append() promised at every crash and power loss, in order and without a gap', async () => {
    for (const mode of ['kill', 'power', 'kill, then power']) {
      for (let at = 0; ; at++) {
        const disk = new SimulatedDisk()
        const files = disk.files()
        const promised: string[] = []
        let died = false
        const run = async (from: number): Promise<void> => {
          const log = await IngestLog.open(files, 'log')
          for (let k = from; k < 4; k++) {
            const given = [`line ${log.end}`, `line ${log.end + 1}`]
            await log.append(given.map(utf8), 1)
            promised.push(...given)
          }
        }
        disk.crashAt = at >> 1
        disk.crashAfter = at & 1
        try {
          await run(0)
        } catch (error) {
          if (!(error instanceof Crash)) throw error
          died = true
        }
        disk.restart()
        if (mode === 'power') disk.powerLoss()
        const again = await IngestLog.open(files, 'log')
        expect(again.end).toBeGreaterThanOrEqual(promised.length)
        const end = again.end
        // What was counted once must stay, even if it had not been promised.
        if (mode !== 'kill') disk.powerLoss()
        const found = await (await IngestLog.open(files, 'log')).read(0, end)
        expect(found.map(l => textOf(l.bytes))).toEqual(Array.from({ length: end }, (_, i) => `line ${i}`))
        await run(3)
        if (!died) break
        expect(at).toBeLessThan(100)
      }
    }
  })

  test('goes on after a torn frame, and notices a damaged one', async () => {
    const files = new SimulatedDisk().files()
    const log = await IngestLog.open(files, 'log')
    await log.append(['a', 'b', 'c'].map(utf8), 7)
    const path = 'log/0000000000000000.log'
    const content = await files.readFile(path)
    const put = async (bytes: Uint8Array) => {
      await files.remove(path)
      await (await files.create(path)).write(bytes)
    }
    await put(content.subarray(0, content.length - 1))
    const torn = await IngestLog.open(files, 'log')
    expect(torn.end).toBe(2)
    await torn.append([utf8('C')], 8)
    expect((await torn.read(1, 3)).map(l => [textOf(l.bytes), l.timeMs])).toEqual([['b', 7], ['C', 8]])
    content[20] ^= 1
    await put(content)
    await expect(IngestLog.open(files, 'log')).rejects.toMatchObject({ code: 'SOURCE_DATA_LOST', context: { path, from: 1, to: 2 } })
  })

  test('refuses a newest segment with a whole frame behind a broken one, wherever a bit was flipped', async () => {
    const files = new SimulatedDisk().files()
    const log = await IngestLog.open(files, 'log')
    await log.append(['first', 'second', 'third'].map(utf8), 7)
    const path = 'log/0000000000000000.log'
    const content = await files.readFile(path)
    const put = async (bytes: Uint8Array) => {
      await files.remove(path)
      await (await files.create(path)).write(bytes)
    }
    const secondAt = 21
    for (let bit = secondAt * 8; bit < (secondAt + 22) * 8; bit++) {
      const flipped = content.slice()
      flipped[bit >> 3] ^= 1 << (bit & 7)
      await put(flipped)
      await expect(IngestLog.open(files, 'log'), `bit ${bit}`).rejects.toMatchObject({ code: 'SOURCE_DATA_LOST', context: { path, from: 1, byte: secondAt } })
      const { reason } = await verifyIngestLog(files, 'log', 3)
      expect(reason).toContain(`Lines from 1 on received from the socket cannot be read at byte 21 of "${path}"`)
    }
    // Zeros at the end, as some file systems leave them, are no frames.
    await put(Uint8Array.of(...content.subarray(0, secondAt), ...new Uint8Array(100)))
    expect((await IngestLog.open(files, 'log')).end).toBe(1)
    expect(await verifyIngestLog(files, 'log', 1)).toEqual({ checked: 1 })
    expect((await verifyIngestLog(files, 'log', 2)).reason).toContain('Lines 1 to 1 received from the socket are missing in "log"')
    expect((await verifyIngestLog(files, 'none', 2)).reason).toContain('Lines 0 to 1 received from the socket are missing in "none"')
  })

  test('never forgets its number, when a crash falls on replacing an only and empty segment', async () => {
    for (let at = 0; ; at++) {
      const disk = new SimulatedDisk()
      const files = disk.files()
      const made = await IngestLog.open(files, 'log')
      await made.append([utf8('a')], 1)
      await files.rename('log/0000000000000000.log', 'log/0000000000000005.log')
      await (await files.append('log/0000000000000005.log')).sync()
      const content = await files.readFile('log/0000000000000005.log')
      await files.remove('log/0000000000000005.log')
      const torn = await files.create('log/0000000000000005.log')
      await torn.write(content.subarray(0, 9))
      await torn.sync()
      await files.syncDirectory('log')
      disk.crashAt = at >> 1
      disk.crashAfter = at & 1
      let died = false
      try {
        await (await IngestLog.open(files, 'log')).append([utf8('b')], 1)
      } catch (error) {
        if (!(error instanceof Crash)) throw error
        died = true
      }
      disk.restart()
      disk.powerLoss()
      expect((await IngestLog.open(files, 'log')).end).toBeGreaterThanOrEqual(died ? 5 : 6)
      if (!died) break
      expect(at).toBeLessThan(100)
    }
  })

  test('removes segments of committed lines, except the newest', async () => {
    const files = new SimulatedDisk().files()
    const big = new Uint8Array(3 * 1024 * 1024)
    const log = await IngestLog.open(files, 'log')
    for (let k = 0; k < 5; k++) await log.append([big], 0)
    const names = async () => (await files.list('log')).map(e => Number(e.name.slice(0, 16)))
    expect(await names()).toEqual([0, 2, 4])
    expect(log.endWithin(0, 1)).toBe(2)
    expect(log.endWithin(1, 20 * 1024 * 1024)).toBe(5)
    await log.removeBefore(3)
    expect(await names()).toEqual([2, 4])
    await log.removeBefore(5)
    expect(await names()).toEqual([4])
    expect((await IngestLog.open(files, 'log')).end).toBe(5)
  })
})

test('lines come whole out of pieces cut anywhere', () => {
  const text = 'a\r\n\nbc\ndéf\r\n\r\nrest'
  const bytes = utf8(text)
  for (let cut = 1; cut <= bytes.length; cut++) {
    const splitter = new LineSplitter(100)
    const got: string[] = []
    for (let at = 0; at < bytes.length; at += cut) got.push(...(splitter.push(bytes.subarray(at, at + cut)) ?? []).map(textOf))
    got.push(...splitter.end().map(textOf))
    expect(got).toEqual(['a', '', 'bc', 'déf', '', 'rest'])
  }
})
