import { count, schema, t, window } from 'millrace'
import { memory, MemorySource, testStream } from 'millrace/testing'

const visit = schema({ at: t.timestamp(), page: t.string() })
const at = (time: string): Date => new Date(`2024-03-01T${time}Z`)

/** Visits a minute, final when the watermark has passed the minute. */
export async function visitsPerMinute(): Promise<void> {
  const input = new MemorySource(visit)
  await testStream({
    query: session =>
      session
        .readStream(memory(input))
        .withWatermark('at', '10 seconds')
        .groupBy(window('at', '1 minute'))
        .agg(() => ({ visits: count() }))
        .select('visits'),
  })
    .addData(input, [{ at: at('12:00:05'), page: '/' }, { at: at('12:00:50'), page: '/about' }])
    .processAllAvailable()
    .expectRows([])
    .expectWatermark('2024-03-01T12:00:40Z')
    .expectState({ numRowsTotal: 1 })
    // The next batch dies after the sink has its rows, before it is marked as committed.
    .crashAt('commit', 'power')
    .addData(input, [{ at: at('12:01:30'), page: '/' }])
    .processAllAvailable()
    .restart()
    .expectRows([{ visits: 2 }])
    .run()
}
