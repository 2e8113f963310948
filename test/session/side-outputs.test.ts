import { count, files, noop, schema, t, window } from 'millrace'
import { expect, test } from 'vitest'
import { laterProblem, problem, session } from './support.ts'

const row = schema({ at: t.timestamp(), user: t.string() })
const source = (onBadRecord: 'fail' | 'skip' | 'deadLetter') => files({ path: 'no-such-folder/', format: 'jsonl', schema: row, onBadRecord })
const sink = { sink: noop(), checkpointLocation: 'never-opened' }

test('dead letters without a sink for them are refused before anything is opened', async () => {
  expect([
    await laterProblem(session.readStream(source('deadLetter')).writeStream(sink).start()),
    problem(() => session.readBatch(source('deadLetter'))),
  ]).toEqual([
    'PLAN_INVALID_OPTION: Source "files-0" has onBadRecord "deadLetter", but the query has no sink for dead letters, so that bad records would be lost. Give writeStream() one, such as deadLetters: files({ path: "bad/", format: "jsonl" }), or set onBadRecord to "skip" or "fail".',
    'PLAN_INVALID_OPTION: readBatch() cannot take onBadRecord "deadLetter": a bounded query has no sink for dead letters, so that bad records would be lost. Set it to "fail" or "skip", or read the source with readStream() and give writeStream() deadLetters.',
  ])
})

test('a sink that no row can reach is refused', async () => {
  const plain = session.readStream(source('skip'))
  const unmarked = plain.groupBy(window('at', '1 hour')).agg(() => ({ n: count() }))
  const noLate = 'PLAN_INVALID_OPTION: writeStream() was given lateRows, but no row of the query can be late: there is no aggregation whose groups a watermark ends. Add withWatermark() and group by a window of that column, or leave lateRows out.'
  expect([
    await laterProblem(plain.writeStream({ ...sink, deadLetters: noop() }).start()),
    await laterProblem(plain.withWatermark('at', '1 hour').writeStream({ ...sink, lateRows: noop() }).start()),
    await laterProblem(unmarked.writeStream({ ...sink, outputMode: 'update', lateRows: noop() }).start()),
  ]).toEqual([
    'PLAN_INVALID_OPTION: writeStream() was given deadLetters, but no source of the query sends records there. Add onBadRecord: "deadLetter" to the source, or leave deadLetters out.',
    noLate,
    noLate,
  ])
})

test('a query that would read its own output is refused, whichever sink writes it', async () => {
  const query = session.readStream(files({ path: 'no-such-folder/in', format: 'jsonl', schema: row, recursive: true, onBadRecord: 'deadLetter' }))
  const inside = files({ path: 'no-such-folder/in/out', format: 'jsonl' })
  const apart = files({ path: 'no-such-folder/out', format: 'jsonl' })
  for (const sinks of [{ sink: inside, deadLetters: noop() }, { sink: apart, deadLetters: inside }]) {
    expect(await laterProblem(query.writeStream({ checkpointLocation: 'never-opened', ...sinks }).start())).toMatch(
      /^PLAN_INVALID_OPTION: The query reads files at "no-such-folder\/in" .* and writes files to "no-such-folder\/in\/out" .*: it would read its own output again without end\. Choose a folder for the sink/,
    )
  }
})
