import { readdirSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { avg, count, type DataFrame, files, max, schema, Session, sum, t, Trigger, window } from 'millrace'
import { describe, expect, test } from 'vitest'

const data = join(import.meta.dirname, '../../examples/flights/data')
const flight = schema({ event_time: t.timestamp(), carrier: t.string(), origin: t.string(), distance: t.float64(), dep_delay: t.nullable(t.float64()) })

type Flight = typeof flight extends { readonly '~row'?: infer R } ? NonNullable<R> : never

/**
 * A week of real departures, windowed by the engine and by DuckDB. The delay of the watermark is longer than the data,
 * so that nothing is late and both sides see every row; windows that the watermark has passed are compared.
 */
async function windowed<R>(executors: number, build: (frame: DataFrame<Flight>) => DataFrame<R>): Promise<Map<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-flights-'))
  const session = await Session.start({ executors })
  try {
    const frame = session.readStream(files({ path: `${data}/flights-*.jsonl.gz`, format: 'jsonl', schema: flight, maxFilesPerTrigger: 2, maxFileAge: '36500 days' })).withWatermark('event_time', '12 hours')
    const query = await build(frame)
      .writeStream({ sink: files({ path: join(folder, 'out'), format: 'jsonl' }), checkpointLocation: join(folder, 'checkpoint'), trigger: Trigger.availableNow() })
      .start()
    await query.awaitTermination()
    expect(query.recentProgress.every(p => p.stateOperators[0].numLateRows === 0)).toBe(true)
    const rows = new Map<string, unknown>()
    for (const name of (await readdir(join(folder, 'out'))).filter(n => n.endsWith('.jsonl'))) {
      for (const line of (await readFile(join(folder, 'out', name), 'utf8')).trimEnd().split('\n')) {
        const { start, key, ...rest } = JSON.parse(line) as { start: string; key: string }
        expect(rows.has(`${start} ${key}`), `${start} ${key} comes once`).toBe(false)
        rows.set(`${start} ${key}`, rest)
      }
    }
    return rows
  } finally {
    await session.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Windows of `minutes` every `slide` minutes that end at or before the last watermark, by plain SQL over the same files. */
async function bySql(minutes: number, slide: number, key: string, aggregates: string): Promise<Map<string, unknown>> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const paths = readdirSync(data).filter(n => n.startsWith('flights-')).map(n => `'${join(data, n)}'`)
  const reader = await connection.runAndReadAll(`
    WITH flight AS (SELECT *, epoch(event_time::TIMESTAMP)::BIGINT AS s FROM read_json([${paths.join(',')}], format = 'newline_delimited')),
    assigned AS (SELECT *, (s // ${slide * 60}) * ${slide * 60} - k * ${slide * 60} AS begins FROM flight, generate_series(0, ${minutes / slide - 1}) AS g(k))
    SELECT begins, strftime(make_timestamp(begins * 1000000), '%Y-%m-%dT%H:%M:%SZ') AS start, ${key} AS key, ${aggregates}
    FROM assigned GROUP BY ALL HAVING begins + ${minutes * 60} <= (SELECT max(s) - 12 * 3600 FROM flight)`)
  return new Map(reader.getRowObjectsJson().map(({ begins: _, start, key, ...rest }) => [`${start as string} ${key as string}`, Object.fromEntries(Object.entries(rest).map(([k, v]) => [k, v === null ? null : Number(v)]))]))
}

describe.each([0, 2])('flights of January 2013 on %i worker threads', executors => {
  test('by hour and airport, as SQL has it', async () => {
    const rows = await windowed(executors, frame =>
      frame
        .groupBy(window('event_time', '1 hour'), 'origin')
        .agg(({ distance, dep_delay }) => ({ n: count(), left: count(dep_delay), miles: sum(distance), latest: max(dep_delay) }))
        .select(({ window, origin, n, left, miles, latest }) => ({ start: window.start, key: origin, n, left, miles, latest })),
    )
    const expected = await bySql(60, 60, 'origin', 'count(*) AS n, count(dep_delay) AS left, sum(distance) AS miles, max(dep_delay) AS latest')
    expect(expected.size).toBeGreaterThan(300)
    expect(rows).toEqual(expected)
  })

  test('by carrier in three hours, every half hour, as SQL has it', async () => {
    const rows = await windowed(executors, frame =>
      frame
        .groupBy(window('event_time', '3 hours', { slide: '30 minutes' }), 'carrier')
        .agg(({ dep_delay }) => ({ n: count(), delay: avg(dep_delay) }))
        .select(({ window, carrier, n, delay }) => ({ start: window.start, key: carrier, n, delay })),
    )
    const expected = await bySql(180, 30, 'carrier', 'count(*) AS n, avg(dep_delay) AS delay')
    expect(expected.size).toBeGreaterThan(3000)
    expect(rows.size).toBe(expected.size)
    for (const [key, row] of expected) {
      const { n, delay } = row as { n: number; delay: number | null }
      const got = rows.get(key) as { n: number; delay: number | null }
      expect(got.n, key).toBe(n)
      // The order of additions is not the same.
      if (delay === null) expect(got.delay, key).toBeNull()
      else expect(got.delay as number, key).toBeCloseTo(delay, 9)
    }
  })
})
