import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { dictionaryVector, int32Vector, plainStrings, stringVector } from '../../src/columnar/vector.ts'
import { RecordBatch } from '../../src/columnar/record-batch.ts'
import { rowsOf } from '../../src/columnar/values.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { deadLetterBatch, deadLetterSchema } from '../../src/sinks/dead-letters.ts'
import type { ForeachBatchContext } from '../../src/sinks/foreach/foreach-batch-sink.ts'
import { MemorySink } from '../../src/sinks/memory/memory-sink.ts'
import { loadSink } from '../../src/sinks/registry.ts'
import { RowsDigest } from '../../src/sinks/rows-digest.ts'
import type { ObserverSink } from '../../src/sinks/sink.ts'
import { attempt, openAny, openSink, output, parts, runBatch, type SinkSetup } from './support.ts'

const row = schema({ v: t.nullable(t.int32()), s: t.nullable(t.string()) })
const setupOf = (provider: string, live?: unknown, over: Partial<SinkSetup> = {}): SinkSetup => ({
  provider, options: live === undefined ? {} : { id: 'x' }, schema: row, live: new Map([['x', live]]), ...over,
})

describe('memory sink', () => {
  test('keeps rows by batch, in the order of partitions; the same batch replaces', async () => {
    const target = new MemorySink<{ v: number; s: string }>()
    const setup = setupOf('memory', target)
    const sink = await openSink(setup)
    expect(await sink.fence(1)).toEqual({ last: null, incarnation: null })
    await runBatch(sink, setup, 1, attempt(1), [[{ v: 2, s: 'b' }], [{ v: 3, s: 'c' }]])
    await runBatch(sink, setup, 0, attempt(1), [[{ v: 9, s: 'x' }]])
    await runBatch(sink, setup, 0, attempt(1), [[{ v: 1, s: 'a' }]])
    await runBatch(sink, setup, 2, attempt(1), [[]])
    expect(target.rows()).toEqual([{ v: 1, s: 'a' }, { v: 2, s: 'b' }, { v: 3, s: 'c' }])
    expect(target.batches.map(b => b.batchId)).toEqual([0, 1, 2])
    expect(target.rowsOfBatch(1)).toEqual([{ v: 2, s: 'b' }, { v: 3, s: 'c' }])
    expect(target.rowsOfBatch(2)).toEqual([])
  })

  test('holds the newest result alone in complete mode', async () => {
    const target = new MemorySink()
    const setup = setupOf('memory', target, { outputMode: 'complete' })
    const sink = await openSink(setup)
    await runBatch(sink, setup, 0, attempt(1), [[{ v: 1, s: 'a' }]])
    await runBatch(sink, setup, 1, attempt(1), [[{ v: 1, s: 'a' }, { v: 2, s: 'b' }]])
    expect(target.rows()).toEqual([{ v: 1, s: 'a' }, { v: 2, s: 'b' }])
  })

  test('refuses an id that stands for nothing', async () => {
    await expect(openSink(setupOf('memory', 'no sink'))).rejects.toMatchObject({ code: 'PLAN_INVALID_OPTION', context: { id: 'x' } })
  })
})

describe('noop sink', () => {
  test('drops rows but counts and digests them', async () => {
    const setup = setupOf('noop')
    const written = await parts(setup, 0, attempt(1), [[{ v: 1, s: 'a' }]])
    expect(written).toMatchObject([{ rows: 1, batches: [], digest: expect.stringMatching(/^[0-9a-f]{64}$/) }])
    expect(await (await openSink(setup)).commit(output(0, attempt(1), written))).toBe('done')
  })
})

describe('digest of rows', () => {
  const all = schema({
    b: t.nullable(t.boolean()), i: t.nullable(t.int32()), l: t.nullable(t.int64()), f: t.nullable(t.float64()), s: t.nullable(t.string()), at: t.nullable(t.timestamp()),
    a: t.nullable(t.array(t.nullable(t.string()))), o: t.nullable(t.struct({ x: t.nullable(t.int32()), y: t.nullable(t.string()) })), v: t.nullable(t.vector(2)),
  })
  const rows = Array.from({ length: 50 }, (_, i) =>
    i % 7 === 0
      ? { b: null, i: null, l: null, f: null, s: null, at: null, a: null, o: null, v: null }
      : { b: i % 2 === 0, i, l: BigInt(i) ** 9n, f: i % 5 === 0 ? Number.NaN : i / 3, s: 'é'.repeat(i % 4), at: new Date(i), a: i % 3 === 0 ? [] : ['x', null, `y${i}`], o: { x: i % 4 === 0 ? null : i, y: 'z' }, v: [i, -i] })

  const digestOf = (cut: number, given = rows) => {
    const digest = new RowsDigest(all)
    for (let at = 0; at < given.length; at += cut) digest.update(batchOfRows(all, given.slice(at, at + cut)))
    return [digest.rows, digest.bytes, digest.finish()]
  }

  test('does not depend on the cut', () => {
    for (const cut of [1, 2, 3, 8, 49, 50]) expect(digestOf(cut)).toEqual(digestOf(50))
  })

  test('changes with any value, order and count', () => {
    const changes: ((copy: typeof rows) => unknown)[] = [
      copy => (copy[1] = { ...copy[1], b: true }), copy => (copy[1] = { ...copy[1], l: 2n } as never), copy => (copy[2] = { ...copy[2], s: null } as never),
      copy => (copy[2] = { ...copy[2], a: ['x', 'y2'] } as never), copy => (copy[2] = { ...copy[2], o: null } as never), copy => copy.reverse(), copy => copy.pop(),
    ]
    const seen = new Set([digestOf(50)[2]])
    for (const change of changes) {
      const copy = [...rows]
      change(copy)
      seen.add(digestOf(50, copy)[2])
    }
    expect(seen.size).toBe(changes.length + 1)
  })

  test('is the same with and without a dictionary, and whatever stands in the slots of nulls', () => {
    const bytes = new TextEncoder().encode('aabb??')
    const dictionary = stringVector(bytes, Int32Array.of(0, 2, 4), 2)
    const coded = dictionaryVector(Int32Array.of(1, 99, 0), dictionary, 3, Uint8Array.of(0b101))
    const plain = stringVector(new TextEncoder().encode('bb??aa'), Int32Array.of(0, 2, 4, 6), 3, Uint8Array.of(0b101))
    const numbers = (hidden: number) => int32Vector({ kind: 'int32' }, Int32Array.of(1, hidden, 3), Uint8Array.of(0b101))
    const digest = (s: typeof plain, hidden: number) => {
      const d = new RowsDigest(row)
      d.update(new RecordBatch(row, 3, [numbers(hidden), s]))
      return [d.finish(), d.bytes]
    }
    expect(digest(coded, 7)).toEqual(digest(plain, 8))
    expect(digest(plainStrings(coded), 0)).toEqual(digest(plain, 8))
  })
})

describe('foreach sink', () => {
  test('opens, processes and closes each partition in order', async () => {
    const calls: unknown[] = []
    const writer = {
      open: (partition: number, batchId: number) => void calls.push(['open', partition, batchId]),
      process: async (r: { v: number }) => void calls.push(r.v),
      close: (error: unknown) => void calls.push(['close', error]),
    }
    const setup = setupOf('foreach', writer)
    await runBatch(await openSink(setup), setup, 3, attempt(1), [[{ v: 1, s: '' }, { v: 2, s: '' }], [{ v: 3, s: '' }]])
    expect(calls).toEqual([['open', 0, 3], 1, 2, ['close', undefined], ['open', 1, 3], 3, ['close', undefined]])
  })

  test('leaves out a partition whose open() says false, and closes it', async () => {
    const calls: unknown[] = []
    const setup = setupOf('foreach', { open: () => false, process: () => void calls.push('row'), close: () => void calls.push('close') })
    await runBatch(await openSink(setup), setup, 0, attempt(1), [[{ v: 1, s: '' }]])
    expect(calls).toEqual(['close'])
  })

  test('closes with the error of process(), and fails with it as the cause', async () => {
    const closed: unknown[] = []
    const broken = new Error('no room')
    const setup = setupOf('foreach', {
      process() {
        throw broken
      },
      close(error: unknown) {
        closed.push(error)
        throw new Error('close fails too')
      },
    })
    await expect(runBatch(await openSink(setup), setup, 4, attempt(1), [[{ v: 1, s: '' }]])).rejects.toMatchObject({
      code: 'SINK_USER_FUNCTION_FAILED', context: { batchId: 4, name: 'foreach process()' }, cause: broken,
    })
    expect(closed).toEqual([broken])
  })
})

describe('foreachBatch sink', () => {
  test('hands over the rows with what identifies the delivery, and waits', async () => {
    const seen: unknown[] = []
    const run = async (batch: { rows(): unknown[]; numRows: number; batches: readonly unknown[] }, context: ForeachBatchContext) => {
      await nodePorts.clock.sleep(1)
      seen.push([batch.rows(), batch.numRows, batch.batches.length, context])
    }
    const setup = setupOf('foreachBatch', run)
    const sink = await openSink(setup)
    const written = await parts(setup, 5, attempt(2), [[{ v: 1, s: 'a' }], [], [{ v: 2, s: null }]])
    await sink.commit({ ...output(5, attempt(2), written), isReplay: true })
    expect(seen).toEqual([[[{ v: 1, s: 'a' }, { v: 2, s: null }], 2, 2, { queryId: 'q', batchId: 5, token: 'token-5', epoch: 2, isReplay: true }]])
  })

  test('fails with the cause when the function fails', async () => {
    const cause = new TypeError('x is not a function')
    const setup = setupOf('foreachBatch', () => Promise.reject(cause))
    await expect(runBatch(await openSink(setup), setup, 0, attempt(1), [[]])).rejects.toMatchObject({ code: 'SINK_USER_FUNCTION_FAILED', cause, sparkCondition: 'FOREACH_BATCH_USER_FUNCTION_ERROR' })
  })
})

describe('observable sink', () => {
  test('tells a subject of each batch, and completes with the query', async () => {
    const subject = new Subject<unknown>()
    const seen: unknown[] = []
    subject.subscribe({ next: batch => seen.push(batch), complete: () => seen.push('complete') })
    const setup = setupOf('observable', subject)
    const sink = (await openAny(setup)) as ObserverSink
    await sink.observe({ ...output(0, attempt(1), await parts(setup, 0, attempt(1), [[{ v: 1, s: 'a' }], [{ v: 2, s: 'b' }]])), schema: row })
    await sink.close()
    expect(seen).toEqual([{ batchId: 0, isReplay: false, rows: [{ v: 1, s: 'a' }, { v: 2, s: 'b' }] }, 'complete'])
  })
})

describe('console sink', () => {
  async function shown(options: { readonly [key: string]: number }, rows: readonly (readonly object[])[], over: Partial<SinkSetup> = {}, isReplay = false): Promise<string> {
    let text = ''
    const ports = { ...nodePorts, console: { write: (s: string) => void (text += s) } }
    const setup: SinkSetup = { provider: 'console', options, schema: row, ports, ...over }
    const sink = (await openAny(setup)) as ObserverSink
    await sink.observe({ ...output(3, attempt(1), await parts(setup, 3, attempt(1), rows as never)), isReplay, schema: setup.schema })
    return text
  }

  test('prints a table like Spark does', async () => {
    expect(await shown({}, [[{ v: 1, s: 'a' }], [{ v: null, s: 'a text of more than twenty characters' }]])).toBe([
      '-------------------------------------------', 'Batch: 3', '-------------------------------------------',
      '+----+--------------------+', '|   v|                   s|', '+----+--------------------+', '|   1|                   a|', '|NULL|a text of more th...|', '+----+--------------------+', '', '',
    ].join('\n'))
  })

  test('stops after numRows, says so, marks a replay, and shows values whole with truncate 0', async () => {
    const text = await shown({ numRows: 2, truncate: 0 }, [[{ v: 1, s: 'one' }], [{ v: 2, s: 'a text of more than twenty characters' }, { v: 3, s: 'hidden' }]], {}, true)
    expect(text).toContain('Batch: 3 (replay)\n')
    expect(text).toContain('|2  |a text of more than twenty characters|\n')
    expect(text).toContain('+\nonly showing top 2 rows\n')
    expect(text).not.toContain('hidden')
  })

  test('keeps control characters of the data away from the terminal', async () => {
    expect(await shown({}, [[{ v: 1, s: '\u001b[31mred\n\u009b\u0007' }]])).toContain('|\\u001b[31mred\\n\\u...|')
  })

  test('lays out wide characters and nested values', async () => {
    const nested = schema({ w: t.struct({ start: t.timestamp(), n: t.nullable(t.int32()) }), l: t.array(t.string()), b: t.binary(), f: t.float64(), d: t.date(), k: t.boolean(), i: t.int64(), x: t.vector(2) })
    const text = await shown({ truncate: 0 }, [[{ w: { start: new Date(1500), n: null }, l: ['日本', 'b'], b: Uint8Array.of(1, 255), f: 0.5, d: '2024-02-29', k: true, i: 5n, x: [1, 2.5] }]], { schema: nested })
    expect(text).toContain('|{1970-01-01 00:00:01.500, NULL}|[日本, b]|[01 FF]|0.5|2024-02-29|true|5  |[1,2.5]|\n')
    expect(text).toContain('+-------------------------------+---------+-------+---+----------+----+---+-------+\n')
  })

  test('shows a batch without rows', async () => {
    expect(await shown({}, [[]])).toContain('+---+---+\n|  v|  s|\n+---+---+\n+---+---+\n')
  })
})

test('dead letters keep where a record stood and its bytes', () => {
  const record = { origin: 'a.jsonl', line: 3, byte: 40, reason: 'no JSON', raw: Uint8Array.of(1, 2) }
  const batch = deadLetterBatch([record])
  expect(batch.schema).toBe(deadLetterSchema)
  expect(rowsOf(batch)).toEqual([{ ...record, topic: null, partition: null, offset: null }])
  const kafka = { topic: 't', partition: 3, offset: 2 ** 40 }
  expect(rowsOf(deadLetterBatch([{ ...record, kafka }]))).toEqual([{ ...record, ...kafka }])
})

test('an unknown sink is answered with the ones there are', async () => {
  await expect(loadSink('consol')).rejects.toMatchObject({ code: 'SINK_UNKNOWN', message: expect.stringContaining('Did you mean "console"?') })
})
