import { consoleSink, count, files, fromIterable, loadModel, max, MemorySource, memory, schema, Session, sum, t, Trigger, upper, window, listagg, lit, noop } from 'millrace'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'
import { laterProblem, problem, session } from './support.ts'

test('options of window() are looked at: a misspelled one, and one that is no object', () => {
  expect([
    problem(() => window('at', '1 hour', { slid: '30 minutes' } as never)),
    problem(() => window('at', '1 hour', '10 minutes' as never)),
    problem(() => window('at', '1 hour', { slide: 600 } as never)),
    problem(() => window('at', '1 hour', { slide: undefined } as never)),
  ]).toEqual([
    'PLAN_UNKNOWN_OPTION: There is no option "slid" of window(). It has "slide", "start". Did you mean "slide"?',
    'TypeError: window() takes its options as an object, but got "10 minutes". For windows that slide write window("time", "1 hour", { slide: "10 minutes" }).',
    'PLAN_INVALID_OPTION: Option "slide" of window() is 600, but it must be a length of time such as "10 minutes".',
    'nothing thrown',
  ])
})

test('windows that cannot be are described in lengths of time', () => {
  expect([
    problem(() => window('at', '1 hour', { slide: '90 minutes' })),
    problem(() => window('at', '1 hour', { start: '2 hours' })),
    problem(() => window('at', '-5 minutes' as never)),
  ]).toEqual([
    'PLAN_WINDOW_INVALID: The window slides by 90 minutes, more than its size of 1 hour, so that times between would be in no window. Make the slide at most the size.',
    'PLAN_WINDOW_INVALID: The window starts 2 hours after the epoch, which is not less than its slide of 1 hour. Give the rest of the division by the slide.',
    'PLAN_WINDOW_INVALID: The window has a size of -5 minutes, which is not positive. Give a length of time such as "10 minutes".',
  ])
})

test('Trigger.processingTime() takes lengths of time from 0', () => {
  const expected = (value: string) => `PLAN_INVALID_OPTION: The interval of Trigger.processingTime() is ${value}, but it must be a length of time from 0, such as "5 seconds", or its milliseconds.`
  expect([
    problem(() => Trigger.processingTime('-1 second')),
    problem(() => Trigger.processingTime(-1)),
    problem(() => Trigger.processingTime(NaN)),
    problem(() => Trigger.processingTime(undefined as never)),
  ]).toEqual([expected('"-1 second"'), expected('-1'), expected('NaN'), expected('undefined')])
  expect([Trigger.processingTime(0), Trigger.processingTime('0 seconds'), Trigger.processingTime('2 seconds')]).toEqual([0, 0, 2000].map(intervalMs => ({ kind: 'processingTime', intervalMs })))
})

test('schema() and t say what to write', () => {
  expect([
    problem(() => schema({ a: 'string' } as never)),
    problem(() => schema({ a: t.int32 } as never)),
    problem(() => schema({ a: t.vector } as never)),
    problem(() => schema({ a: 5 } as never)),
    problem(() => schema([t.int32()] as never)),
    problem(() => schema(undefined as never)),
    problem(() => t.vector(-1)),
    problem(() => t.vector(undefined as never)),
    problem(() => (t.array as () => unknown)()),
    problem(() => t.nullable(t.string as never)),
    problem(() => t.struct({ x: 'float64' } as never)),
  ]).toEqual([
    'TypeError: Column "a" of schema() needs a column type, but got "string". Write a: t.string().',
    'TypeError: Column "a" of schema() needs a column type, but got t.int32 without (). Write a: t.int32().',
    'TypeError: Column "a" of schema() needs a column type, but got t.vector without (). Write a: t.vector(64).',
    'TypeError: Column "a" of schema() needs a column type, but got 5. Write a: t.string().',
    'TypeError: schema() takes an object of column types, but got an array. Write schema({ id: t.string(), amount: t.float64() }).',
    'TypeError: schema() takes an object of column types, but got undefined. Write schema({ id: t.string(), amount: t.float64() }).',
    'TypeError: t.vector() takes the number of values in a row, a whole number from 1, but got -1. Write t.vector(64), for instance.',
    'TypeError: t.vector() takes the number of values in a row, a whole number from 1, but got undefined. Write t.vector(64), for instance.',
    'TypeError: t.array() takes the type of its elements, but got undefined. Write t.array(t.string()).',
    'TypeError: t.nullable() takes a column type, but got t.string without (). Write t.nullable(t.string()).',
    'TypeError: Column "x" of t.struct() needs a column type, but got "float64". Write x: t.float64().',
  ])
})

test('readStream() of a sink says that it is a sink', () => {
  expect([problem(() => session.readStream(consoleSink() as never)), problem(() => session.readBatch(consoleSink() as never))]).toEqual([
    'TypeError: console is a sink and cannot be read. Give readStream() and readBatch() a source, such as files() or memory().',
    'TypeError: console is a sink and cannot be read. Give readStream() and readBatch() a source, such as files() or memory().',
  ])
})

const flights = () => session.readStream(memory(new MemorySource(schema({ at: t.timestamp(), carrier: t.string(), delay: t.float64() }))))
const weather = () => session.readBatch(memory(new MemorySource(schema({ carrier: t.string(), temp: t.float64() }))))

test('an aggregate over the name of a column, where the column is meant, is refused instead of counting text', () => {
  expect([
    problem(() => count('delay' as never)),
    problem(() => sum('delay' as never)),
    problem(() => max('delay (min)' as never)),
    problem(() => flights().agg(({ carrier }) => ({ all: listagg(carrier, ', '), one: max(lit('x')) }))),
  ]).toEqual([
    'TypeError: count() takes columns, but got the text "delay". Take the column from the callback of agg(), as in ({ delay }) => ({ result: count(delay) }); the text itself is lit("delay").',
    'TypeError: sum() takes columns, but got the text "delay". Take the column from the callback of agg(), as in ({ delay }) => ({ result: sum(delay) }); the text itself is lit("delay").',
    'TypeError: max() takes columns, but got the text "delay (min)". Take the column from the callback of agg(); the text itself is lit("delay (min)").',
    'nothing thrown',
  ])
})

test('arguments of another kind are named, with what belongs there', async () => {
  const folder = await temporaryFolder()
  const query = await flights().writeStream({ sink: noop(), checkpointLocation: `${folder}/checkpoint` }).start()
  expect([
    problem(() => flights().withWatermark('at', undefined as never)),
    problem(() => flights().withWatermark('at', 10 as never)),
    problem(() => flights().rename('carrier' as never)),
    problem(() => flights().withColumn('loud', () => upper(undefined as never))),
    problem(() => flights().join(weather(), { on: ['carrier'], type: 'left' } as never)),
    problem(() => session.readBatch(files({ path: folder, format: 'jsonl', schema: { a: t.string() } as never }))),
    problem(() => session.readStream(fromIterable([], { schema: {} } as never))),
    problem(() => void query.awaitTermination('5 s' as never)),
    problem(() => void query.awaitTermination(NaN)),
    problem(() => new (Session as unknown as new () => unknown)()),
    await laterProblem(Session.start(2 as never)),
    await laterProblem(Session.start({ executors: NaN })),
    await laterProblem(loadModel(undefined as never)),
    await laterProblem(loadModel(new URL('file:///models/x.json') as never)),
  ]).toEqual([
    'TypeError: The watermark delay is undefined, but it must be a length of time as text, such as "10 minutes".',
    'TypeError: The watermark delay is 10, but it must be a length of time as text, such as "10 minutes".',
    'TypeError: rename() takes an object from old names to new ones, such as rename({ dep_delay: "delay" }).',
    'PLAN_ARGUMENT_COUNT: withColumn() calls upper() with 0 arguments. Usage: upper(text: string) -> string.',
    'PLAN_UNKNOWN_OPTION: There is no option "type" of join(). It has "on", "how".',
    'TypeError: The schema of source "files" must be made with schema({ … }), such as schema({ id: t.string() }).',
    'TypeError: The schema of source "iterable" must be made with schema({ … }), such as schema({ id: t.string() }).',
    'TypeError: awaitTermination() takes a number of milliseconds from 0, or nothing, but got "5 s".',
    'TypeError: awaitTermination() takes a number of milliseconds from 0, or nothing, but got NaN.',
    'TypeError: A session is started with await Session.start().',
    'TypeError: Session.start() takes its options as an object, such as { executors: 2 }, but got 2.',
    'PLAN_INVALID_OPTION: Option "executors" of Session.start() is NaN, but it must be a whole number from 0 up to 256.',
    'TypeError: loadModel() takes the path of a model as text, but got undefined.',
    'TypeError: loadModel() takes the path of a model as text, but got the URL file:///models/x.json: give fileURLToPath(url) of node:url.',
  ])
  await query.stop()
})
