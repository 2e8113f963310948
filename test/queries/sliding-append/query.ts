import { count, files, sum, window } from 'millrace'
import { event } from '../events.ts'
import { golden } from '../golden-query.ts'

/** Every row is in two windows, which begin a minute after the five; one of them may be over when the other is not. */
export default golden({
  frame: (session, input) =>
    session
      .readStream(files({ path: input, format: 'jsonl', schema: event, maxFilesPerTrigger: 1 }))
      .withWatermark('at', '0 seconds')
      .groupBy(window('at', '10 minutes', { slide: '5 minutes', start: '1 minute' }))
      .agg(({ amount }) => ({ n: count(), total: sum(amount) }))
      .select(({ window, n, total }) => ({ start: window.start, end: window.end, n, total })),
})
