import { MessageChannel } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { field, float64Type } from '../../src/columnar/data-type.ts'
import type { RecordBatch } from '../../src/columnar/record-batch.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { Exchange } from '../../src/exec/exchange/exchange.ts'
import { frameBytes } from '../../src/exec/exchange/outbox.ts'
import { MemoryBudget, MemoryLease } from '../../src/exec/memory-lease.ts'
import type { AggregateTask, FrameRef } from '../../src/exec/tasks.ts'

const tag = { run: 'run', attempt: '0/1-a' }
const batch = { batchId: 0, attempt: { epoch: 1, random: 'a' }, nowMicros: 0, timeZone: 'UTC', seed: 0, models: [], lateMicros: null, evictMicros: null }
const lease = new MemoryLease(new MemoryBudget(2 ** 40).lease())
const running = new AbortController().signal

/** A frame of so many rows, all with this value. */
function frameOf(value: number, rows = 1): RecordBatch {
  return batchOfRows(makeSchema([field('v', float64Type)]), Array.from({ length: rows }, () => ({ v: value })))
}

const valueOf = (frame: RecordBatch): number => (frame.columns[0].values as Float64Array)[0]

function merging(partition: number, frames: readonly FrameRef[]): AggregateTask {
  return { kind: 'aggregate', batch, aggregation: 0, partition, frames }
}

interface Take {
  readonly keys: readonly unknown[]
}

const isTake = (message: unknown): message is Take => typeof message === 'object' && message !== null && 'take' in message

/** Two executors. What `a` posts is seen at once; what `b` sends may be held back on its way until `letPass()`. */
function pair(windowBytes?: number, hold = false): { readonly a: Exchange; readonly b: Exchange; readonly seen: (hook: (message: unknown) => void) => void; readonly letPass: () => void } {
  const a = new Exchange('a', windowBytes)
  const b = new Exchange('b', windowBytes)
  const left = new MessageChannel()
  const right = new MessageChannel()
  let hook: (message: unknown) => void = () => {}
  const post = left.port1.postMessage.bind(left.port1)
  left.port1.postMessage = (message: unknown) => {
    hook(message)
    post(message)
  }
  a.connect('b', left.port1)
  b.connect('a', right.port1)
  let held: (() => void)[] | null = hold ? [] : null
  left.port2.on('message', (message: unknown) => right.port2.postMessage(message))
  right.port2.on('message', (message: unknown) => {
    const pass = (): void => left.port2.postMessage(message)
    if (held === null) pass()
    else held.push(pass)
  })
  right.port2.on('close', () => left.port2.close())
  onTestFinished(() => {
    a.close()
    b.close()
  })
  return {
    a,
    b,
    seen: h => {
      hook = h
    },
    letPass: () => {
      for (const pass of held ?? []) pass()
      held = null
    },
  }
}

describe('frames of another executor', () => {
  test('come in the order of merging, with those of this one between them', async () => {
    const { a, b } = pair()
    a.keep(tag, 0, 0, [frameOf(1), frameOf(2)], lease)
    b.keep(tag, 0, 1, [frameOf(3), frameOf(4)], lease)
    a.keep(tag, 0, 2, [null, frameOf(5)], lease)
    const [own, far] = [{ executor: 'a', bytes: 1 }, { executor: 'b', bytes: 1 }]
    const frames = a.frames(tag, [merging(0, [{ ...own, position: 0 }, { ...far, position: 1 }]), merging(1, [{ ...own, position: 0 }, { ...far, position: 1 }, { ...own, position: 2 }])])
    const values = []
    for (let i = 0; i < 5; i++) values.push(valueOf(await frames.next(running)))
    expect(values).toEqual([1, 3, 2, 4, 5])
  })

  test('are transferred: who made them has their columns no more', async () => {
    const { a, b } = pair()
    const frame = frameOf(7, 1000)
    const [bytes] = b.keep(tag, 0, 0, [frame], lease)
    const got = await a.frames(tag, [merging(0, [{ executor: 'b', position: 0, bytes: bytes ?? 0 }])]).next(running)
    expect([valueOf(got), got.numRows, frame.columns[0].values?.byteLength]).toEqual([7, 1000, 0])
  })

  test('are never more than the window asks for and not merged, one frame apart, whatever their sizes', async () => {
    let seed = 1
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return (seed >>> 8) % n
    }
    for (const windowBytes of [1, 2000, 10_000, 100_000, 10_000_000]) {
      const { a, b, seen } = pair(windowBytes)
      const sizes: number[] = []
      const tasks = [0, 1, 2].map(partition => {
        const refs: FrameRef[] = []
        for (let position = 0; position < 40; position++) {
          const executor = random(3) === 0 ? 'a' : 'b'
          const list: (RecordBatch | null)[] = [null, null, null]
          list[partition] = frameOf(partition * 100 + position, 1 + random(2000))
          const bytes = (executor === 'a' ? a : b).keep(tag, 0, position, list, lease)[partition] ?? 0
          refs.push({ executor, position, bytes })
          if (executor === 'b') sizes.push(bytes)
        }
        return merging(partition, refs)
      })
      let asked = 0
      let merged = 0
      const sum = (from: number, to: number): number => sizes.slice(from, to).reduce((n, s) => n + s, 0)
      const open: { readonly frames: number; readonly bytes: number }[] = []
      seen(message => {
        if (!isTake(message)) return
        asked += message.keys.length
        open.push({ frames: asked - merged, bytes: sum(merged, asked) })
      })
      const frames = a.frames(tag, tasks)
      const values: number[] = []
      for (const { frames: refs } of tasks) {
        for (const { executor } of refs) {
          values.push(valueOf(await frames.next(running)))
          // As far as the window goes it is merged when the next one is wanted, and only then something is asked for.
          if (executor === 'b') merged++
        }
      }
      expect(values).toEqual(tasks.flatMap(t => t.frames.map(f => t.partition * 100 + f.position)))
      expect(asked).toBe(sizes.length)
      expect(open.filter(o => o.frames > 1 && o.bytes > windowBytes)).toEqual([])
    }
  })

  test('count with their columns and some more', () => {
    expect(frameBytes(frameOf(1, 1000))).toBeGreaterThan(8000)
    expect(frameBytes(frameOf(1, 0))).toBeGreaterThan(0)
  })
})

describe('frames that do not come', () => {
  const one = [merging(0, [{ executor: 'b', position: 0, bytes: 1 }])]
  const lost = { code: 'EXEC_TASK_LOST', retryable: true, context: { executor: 'b' } }

  test('because their executor ends while they are waited for', async () => {
    const { a, b } = pair(undefined, true)
    b.keep(tag, 0, 0, [frameOf(1)], lease)
    const next = a.frames(tag, one).next(running)
    b.close()
    await expect(next).rejects.toMatchObject(lost)
    // And for whoever asks later.
    await expect(a.frames(tag, one).next(running)).rejects.toMatchObject(lost)
  })

  test('because another thread has taken the place of the one that had them', async () => {
    const { a } = pair()
    await expect(a.frames(tag, one).next(running)).rejects.toMatchObject(lost)
  })

  test('because there never was a port', () => {
    expect(() => new Exchange('a').frames(tag, one)).toThrow(expect.objectContaining(lost))
  })

  test('because the query is stopped', async () => {
    const { a, b } = pair(undefined, true)
    b.keep(tag, 0, 0, [frameOf(1)], lease)
    const controller = new AbortController()
    const next = a.frames(tag, one).next(controller.signal)
    controller.abort()
    await expect(next).rejects.toMatchObject({ code: 'EXEC_QUERY_STOPPED' })
  })
})

describe('discard', () => {
  const one = [merging(0, [{ executor: 'b', position: 0, bytes: 1 }])]

  test('drops the frames of the attempt and no others', async () => {
    const { a, b } = pair()
    const retry = { ...tag, attempt: '0/1-b' }
    const other = { ...tag, run: 'other' }
    const before = lease.usedBytes
    for (const t of [tag, retry, other]) b.keep(t, 0, 0, [frameOf(1)], lease)
    await b.discard(tag)
    expect(lease.usedBytes - before).toBe(2 * frameBytes(frameOf(1)))
    await expect(a.frames(tag, one).next(running)).rejects.toMatchObject({ code: 'EXEC_TASK_LOST' })
    for (const t of [retry, other]) expect(valueOf(await a.frames(t, one).next(running))).toBe(1)
    expect(lease.usedBytes).toBe(before)
  })

  test('ends only when what was under way has arrived', async () => {
    const { a, b, letPass } = pair(undefined, true)
    b.keep(tag, 0, 0, [frameOf(1)], lease)
    const events: string[] = []
    const arrived = Promise.resolve(a.frames(tag, one).next(running)).then(() => events.push('arrived'))
    const discarded = a.discard(tag).then(() => events.push('discarded'))
    await a.discard({ ...tag, attempt: '1/1-a' })
    await new Promise(resolve => setImmediate(resolve))
    events.push('another attempt discarded')
    letPass()
    await Promise.all([arrived, discarded])
    expect([events[0], ...events.slice(1).sort()]).toEqual(['another attempt discarded', 'arrived', 'discarded'])
  })
})
