// Programs that must compile, with the row types that verbs make of each other.
import {
  array, avg, ceil, coalesce, collectList, count, dateTrunc, explode, explodeOuter, files, first, foreachBatch, fromIterable, fromObservable, greatest, inline, lit, memory, memorySink, MemorySink, MemorySource, min, posexplode, rate, round, schema, socket, stack, struct, sum, t, tryAdd, type Columns, type Contribution, type LoadedModel, type LocalDate, registerModelUDF, type Session, upper, avro, kafka, registry, type ConfigOf, defineJob, type Duration, type Secret, setting,
  when, window,
} from 'millrace'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type Expect<T extends true> = T
type RowOf<F> = F extends { readonly '~row'?: infer R } ? R : never
type ValueOf<C> = C extends { readonly '~type'?: infer T } ? T : never

const flight = schema({
  event_time: t.timestamp(),
  carrier: t.string(),
  origin: t.string(),
  hour: t.int32(),
  big: t.int64(),
  distance: t.float64(),
  day: t.date(),
  legs: t.array(t.string()),
  stops: t.array(t.struct({ airport: t.string(), minutes: t.nullable(t.int32()) })),
  position: t.struct({ lat: t.float64(), lon: t.float64() }),
  features: t.vector(3),
  dep_delay: t.nullable(t.float64()),
  tail: t.nullable(t.string()),
})
const weather = schema({ airport: t.string(), event_time: t.timestamp(), temp: t.float64(), visib: t.nullable(t.float64()) })

declare const session: Session
declare const model: LoadedModel
const flights = session.readStream(files({ path: 'in', format: 'jsonl', schema: flight, maxFilesPerTrigger: 1, formatOptions: { maxRecordBytes: 1000 } }))
const table = session.readBatch(files({ path: 'weather.csv', format: 'csv', formatOptions: { header: true }, schema: weather }))

// A schema gives the row type, flattened.
export type Schemas = [
  Expect<Equal<RowOf<typeof flights>, {
    event_time: Date; carrier: string; origin: string; hour: number; big: bigint; distance: number; day: LocalDate; legs: string[]
    stops: { airport: string; minutes: number | null }[]; position: { lat: number; lon: number }; features: Float64Array; dep_delay: number | null; tail: string | null
  }>>,
]

// Verbs change the row type.
const selected = flights.select('carrier', 'hour', ({ dep_delay, position }) => ({ late: dep_delay.gt(15), lat: position.lat }))
const widened = table.withColumn('warm', ({ temp }) => temp.gt(20)).withColumns(({ temp, visib }) => ({ temp: temp.cast(t.string()), foggy: visib.lt(1) }))
const narrowed = table.drop('visib', 'airport').rename({ temp: 'celsius' })
const exploded = flights.select('carrier', ({ legs }) => ({ leg: explode(legs) }))
const exploded2 = flights.select('carrier', ({ stops }) => ({ stop: explodeOuter(stops) })).select(({ stop }) => ({ airport: stop.airport }))
const positions = flights.select(({ legs }) => posexplode(legs))
const inlined = flights.select(({ stops }) => inline(stops, ['airport', 'minutes']))
const stacked = flights.select(({ hour, distance }) => stack(2, ['kind', 'value'], 'hour', hour, 'distance', distance))
export type Verbs = [
  Expect<Equal<RowOf<typeof selected>, { carrier: string; hour: number; late: boolean | null; lat: number }>>,
  Expect<Equal<RowOf<typeof widened>, { airport: string; event_time: Date; visib: number | null; warm: boolean; temp: string; foggy: boolean | null }>>,
  Expect<Equal<RowOf<typeof narrowed>, { event_time: Date; celsius: number }>>,
  Expect<Equal<RowOf<typeof exploded>, { carrier: string; leg: string }>>,
  Expect<Equal<RowOf<typeof exploded2>, { airport: string | null }>>,
  Expect<Equal<RowOf<typeof positions>, { pos: number; col: string }>>,
  Expect<Equal<RowOf<typeof inlined>, { airport: string; minutes: number | null }>>,
  Expect<Equal<RowOf<typeof stacked>, { kind: string | number | null; value: string | number | null }>>,
]

// Grouping by names, windows and callbacks; with a callback alone the result has the callback's keys alone.
const hourly = flights.withWatermark('event_time', '6 hours').groupBy(window('event_time', '1 hour'), 'origin').agg(({ dep_delay, big, legs }) => ({
  flights: count(), delay: avg(dep_delay), total: sum(big), earliest: min(dep_delay), legs: collectList(legs), any: first(dep_delay).filter(dep_delay.isNotNull()),
}))
const computed = flights.groupBy(({ event_time }) => ({ day: dateTrunc('day', event_time), slot: window(event_time, '10 minutes', { slide: '5 minutes', start: '-1 minute' }) })).agg(({ distance }) => ({ miles: sum(distance) }))
const all = flights.agg(() => ({ rows: count() }))
const rewindowed = hourly.groupBy(window('window', '1 day')).agg(({ flights: n }) => ({ flights: sum(n) }))
export type Grouping = [
  Expect<Equal<RowOf<typeof hourly>, {
    window: { start: Date; end: Date }; origin: string; flights: number; delay: number | null; total: bigint | null; earliest: number | null; legs: string[][]; any: number | null
  }>>,
  Expect<Equal<RowOf<typeof computed>, { day: Date | null; slot: { start: Date; end: Date }; miles: number | null }>>,
  Expect<Equal<RowOf<typeof all>, { rows: number }>>,
  Expect<Equal<RowOf<typeof rewindowed>, { window: { start: Date; end: Date }; flights: number | null }>>,
]

// Rows of Kafka follow from the schemas of keys and values, whatever they are written in.
const framed = session.readStream(kafka({ brokers: 'h:1', topic: 't', value: registry({ url: 'https://h', schema: weather, format: 'avro' }), key: avro({ schema: schema({ id: t.int64() }), avroSchema: 'long' }), metadata: ['offset'] }))
export type KafkaRows = [Expect<Equal<RowOf<typeof framed>, { airport: string; event_time: Date; temp: number; visib: number | null; id: bigint; offset: number }>>]

// Joins have each key once; a left join's right side may be null.
const joined = flights.select('event_time', 'origin').rename({ origin: 'airport' }).join(table, { on: ['airport', 'event_time'], how: 'left' })
const paired = flights.select('event_time', 'origin').join(table.drop('event_time'), { on: { origin: 'airport' } })
const semi = flights.select('origin').join(table, { on: { origin: 'airport' }, how: 'leftSemi' })
export type Joins = [
  Expect<Equal<RowOf<typeof joined>, { event_time: Date; airport: string; temp: number | null; visib: number | null }>>,
  Expect<Equal<RowOf<typeof paired>, { event_time: Date; origin: string; temp: number; visib: number | null }>>,
  Expect<Equal<RowOf<typeof semi>, { origin: string }>>,
]

// Scores have the types of the model's outputs.
declare const network: LoadedModel<{ embedding: Float64Array }>
const scored = table.score(model, { output: { p: 'probability', each: 'probabilities' }, input: { temperature: 'temp' }, digest: 'model' })
const embedded = table.select('temp').score(network, { output: { at: 'embedding' } })
const answered = table.score(model, {
  output: { p: 'probability', m: 'margin' }, onInvalid: 'skip', onError: { fallback: { p: 0.5, m: null } }, provenance: { name: 'model', version: 'v', digest: 'd', route: 'by' }, explain: { topK: 2, column: 'why' },
})
const replaced = table.select('temp').score(model, { output: { p: 'probability' }, onError: { fallback: model }, provenance: { digest: 'd' }, batch: { budgetMs: 10 } })
const late = registerModelUDF(session, 'late', model, { output: 'probability' })
const each = registerModelUDF(session, 'each', network, { output: 'embedding', onError: { fallback: null } })
const called = table.where(({ temp }) => late(temp).gt(0.5)).select('temp', ({ temp }) => ({ p: late({ temp }).plus(1), at: each(temp) }))
export type Called = [
  Expect<Equal<RowOf<typeof answered>, { airport: string; event_time: Date; temp: number; visib: number | null; p: number; m: number | null; model: string | null; v: string | null; d: string | null; by: string; why: Contribution[] | null }>>,
  Expect<Equal<RowOf<typeof replaced>, { temp: number; p: number; d: string }>>,
  Expect<Equal<RowOf<typeof called>, { temp: number; p: number; at: Float64Array | null }>>,
]
export type Scores = [
  Expect<Equal<RowOf<typeof scored>, { airport: string; event_time: Date; temp: number; visib: number | null; p: number; each: Float64Array; model: string }>>,
  Expect<Equal<RowOf<typeof embedded>, { temp: number; at: Float64Array }>>,
]

// Types of expressions: null where an operand can be, the wider number, a whole constant as the other side has it.
export function expressions({ hour, big, distance, dep_delay, tail, carrier, legs, stops, day, event_time, position }: Columns<RowOf<typeof flights>>) {
  const values = {
    plain: hour.plus(1), nullable: dep_delay.plus(hour), byNullable: distance.times(dep_delay), whole: big.plus(1), fraction: big.times(0.5), either: big.plus(distance), other: hour.plus(2n),
    comparison: hour.gt(big), unknown: hour.lt(dep_delay), isIn: tail.in('a', 'b'), both: hour.eq(1).and(dep_delay.gt(2)), safe: tail.eqNullSafe(null), cast: dep_delay.cast(t.int64()), tried: carrier.tryCast(t.int32()),
    upper: upper(carrier), upperNull: upper(tail), round: round(big), ceil: ceil(dep_delay), coalesced: coalesce(dep_delay, 0), still: coalesce(dep_delay, dep_delay), greatest: greatest(hour, distance), tryAdd: tryAdd(hour, 1),
    chosen: when(hour.gt(1), 'a').when(hour.gt(0), 'b').otherwise(carrier), open: when(hour.gt(1), 1), nullBranch: when(hour.gt(1), carrier).otherwise(null), struct: struct({ hour, tail, one: 1 }), array: array(carrier, tail),
    at: legs.at(0), field: stops.at(0).minutes, later: event_time.gt('2013-01-01'), sameDay: day.eq(event_time), lat: position.getField('lat'), date: lit(new Date(0)),
  }
  return values
}
type Expressions = ReturnType<typeof expressions>
export type ExpressionTypes = [
  Expect<Equal<{ [K in keyof Expressions]: ValueOf<Expressions[K]> }, {
    plain: number; nullable: number | null; byNullable: number | null; whole: bigint; fraction: number; either: number | bigint; other: number | bigint
    comparison: boolean; unknown: boolean | null; isIn: boolean | null; both: boolean | null; safe: boolean; cast: bigint | null; tried: number | null
    upper: string; upperNull: string | null; round: bigint; ceil: number | null; coalesced: number; still: number | null; greatest: number; tryAdd: number | null
    chosen: string; open: number | null; nullBranch: string | null; struct: { hour: number; tail: string | null; one: number }; array: (string | null)[]
    at: string; field: number | null; later: boolean; sameDay: boolean; lat: number; date: Date
  }>>,
]

// Optional arguments that are left out add no null, also where the context asks for any column.
const inContext = flights.select(({ big }) => ({ rounded: round(big), up: ceil(big) }))
// Sources know their rows, sinks those of the frame.
const lines = session.readStream(socket({ host: 'localhost', port: 9999, includeTimestamp: true }))
const numbers = session.readStream(rate({ rowsPerSecond: 10 }))
const source = new MemorySource(schema({ v: t.int32() }))
const rows = session.readStream(memory(source, { name: 'input' }))
const fromArray = session.readBatch(fromIterable([{ v: 1 }, [{ v: 2 }]], schema({ v: t.int32() })))
const fromSubject = session.readStream(fromObservable({ subscribe: () => ({ unsubscribe: () => {} }) }, schema({ v: t.int32() }), { maxBufferedRows: 10 }))
const sink = new MemorySink<{ v: number }>()
rows.writeStream({ sink: memorySink(sink), checkpointLocation: 'c' })
rows.writeStream({ sink: foreachBatch(batch => void batch.rows().map(row => row.v + 1)), checkpointLocation: 'c', outputMode: 'update', idleTimeout: '5 minutes' })
rows.writeStream({ sink: files({ path: 'out', format: 'parquet', partitionBy: ['v'], formatOptions: { compression: 'none' } }), checkpointLocation: 'c', lateRows: memorySink(new MemorySink()) })
export type Ends = [
  Expect<Equal<RowOf<typeof inContext>, { rounded: bigint; up: bigint }>>,
  Expect<Equal<RowOf<typeof lines>, { value: string; timestamp: Date }>>,
  Expect<Equal<RowOf<typeof numbers>['value'], number>>,
  Expect<Equal<RowOf<typeof fromArray>, { v: number }>>,
  Expect<Equal<RowOf<typeof fromSubject>, { v: number }>>,
  Expect<Equal<Awaited<ReturnType<typeof fromArray.collect>>, { v: number }[]>>,
]

// The two hatches.
const asserted = table.$assertRow<{ a: string }>()
const untyped = table.$untyped().where(({ temp }) => temp.gt(20)).select('temp', ({ x, y }) => ({ sum: x.plus(y), text: x.like('a%').or(y.at(0).isNull()), start: y.getField('start') })).groupBy('temp').agg(({ sum: x }) => ({ x: sum(x), n: count() }))
export type Hatches = [
  Expect<Equal<RowOf<typeof asserted>, { a: string }>>,
  Expect<Equal<RowOf<typeof untyped>, { temp: never; x: never; n: number }>>,
]

// A job's configuration has the types of its settings, in queries() too.
const job = defineJob({
  name: 'typed',
  config: {
    input: setting.text({ doc: 'Folder.' }),
    rows: setting.optional(setting.integer({ doc: 'Rows.', min: 1 })),
    every: setting.duration({ doc: 'Interval.', default: '5 seconds' }),
    mode: setting.oneOf(['fast', 'exact'], { doc: 'How.', default: 'fast' }),
    tags: setting.list({ doc: 'Tags.', default: ['a'] }),
    key: setting.secret({ doc: 'Key.' }),
  },
  queries: (s, { input, key, mode }) => {
    const isMode: Equal<typeof mode, 'fast' | 'exact'> = true
    return s.readStream(files({ path: input, format: 'jsonl', schema: flight })).writeStream({ name: `${isMode}`, sink: foreachBatch(() => void key.reveal()), checkpointLocation: 'x' })
  },
})
export type Jobs = [
  Expect<Equal<ConfigOf<typeof job.config>, { readonly input: string; readonly rows: number | undefined; readonly every: Duration; readonly mode: 'fast' | 'exact'; readonly tags: readonly string[]; readonly key: Secret }>>,
]
