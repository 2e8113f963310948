import { count, files, sum } from 'millrace'
import { event } from '../events.ts'
import { golden } from '../golden-query.ts'

/** Groups of a bare timestamp: each is over as soon as the watermark reaches it. */
export default golden({
  frame: (session, input) =>
    session
      .readStream(files({ path: input, format: 'jsonl', schema: event, maxFilesPerTrigger: 1 }))
      .withWatermark('at', '30 seconds')
      .groupBy('at')
      .agg(({ amount }) => ({ n: count(), total: sum(amount) })),
})
