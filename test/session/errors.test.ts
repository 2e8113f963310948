import { avg, count, files, loadModel, memory, MemorySource, schema, Session, sum, t, toDate, upper, when, window, explode, consoleSink, lit, fn, aggregateFn } from 'millrace'
import { describe, expect, it } from 'vitest'
import { laterProblem, problem, sampleFrame, session } from './support.ts'

const row = schema({ at: t.timestamp(), user: t.string(), amount: t.float64(), items: t.array(t.string()) })
const bounded = () => session.readBatch(memory(new MemorySource(row)))
const stream = () => session.readStream(memory(new MemorySource(row)))
/** A program in JavaScript: the compiler does not help. */
const loose = () => bounded() as unknown as Record<string, (...args: unknown[]) => Record<string, (...args: unknown[]) => unknown>>
type Loose = Record<string, { [method: string]: (...args: unknown[]) => unknown }>

describe('a verb refuses, where it is called, with a code and the values', () => {
  it('names that are none, with the nearest', () => {
    expect([
      problem(() => bounded().$untyped().where(({ amuont }) => amuont.gt(1))),
      problem(() => bounded().$untyped().select('usr')),
      problem(() => bounded().$untyped().groupBy('usr')),
      problem(() => bounded().$untyped().drop('usr')),
      problem(() => bounded().$untyped().rename({ usr: 'u' })),
      problem(() => (bounded() as unknown as { withWatermark(n: string, d: string): unknown }).withWatermark('att', '1 hour')),
      problem(() => bounded().select(({ user }) => ({ x: (user as unknown as Loose).name }) as never)),
    ]).toEqual([
      'PLAN_UNKNOWN_COLUMN: where() uses column "amuont", but there are only "at", "user", "amount", "items". Did you mean "amount"?',
      'PLAN_UNKNOWN_COLUMN: select() uses column "usr", but there are only "at", "user", "amount", "items". Did you mean "user"?',
      'PLAN_UNKNOWN_COLUMN: groupBy() uses column "usr", but there are only "at", "user", "amount", "items". Did you mean "user"?',
      'PLAN_UNKNOWN_COLUMN: drop() uses column "usr", but there are only "at", "user", "amount", "items". Did you mean "user"?',
      'PLAN_UNKNOWN_COLUMN: rename() uses column "usr", but there are only "at", "user", "amount", "items". Did you mean "user"?',
      'PLAN_UNKNOWN_COLUMN: withWatermark() uses column "att", but there are only "at", "user", "amount", "items". Did you mean "at"?',
      'PLAN_UNKNOWN_FIELD: select() takes field "name" of a string, which has no fields.',
    ])
  })

  it('conditions that JavaScript dropped', () => {
    expect([
      problem(() => bounded().where(({ amount, user }) => amount.gt(1) && user.eq('a'))),
      problem(() => bounded().select(({ amount }) => ({ big: amount.gt(100) || amount.lt(0) }))),
      problem(() => bounded().groupBy(({ amount, user }) => ({ k: amount.gt(1) && user.eq('a') }))),
      problem(() => bounded().agg(({ amount, user }) => ({ n: count().filter(amount.gt(1) && user.eq('a')) }))),
      problem(() => bounded().where((({ amount }: Loose) => void amount.gt(1)) as never)),
    ]).toEqual([
      'PLAN_DROPPED_CONDITION: The callback of where() makes a condition (amount > 1) that is not part of what it returns. Join conditions with .and() and .or(); && and || of JavaScript keep only one side.',
      'nothing thrown',
      'PLAN_DROPPED_CONDITION: The callback of groupBy() makes a condition (amount > 1) that is not part of what it returns. Join conditions with .and() and .or(); && and || of JavaScript keep only one side.',
      'PLAN_DROPPED_CONDITION: The callback of agg() makes a condition (amount > 1) that is not part of what it returns. Join conditions with .and() and .or(); && and || of JavaScript keep only one side.',
      'PLAN_DROPPED_CONDITION: The callback of where() makes a condition (amount > 1) that is not part of what it returns. Join conditions with .and() and .or(); && and || of JavaScript keep only one side.',
    ])
  })

  it('aggregates and windows out of place', () => {
    expect([
      problem(() => bounded().where(({ amount }) => sum(amount) as never)),
      problem(() => bounded().where(({ amount }) => lit(1).lt(sum(amount) as never))),
      problem(() => bounded().agg(({ amount }) => ({ amount: amount as never }))),
      problem(() => bounded().agg(({ amount }) => ({ nested: sum(avg(amount) as never) }))),
      problem(() => bounded().groupBy(window('at', '1 hour'), ({ at }) => ({ other: window(at, '1 day') })).agg(() => ({ n: count() }))),
      problem(() => bounded().groupBy(window('user' as 'at', '1 hour'), 'items').agg(({ amount }) => ({ n: sum(amount) }))),
    ]).toEqual([
      'PLAN_AGGREGATE_MISPLACED: where() uses the aggregate sum(), which may only stand in agg().',
      'PLAN_AGGREGATE_MISPLACED: where() uses the aggregate sum(), which may only stand in agg().',
      'PLAN_AGGREGATE_MISPLACED: agg() gives "amount" something that is neither an aggregate nor made of the keys of groupBy(). Use sum(), count(), first() and the like, or add the column to groupBy().',
      'PLAN_AGGREGATE_MISPLACED: agg() calls sum() over another aggregate. Aggregate in two steps: agg() the inner one first, then group its result.',
      'PLAN_TWO_WINDOWS: groupBy() has more than one window(). Keep one of them, and use the other in a further step.',
      'nothing thrown',
    ])
  })

  it('types that do not meet', () => {
    expect([
      problem(() => bounded().where(({ amount }) => amount as never)),
      problem(() => bounded().select(({ items }) => ({ x: upper(items as never) }))),
      problem(() => bounded().select(({ user, amount }) => ({ x: when(amount.gt(1), user).otherwise(lit(true) as never) }))),
      problem(() => bounded().agg(({ items }) => ({ x: sum(items as never) }))),
      problem(() => bounded().select(({ amount }) => ({ x: explode(amount as never) }))),
      problem(() => bounded().select(({ at }) => ({ x: at.cast(t.array(t.int32())) }))),
      problem(() => bounded().withWatermark('user' as 'at', '1 hour')),
    ]).toEqual([
      'PLAN_TYPE_MISMATCH: where() needs a boolean condition, but got double. Compare the value with something.',
      'PLAN_TYPE_MISMATCH: select() calls upper(array<string>), which does not fit. Usage: upper(text: string) -> string.',
      'nothing thrown',
      'PLAN_TYPE_MISMATCH: agg() calls sum(array<string>), which does not fit. Usage: sum(value: number) -> bigint | double.',
      'PLAN_TYPE_MISMATCH: select() calls explode(double), which does not fit. Usage: explode(array).',
      'PLAN_CAST_NOT_ALLOWED: select() casts timestamp to array<int>, which is never possible.',
      'PLAN_WATERMARK_NOT_TIMESTAMP: withWatermark() uses column "user", a string; event time must be a timestamp. Convert it first, for example with toTimestamp().',
    ])
  })

  it('unions and joins that do not fit', () => {
    const other = bounded().select('user', 'amount')
    expect([
      problem(() => bounded().union(other as never)),
      problem(() => other.union(bounded().select('user', 'items') as never)),
      problem(() => other.join(bounded(), { on: ['user'] })),
      problem(() => other.join(bounded().drop('amount'), { on: ['usr' as 'user'] })),
      problem(() => other.join(bounded().drop('amount'), { on: { user: 'usr' as 'user' } })),
      problem(() => other.join(bounded().drop('amount', 'user'), { on: { amount: 'items' as never } })),
      problem(() => other.join(bounded().drop('amount'), { on: ['user'], how: 'outer' as 'left' })),
    ]).toEqual([
      'PLAN_UNION_MISMATCH: union() joins 4 columns with 2. Select the same columns, in the same order, on both sides.',
      'PLAN_UNION_TYPE_MISMATCH: union() joins column "amount" of type double with array<string>. Cast one of them.',
      'PLAN_AMBIGUOUS_COLUMN: Both sides of join() have a column "amount". Rename one of them first, or join on it by name.',
      'PLAN_UNKNOWN_COLUMN: join() uses column "usr", but there are only "user", "amount". Did you mean "user"?',
      'PLAN_UNKNOWN_COLUMN: join() uses column "usr", but there are only "at", "user", "items". Did you mean "user"?',
      'PLAN_TYPE_MISMATCH: join() compares double with array<string>. Cast one of them.',
      'PLAN_INVALID_OPTION: There is no join "outer" here, only "inner", "left", "leftSemi", "leftAnti".',
    ])
  })

  it('columns of one name, windows without sense, names that make no path', () => {
    expect([
      problem(() => bounded().select('user', ({ amount }) => ({ user: amount }))),
      problem(() => window('at', '0 seconds')),
      problem(() => window('at', '1 hour', { slide: '2 hours' })),
      problem(() => window('at', '1 month' as '1 hour')),
      problem(() => bounded().groupBy('user').agg(() => ({ n: count() }), { name: '../x' })),
      problem(() => bounded().select('user').withColumn('x', () => lit(1n << 70n))),
    ]).toEqual([
      'PLAN_DUPLICATE_COLUMN: Column "user" appears twice. Give one of them another name.',
      expect.stringMatching(/^PLAN_WINDOW_INVALID: /),
      expect.stringMatching(/^PLAN_WINDOW_INVALID: /),
      expect.stringMatching(/^PLAN_INVALID_DURATION: /),
      'PLAN_INVALID_NAME: The operator name "../x" becomes part of paths: use 1 to 128 letters, digits, ".", "_" and "-", not starting with ".".',
      'PLAN_UNSUPPORTED_TYPE: The value 1180591620717411303424 cannot be a literal: it is beyond 64 bits.',
    ])
  })

  it('streams where a bounded frame is needed, and the other way round', async () => {
    expect([
      problem(() => bounded().writeStream({ sink: consoleSink(), checkpointLocation: 'c' })),
      problem(() => bounded().toObservable({ checkpointLocation: 'c' })),
      await laterProblem(stream().collect()),
      await laterProblem(stream().groupBy('user').agg(() => ({ n: count() })).writeStream({ sink: consoleSink(), checkpointLocation: 'c' }).start()),
      await laterProblem(stream().writeStream({ sink: consoleSink(), checkpointLocation: 'c', outputMode: 'complete' }).start()),
    ]).toEqual([
      'PLAN_NOT_STREAMING: writeStream() needs a stream, and this frame is bounded. Read the source with readStream(), or use collect().',
      'PLAN_NOT_STREAMING: toObservable() needs a stream, and this frame is bounded. Read the source with readStream(), or use collect().',
      'PLAN_IS_STREAMING: collect() needs a bounded frame, and this one is a stream. Use writeStream(), or read the source with readBatch().',
      expect.stringMatching(/^PLAN_APPEND_NEEDS_WATERMARK: /),
      expect.stringMatching(/^PLAN_OUTPUT_MODE_UNSUPPORTED: /),
    ])
  })

  it('options that are none, of the wrong kind or missing', async () => {
    const read = (options: object) => problem(() => session.readBatch(files(options as never)))
    expect([
      read({ path: 'x', format: 'jsonl', schema: row, maxFilePerTrigger: 1 }),
      read({ path: 'x', format: 'jsonl', schema: row, maxFilesPerTrigger: '1' }),
      read({ path: 'x', format: 'csv', schema: row, formatOptions: { headr: true } }),
      read({ path: 'x', format: 'jsno', schema: row }),
      read({ format: 'jsonl', schema: row }),
      read({ path: 'x', format: 'jsonl' }),
      await laterProblem(Session.start({ executers: 1 } as never)),
      await laterProblem(Session.start({ timeZone: 'Mars/Base' })),
      await laterProblem(stream().writeStream({ sink: consoleSink({ rows: 5 } as never), checkpointLocation: 'c' }).start()),
      await laterProblem(stream().writeStream({ sink: consoleSink() } as never).start()),
      await laterProblem(stream().writeStream({ sink: 'console', checkpointLocation: 'c' } as never).start()),
      await laterProblem(stream().writeStream({ sink: memory(new MemorySource(row)), checkpointLocation: 'c' }).start()),
      await laterProblem(stream().writeStream({ sink: consoleSink(), checkpointLocation: 'c', outputMode: 'apend' as 'append' }).start()),
      await laterProblem(stream().writeStream({ sink: consoleSink(), checkpointLocation: 'c', outputmode: 'append' } as never).start()),
    ]).toEqual([
      expect.stringMatching(/^PLAN_UNKNOWN_OPTION: There is no option "maxFilePerTrigger" of source "files"\. .*Did you mean "maxFilesPerTrigger"\?$/),
      'PLAN_INVALID_OPTION: Option "maxFilesPerTrigger" of source "files" is "1", but it must be a whole number from 1.',
      expect.stringMatching(/^PLAN_UNKNOWN_OPTION: There is no option "headr" of format "csv"\. .*Did you mean "header"\?$/),
      expect.stringMatching(/^FORMAT_UNKNOWN: There is no format "jsno", only .*Did you mean "json/),
      'PLAN_INVALID_OPTION: Option "path" of source "files" is missing. Give text: a directory, a file, or a pattern with * ? ** [abc] {a,b}.',
      'PLAN_INVALID_OPTION: The source "files" needs a schema: declare one with schema({ … }), or let inferSchema() read a sample and print one.',
      expect.stringMatching(/^PLAN_UNKNOWN_OPTION: There is no option "executers" of Session\.start\(\)\. .*Did you mean "executors"\?$/),
      expect.stringMatching(/^PLAN_INVALID_OPTION: There is no time zone "Mars\/Base"/),
      expect.stringMatching(/^PLAN_UNKNOWN_OPTION: There is no option "rows" of sink "console"\./),
      expect.stringMatching(/^PLAN_INVALID_OPTION: writeStream\(\) needs a checkpointLocation/),
      'PLAN_INVALID_OPTION: Option "sink" of writeStream() is "console", but it must be a sink such as files({ … }) or consoleSink().',
      'TypeError: memory is a source and cannot be written to. Give writeStream() a sink, such as files() or consoleSink().',
      expect.stringMatching(/^PLAN_INVALID_OPTION: There is no output mode "apend"/),
      expect.stringMatching(/^PLAN_UNKNOWN_OPTION: There is no option "outputmode" of writeStream\(\)\. .*Did you mean "outputMode"\?$/),
    ])
  })

  it('models whose inputs or outputs do not fit', async () => {
    const model = await loadModel(new URL('../fixtures/models/xgboost-binary-logistic/model.json', import.meta.url).pathname)
    const [first, ...rest] = model.signature.inputs.map(i => i.name)
    const others = rest.map(name => `"${name}"`).join(', ')
    const inputs = session.readBatch(memory(new MemorySource(schema(Object.fromEntries(model.signature.inputs.map(i => [i.name, t.float64()])))))).$untyped()
    const score = (frame: typeof inputs, options: object) => problem(() => frame.score(model, options as never))
    expect([
      score(inputs, { output: { p: 'probabilty' } }),
      score(inputs.drop(first), { output: { p: 'probability' } }),
      score(inputs, { output: { p: 'probability' }, input: { nosuch: first } }),
      score(inputs, { output: { p: 'probability' }, input: { [first]: 'nosuch' } }),
      score(inputs.withColumns(({ [first]: f }) => ({ [first]: f.cast(t.string()) })) as never, { output: { p: 'probability' } }),
      score(inputs, {}),
      score(inputs, { output: { p: 'probability' }, inputs: {} }),
      score(inputs, { output: { p: 'probability' }, digest: 5 }),
      problem(() => inputs.score('model.json' as never, { output: {} })),
    ]).toEqual([
      'ML_SCHEMA_MISMATCH: Model "model.json" has no output "probabilty", only "prediction", "probability", "margin", "leaves", "contributions". Did you mean "probability"?',
      `ML_SCHEMA_MISMATCH: Model "model.json" needs the input "${first}", but there are only the columns ${others}. Add a column of that name, or map one with { input: { ${first}: 'column' } }.`,
      expect.stringMatching(/^ML_SCHEMA_MISMATCH: score\(\) maps the input "nosuch" of model "model\.json", which has only /),
      expect.stringMatching(/^PLAN_UNKNOWN_COLUMN: score\(\) uses column "nosuch"/),
      `ML_SCHEMA_MISMATCH: Model "model.json" takes a number as input "${first}", but the column is a string. Cast it, or map another column.`,
      'TypeError: score() takes a model and { output: { column: "output of the model" } }.',
      'PLAN_UNKNOWN_OPTION: There is no option "inputs" of score(). It has "output", "input", "digest", "provenance", "onInvalid", "onError", "explain", "registry", "route", "shadow", "shadowTolerance", "batch". Did you mean "input"?',
      'PLAN_INVALID_OPTION: Option "digest" of score() is 5, but it must be text.',
      'TypeError: score() takes a model: await loadModel("path") first.',
    ])
  })

  it('a value that cannot be computed names the expression that had it', async () => {
    const source = new MemorySource(schema({ who: t.string(), n: t.int32(), at: t.struct({ place: t.string() }) }))
    source.addData([{ who: 'ann', n: 0, at: { place: 'JFK' } }])
    const frame = session.readBatch(memory(source))
    const collected = (callback: Parameters<typeof frame.withColumn>[1]) => laterProblem(frame.withColumn('x', callback).collect())
    expect([
      await collected(({ who }) => who.cast(t.float64()).plus(1)),
      await collected(({ at }) => at.place.cast(t.date())),
      await collected(({ n }) => n.plus(1).divide(n)),
      await collected(({ n, who }) => when(who.eq('ann'), n.minus(1).times(2147483647).times(2)).otherwise(n)),
      await collected(({ who }) => fn('raise_error', who)),
      await laterProblem(frame.$untyped().agg(({ who }) => ({ x: aggregateFn('sum', who) })).collect()),
    ]).toEqual([
      'EXPR_CAST_INVALID_INPUT: In cast(who as float64): The string "ann" cannot be cast to double. Use tryCast() to get null instead, or correct the input.',
      'EXPR_CAST_INVALID_INPUT: In cast(at.place as date): The text "JFK" is no date. Correct the data, or use tryCast() to get null instead.',
      expect.stringMatching(/^EXPR_DIVIDE_BY_ZERO: In \(cast\(\(n \+ 1\) as float64\) \/ cast\(n as float64\)\): /),
      expect.stringMatching(/^EXPR_ARITHMETIC_OVERFLOW: In \(\(\(n - 1\) \* 2147483647\) \* 2\): /),
      'EXPR_USER_RAISED: ann',
      'EXPR_CAST_INVALID_INPUT: In cast(who as float64): The string "ann" cannot be cast to double. Use tryCast() to get null instead, or correct the input.',
    ])
  })

  it('a session that was stopped, and files that are not there', async () => {
    const ended = await Session.start()
    await ended.stop()
    expect([
      problem(() => ended.readBatch(memory(new MemorySource(row)))),
      await laterProblem(session.inferSchema(files({ path: 'test/nowhere', format: 'jsonl' }))),
      await laterProblem(session.inferSchema(memory(new MemorySource(row)))),
      await laterProblem(loadModel('test/nowhere.json')),
      await laterProblem(loadModel('package.json')),
    ]).toEqual([
      'SESSION_CLOSED: The session was stopped. Start a new one.',
      expect.stringMatching(/^SOURCE_PATH_MISSING: There is no folder or file at "test\/nowhere" \(.+\)\. Create the folder before the query starts, or correct the path/),
      'TypeError: inferSchema() reads files; memory has a schema already.',
      expect.stringMatching(/^ML_UNREADABLE: The model "test\/nowhere\.json" cannot be read/),
      expect.stringMatching(/^ML_UNKNOWN_FORMAT: Model "package\.json": No model format was recognised: the file "package\.json" looks like JSON\. Supported formats: XGBoost/),
    ])
  })
})

describe('a program without types is told what a verb takes', () => {
  it('callbacks that are none, or give something else', () => {
    expect([
      problem(() => loose().where('amount > 5')),
      problem(() => loose().where(({ amount }: Loose) => (amount as unknown as number) > 5)),
      problem(() => loose().where(({ amount }: Loose) => (amount as unknown) === 5)),
      problem(() => loose().where(({ amount }: Loose) => !amount)),
      problem(() => loose().withColumn('x', () => 5)),
      problem(() => loose().withColumn('x', ({ user }: Loose) => `hello ${String(user)}`)),
      problem(() => loose().select(({ amount }: Loose) => amount)),
      problem(() => loose().select(({ amount }: Loose) => ({ amount, n: 5 }))),
      problem(() => loose().select(({ amount }: Loose) => ({ total: sum(amount as never) }))),
      problem(() => loose().select()),
      problem(() => loose().agg(({ amount }: Loose) => sum(amount as never).expr)),
      problem(() => loose().groupBy(5)),
      problem(() => loose().groupBy('user').agg('count')),
      problem(() => loose().agg(() => ({ n: count().filter(true as never) }))),
    ]).toEqual([
      'TypeError: where() takes a callback such as ({ amount }) => …, but got "amount > 5".',
      'TypeError: A column is an expression, not a value: use its methods, such as amount.gt(5) or amount.plus(1), and concat() for text.',
      'TypeError: The callback of where() gives false, which is no column. Return an expression such as amount.gt(100): comparisons of JavaScript (===, >, !) do not work on columns.',
      'TypeError: The callback of where() gives false, which is no column. Return an expression such as amount.gt(100): comparisons of JavaScript (===, >, !) do not work on columns.',
      'TypeError: The callback of withColumn() gives 5, which is no column. Return an expression such as amount.gt(100): comparisons of JavaScript (===, >, !) do not work on columns.',
      'TypeError: A column is an expression, not a value: use its methods, such as amount.gt(5) or amount.plus(1), and concat() for text.',
      'TypeError: The callback of select() gives a column. Return an object of named columns, such as ({ amount }) => ({ double: amount.times(2) }).',
      'TypeError: The callback of select() gives "n" 5, which is no column. Make constants columns with lit().',
      'PLAN_AGGREGATE_MISPLACED: select() uses the aggregate sum(), which may only stand in agg().',
      'TypeError: select() takes at least one column.',
      expect.stringMatching(/^TypeError: The callback of agg\(\) gives "kind" "aggregate", which is no aggregate\./),
      'TypeError: groupBy() takes names of columns, window("time", "1 hour"), and callbacks such as ({ at }) => ({ day: toDate(at) }).',
      'TypeError: agg() takes a callback such as ({ amount }) => …, but got "count".',
      'TypeError: count().filter() takes a condition made of columns, such as amount.gt(100).',
    ])
  })

  it('arguments that no column type holds', () => {
    expect([
      problem(() => sampleFrame().select(({ s }) => ({ x: s.eq(undefined as never) }))),
      problem(() => lit({} as never)),
      problem(() => sampleFrame().where(({ s }) => s.in(['a', 'b'] as never))),
      problem(() => sampleFrame().where(({ s }) => s.eq((() => 'a') as never))),
      problem(() => lit(new Date(NaN))),
      problem(() => lit('\ud800')),
      problem(() => sampleFrame().select(({ i }) => ({ x: i.cast('int' as never) }))),
      problem(() => when(true as never, 1)),
      problem(() => sampleFrame().select(({ s }) => ({ x: toDate(s, window('at', '1 hour') as never) }))),
      problem(() => session.readBatch('in/' as never)),
      problem(() => memory(row as never)),
      problem(() => bounded().union(5 as never)),
      problem(() => bounded().join(bounded(), {} as never)),
    ]).toEqual([
      'PLAN_UNSUPPORTED_TYPE: The value undefined cannot be a literal: it is no value; null stands for a missing one.',
      'PLAN_UNSUPPORTED_TYPE: The value {…} cannot be a literal: its type has no column type.',
      'PLAN_UNSUPPORTED_TYPE: The value […] cannot be a literal: it is several values. Give them one by one, such as carrier.in(...carriers), or make a column of them with array().',
      'PLAN_UNSUPPORTED_TYPE: The value () => … cannot be a literal: its type has no column type.',
      'PLAN_UNSUPPORTED_TYPE: The value Invalid Date cannot be a literal: it is no instant.',
      'PLAN_UNSUPPORTED_TYPE: The value "\\ud800" cannot be a literal: it has an unpaired surrogate.',
      'TypeError: cast() takes a column type, such as t.int64() or t.string().',
      'TypeError: when() takes a condition made of columns, such as delay.gt(60), and a value.',
      'PLAN_AGGREGATE_MISPLACED: window() over a name stands inside an expression, but it is a key of groupBy(). In a callback give it the column: window(at, "1 hour").',
      'TypeError: readBatch() takes a source such as files({ … }) or memory(source).',
      'TypeError: memory() takes a MemorySource: new MemorySource(schema({ … })).',
      'TypeError: union() takes another frame: a result of readStream() or readBatch().',
      'TypeError: join() takes a frame and { on: [names] } or { on: { left: right } }.',
    ])
  })
})
