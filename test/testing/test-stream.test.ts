import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { count, schema, sum, t, Trigger, window } from 'millrace'
import { memory, MemorySource, type StreamTest, testStream } from 'millrace/testing'
import { visitsPerMinute } from './example.ts'

const payment = schema({ user: t.string(), amount: t.int32() })

function totals(input: MemorySource<{ user: string; amount: number }>): StreamTest<{ user: string; n: number; total: number | null }> {
  return { query: s => s.readStream(memory(input)).groupBy('user').agg(({ amount }) => ({ n: count(), total: sum(amount) })), outputMode: 'update' }
}

describe('testStream', () => {
  test('the example of the docs runs, and is the one in the docs', async () => {
    await visitsPerMinute()
    const docs = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8')
    const shown = /```ts\n([^]*?)```/.exec(docs)?.[1]
    expect(shown).toBe(readFileSync(new URL('example.ts', import.meta.url), 'utf8'))
  })

  test('new rows are those since the last look', async () => {
    const input = new MemorySource(payment)
    await testStream(totals(input))
      .addData(input, [{ user: 'ann', amount: 1 }])
      .processAllAvailable()
      .expectNewRows([{ user: 'ann', n: 1, total: 1 }])
      .addData(input, [{ user: 'bob', amount: 2 }, { user: 'ann', amount: 3 }])
      .processAllAvailable()
      .expectNewRows([{ user: 'ann', n: 2, total: 4 }, { user: 'bob', n: 1, total: 2 }])
      .expectNewRows([])
      .expectState({ numRowsTotal: 2, numRowsUpdated: 2 })
      .expectBatches(2)
      .run()
  })

  test.each(['prepare', 'publish', 'commit', 0, 3] as const)('a crash at %s loses and repeats nothing', async point => {
    for (const mode of ['kill', 'power'] as const) {
      const input = new MemorySource(payment)
      await testStream(totals(input))
        .addData(input, [{ user: 'ann', amount: 1 }])
        .processAllAvailable()
        .crashAt(point, mode)
        .addData(input, [{ user: 'ann', amount: 2 }])
        .processAllAvailable()
        .restart()
        .addData(input, [{ user: 'ann', amount: 4 }])
        .processAllAvailable()
        .expectRows([{ user: 'ann', n: 1, total: 1 }, { user: 'ann', n: 2, total: 3 }, { user: 'ann', n: 3, total: 7 }])
        .run()
    }
  })

  test('the clock fires the trigger', async () => {
    const input = new MemorySource(payment)
    await testStream({ ...totals(input), trigger: Trigger.processingTime('10 seconds') })
      .processAllAvailable()
      .addData(input, [{ user: 'ann', amount: 1 }])
      .advanceClock('9 seconds')
      .expectBatches(0)
      .advanceClock('1 second')
      .expectRows([{ user: 'ann', n: 1, total: 1 }])
      .addData(input, [{ user: 'ann', amount: 1 }])
      .advanceClock('1 minute')
      .expectBatches(2)
      .run()
  })

  test('the watermark closes windows', async () => {
    const input = new MemorySource(schema({ at: t.timestamp() }))
    await testStream({ query: s => s.readStream(memory(input)).withWatermark('at', '5 seconds').groupBy(window('at', '10 seconds')).agg(() => ({ n: count() })) })
      .processAllAvailable()
      .expectWatermark(null)
      .addData(input, [{ at: new Date(1000) }, { at: new Date(16_000) }])
      .processAllAvailable()
      .expectWatermark(new Date(11_000))
      .expectRows([{ window: { start: new Date(0), end: new Date(10_000) }, n: 1 }])
      .expectState({ numRowsTotal: 1 })
      .run()
  })

  test('an error of the query is expected, or fails the script', async () => {
    const input = new MemorySource(payment)
    const dividing: StreamTest<{ x: number }> = { query: s => s.readStream(memory(input)).select(({ amount }) => ({ x: amount.divide(0) })) }
    await testStream(dividing).addData(input, [{ user: 'ann', amount: 1 }]).processAllAvailable().expectError('EXPR_DIVIDE_BY_ZERO').run()
    await expect(testStream(dividing).processAllAvailable().run()).rejects.toThrow('Step 1 of the script failed')
  })

  test('a failure prints the script with an arrow at its step', async () => {
    const input = new MemorySource(payment)
    const script = testStream(totals(input))
      .addData(input, [{ user: 'ann', amount: 1 }])
      .processAllAvailable()
      .expectRows([{ user: 'ann', n: 2, total: 1 }])
      .stop()
    const error = await script.run().then(() => null, (e: Error) => e)
    expect(error?.message).toBe(
      [
        "Step 3 of the script failed: expected the rows [ { user: 'ann', n: 2, total: 1 } ], got [ { user: 'ann', n: 1, total: 1 } ]",
        '',
        "    addData([ { user: 'ann', amount: 1 } ])",
        '    processAllAvailable()',
        " →  expectRows([ { user: 'ann', n: 2, total: 1 } ])",
        '    stop()',
        '',
      ].join('\n'),
    )
  })

  test('a crashed query must be restarted before it goes on', async () => {
    const input = new MemorySource(payment)
    const script = testStream(totals(input)).crashAt('prepare').addData(input, [{ user: 'ann', amount: 1 }]).processAllAvailable().processAllAvailable()
    await expect(script.run()).rejects.toThrow('Let restart() follow')
  })

  test('a query that cannot be built or opened fails the script with its own error, not with what followed from it', async () => {
    const script = testStream({ query: s => s.readStream(memory(new MemorySource(payment))).$untyped().select('usr') }).processAllAvailable()
    await expect(script.run()).rejects.toThrow(/^Step 1 of the script failed: select\(\) uses column "usr".*Did you mean "user"\?/)
    await testStream({ query: s => s.readStream(memory(new MemorySource(payment))), outputMode: 'complete' }).processAllAvailable().expectError('PLAN_OUTPUT_MODE_UNSUPPORTED').run()
  })

  test('a script whose crash never came fails, with the arrow at it', async () => {
    const input = new MemorySource(payment)
    const script = testStream(totals(input)).addData(input, [{ user: 'ann', amount: 1 }]).processAllAvailable().crashAt('commit')
    await expect(script.run()).rejects.toThrow(/^Step 3 of the script failed: the process never came to this point, so that it has not crashed\.[^]* → {2}crashAt\('commit'\)/)
  })

  test('steps and options that plain JavaScript gives wrong are refused in a sentence', () => {
    const script = testStream(totals(new MemorySource(payment)))
    expect(() => script.crashAt('comit' as never)).toThrow(new TypeError("crashAt() takes 'prepare', 'publish', 'commit', a number of steps or a function, but got 'comit'."))
    expect(() => script.expectWatermark('noon')).toThrow(new TypeError("expectWatermark() takes ISO text such as '2024-03-01T12:00:00Z', a Date or null, but got 'noon'."))
    expect(() => testStream({} as never)).toThrow(new TypeError('testStream() takes { query: session => … }, a function that builds the query.'))
    expect(() => testStream({ query: () => undefined, outputmode: 'append' } as never)).toThrow(new TypeError('There is no option "outputmode" of testStream(). Did you mean "outputMode"?'))
  })
})
