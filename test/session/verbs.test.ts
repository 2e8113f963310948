import { avg, count, countIf, files, loadModel, memory, MemorySource, schema, sum, t, window, windowTime } from 'millrace'
import { describe, expect, it } from 'vitest'
import { expectRows, expectRowsBy, sampleFrame, session } from './support.ts'

const flight = schema({ at: t.timestamp(), origin: t.string(), carrier: t.string(), delay: t.nullable(t.float64()) })
const time = (text: string): Date => new Date(`2013-01-01T${text}:00Z`)
const rows = [
  { at: time('05:10'), origin: 'JFK', carrier: 'AA', delay: 5 },
  { at: time('05:40'), origin: 'EWR', carrier: 'UA', delay: null },
  { at: time('05:50'), origin: 'JFK', carrier: 'UA', delay: 15 },
  { at: time('06:20'), origin: 'LGA', carrier: 'AA', delay: -5 },
]

function flights() {
  const source = new MemorySource(flight)
  source.addData(rows.slice(0, 2))
  source.addData(rows.slice(2))
  return session.readBatch(memory(source))
}

function airports() {
  const source = new MemorySource(schema({ code: t.string(), city: t.string() }))
  source.addData([{ code: 'JFK', city: 'New York' }, { code: 'EWR', city: 'Newark' }])
  return session.readBatch(memory(source))
}

describe('verbs over a bounded frame', () => {
  it('select() takes names and callbacks, in their order', async () => {
    await expectRows(flights().select('carrier', ({ delay }) => ({ late: delay.gt(10), twice: delay.times(2) })).where(({ late }) => late),
      { carrier: 'UA', late: true, twice: 30 })
    expect(Object.keys((await flights().select('carrier', ({ at }) => ({ first: at }), 'origin').collect())[0])).toEqual(['carrier', 'first', 'origin'])
  })

  it('where() keeps rows for which the condition is true, not null', () => expectRows(flights().where(({ delay }) => delay.ge(5)).select('delay'), { delay: 5 }, { delay: 15 }))

  it('filter() is another word for it', () => expectRows(flights().filter(({ delay }) => delay.isNull()).select('origin'), { origin: 'EWR' }))

  it('withColumn() and withColumns() replace in place and add at the end', async () => {
    const frame = flights().withColumn('origin', ({ origin }) => origin.eq('JFK')).withColumns(({ delay }) => ({ hours: delay.divide(60), delay: delay.cast(t.int32()) }))
    expect(frame.printSchema()).toBe('at: timestamp\norigin: boolean\ncarrier: string\ndelay: int32 (nullable)\nhours: float64 (nullable)')
    await expectRows(frame.where(({ origin }) => origin).select('delay', 'hours'), { delay: 5, hours: 5 / 60 }, { delay: 15, hours: 0.25 })
  })

  it('drop() and rename() keep the order of the rest', () => {
    expect(flights().drop('carrier').rename({ at: 'departure' }).schema.fields.map(f => f.name)).toEqual(['departure', 'origin', 'delay'])
  })

  it('groupBy() groups by names, windows, computed keys and their mixture', async () => {
    await expectRowsBy('origin', flights().groupBy('origin').agg(({ delay }) => ({ n: count(), delay: avg(delay) })),
      { origin: 'EWR', n: 1, delay: null }, { origin: 'JFK', n: 2, delay: 10 }, { origin: 'LGA', n: 1, delay: -5 })
    await expectRowsBy('n', flights().groupBy(window('at', '1 hour')).agg(() => ({ n: count() })),
      { window: { start: time('06:00'), end: time('07:00') }, n: 1 }, { window: { start: time('05:00'), end: time('06:00') }, n: 3 })
    await expectRowsBy('n', flights().groupBy(({ delay, at }) => ({ known: delay.isNotNull(), slot: window(at, '2 hours', { start: '1 hour' }) })).agg(() => ({ n: count() })),
      { known: false, slot: { start: time('05:00'), end: time('07:00') }, n: 1 }, { known: true, slot: { start: time('05:00'), end: time('07:00') }, n: 3 })
  })

  it('sliding windows put a row into each of them', () => expectRowsBy('n', flights().where(({ origin }) => origin.eq('LGA')).groupBy(window('at', '1 hour', { slide: '30 minutes' })).agg(({ at }) => ({ n: count(at) })).select('n'), { n: 1 }, { n: 1 }))

  it('a second window may follow over the first', () => expectRows(
    flights().groupBy(window('at', '1 hour')).agg(() => ({ n: count() })).groupBy(window('window', '1 day')).agg(({ n }) => ({ n: sum(n) })).select('n', ({ window: w }) => ({ time: windowTime(w) })),
    { n: 4, time: new Date('2013-01-01T23:59:59.999Z') },
  ))

  it('agg() over everything gives one row, also of nothing', async () => {
    await expectRows(flights().agg(({ delay }) => ({ n: count(), late: countIf(delay.gt(10)) })), { n: 4, late: 1 })
    await expectRows(flights().where(({ origin }) => origin.eq('?')).agg(({ delay }) => ({ n: count(), total: sum(delay) })), { n: 0, total: null })
  })

  it('union() matches by position and keeps every row', () => expectRowsBy('who', flights().select(({ origin }) => ({ who: origin })).union(airports().select(({ code }) => ({ who: code }))).groupBy('who').agg(() => ({ n: count() })),
    { who: 'EWR', n: 2 }, { who: 'JFK', n: 3 }, { who: 'LGA', n: 1 }))

  it('join() by pairs of names has each key once; inner, left, leftSemi, leftAnti', async () => {
    const joined = (how: 'inner' | 'left') => flights().select('origin', 'carrier').join(airports(), { on: { origin: 'code' }, how })
    await expectRows(joined('inner').select('carrier', 'city'), { carrier: 'AA', city: 'New York' }, { carrier: 'UA', city: 'Newark' }, { carrier: 'UA', city: 'New York' })
    await expectRows(joined('left').where(({ city }) => city.isNull()), { origin: 'LGA', carrier: 'AA', city: null })
    await expectRows(flights().select('origin').join(airports(), { on: { origin: 'code' }, how: 'leftSemi' }), { origin: 'JFK' }, { origin: 'EWR' }, { origin: 'JFK' })
    await expectRows(flights().select('origin').join(airports(), { on: { origin: 'code' }, how: 'leftAnti' }), { origin: 'LGA' })
  })

  it('join() by names that both sides have', () => expectRows(
    flights().select('origin').rename({ origin: 'code' }).join(airports(), { on: ['code'] }).where(({ city }) => city.eq('Newark')),
    { code: 'EWR', city: 'Newark' },
  ))

  it('score() adds outputs of a model, and its digest on request', async () => {
    const model = await loadModel(new URL('../fixtures/models/xgboost-binary-logistic/model.json', import.meta.url).pathname)
    const names = model.signature.inputs.map(i => i.name)
    const inputs = new MemorySource(schema(Object.fromEntries(names.map(n => [n, t.nullable(t.float64())]))))
    inputs.addData([Object.fromEntries(names.map((n, k) => [n, k]))])
    const [row] = await session.readBatch(memory(inputs)).score(model, { output: { p: 'probability' }, digest: 'by' }).$assertRow<{ p: number; by: string }>().collect()
    expect(row.p).toBeGreaterThan(0)
    expect(row.by).toBe(model.digest)
  })

  it('explain() calls a watermark without delay one of 0 seconds', () => {
    expect(sampleFrame().withWatermark('at', '0 seconds').explain()).toContain('EventTimeWatermark at, 0 seconds')
  })

  it('explain() writes constants as they would be read: text, instants, numbers that JSON has not', () => {
    const input = session.readBatch(memory(new MemorySource(schema({ at: t.timestamp(), who: t.string(), much: t.float64() }))))
    const frame = input.where(({ at, who, much }) => at.gt(new Date('2024-03-01T12:00:00Z')).and(who.eq('ann')).and(much.ne(NaN)))
    expect(frame.explain().split('\n')[0]).toBe("Filter (((at > timestamp '2024-03-01T12:00:00.000Z') and (who = 'ann')) and (much <> NaN))")
  })

  it('explain() prints the logical plan, and the plan is frozen data', () => {
    const frame = flights().where(({ delay }) => delay.gt(1)).select('origin')
    expect(frame.explain().split('\n').length).toBeGreaterThan(2)
    expect(JSON.parse(JSON.stringify(frame.plan))).toEqual(frame.plan)
    expect(Object.isFrozen(frame.plan)).toBe(true)
  })

  it('$untyped() goes by names alone', () => expectRows(flights().$untyped().select('carrier', ({ delay }) => ({ more: delay.plus(1) })).where(({ more }) => more.gt(10)).$assertRow<{ carrier: string; more: number }>(), { carrier: 'UA', more: 16 }))

  it('numbers beyond 32 bits come back as numbers, bigint as bigint', () => expectRows(sampleFrame().select(({ n, big, i }) => ({ n, big, sum: i.plus(5_000_000_000) })), { n: 3_000_000_000, big: 9n, sum: 4_999_999_993 }))

  it('files are read with the schema that inferSchema() suggests, and its code declares it', async () => {
    const path = new URL('../../examples/flights/data/weather.jsonl', import.meta.url).pathname
    const inferred = await session.inferSchema(files({ path, format: 'jsonl' }))
    expect(inferred.code.split('\n').slice(0, 3)).toEqual(['schema({', '  origin: t.nullable(t.string()),', '  time_hour: t.nullable(t.timestamp()),'])
    const frame = session.readBatch(files({ path, format: 'jsonl', schema: inferred.schema }))
    const [{ n }] = await frame.agg(() => ({ n: count() })).collect()
    expect(n).toBeGreaterThan(1000)
  })
})
