import { count, files, sum, window } from 'millrace'
import { event } from '../events.ts'
import { golden } from '../golden-query.ts'

/** A window whenever it changes, until the watermark has passed it; what comes after that changes nothing. */
export default golden({
  outputMode: 'update',
  frame: (session, input) =>
    session
      .readStream(files({ path: input, format: 'jsonl', schema: event, maxFilesPerTrigger: 1 }))
      .withWatermark('at', '0 seconds')
      .groupBy(window('at', '5 minutes'), 'user')
      .agg(({ amount }) => ({ n: count(), total: sum(amount) }))
      .select(({ window, user, n, total }) => ({ start: window.start, user, n, total })),
})
