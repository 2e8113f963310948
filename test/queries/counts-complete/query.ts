import { count, files, max, sum } from 'millrace'
import { event } from '../events.ts'
import { golden } from '../golden-query.ts'

/** The whole result after every batch, of groups that have no time and never end. */
export default golden({
  outputMode: 'complete',
  frame: (session, input) =>
    session
      .readStream(files({ path: input, format: 'jsonl', schema: event, maxFilesPerTrigger: 1 }))
      .groupBy('user')
      .agg(({ amount, at }) => ({ n: count(), total: sum(amount), newest: max(at) })),
})
