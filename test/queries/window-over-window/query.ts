import { count, files, max, sum, window } from 'millrace'
import { event } from '../events.ts'
import { golden } from '../golden-query.ts'

/** Windows over windows: what the first aggregation has closed flows into the second, in the same batch. */
export default golden({
  frame: (session, input) =>
    session
      .readStream(files({ path: input, format: 'jsonl', schema: event, maxFilesPerTrigger: 1 }))
      .withWatermark('at', '0 seconds')
      .groupBy(window('at', '5 minutes'), 'user')
      .agg(({ amount }) => ({ n: count(), total: sum(amount) }))
      .groupBy(({ window: inner }) => ({ span: window(inner, '10 minutes') }))
      .agg(({ n, total }) => ({ users: count(), rows: sum(n), best: max(total) }))
      .select(({ span, users, rows, best }) => ({ start: span.start, users, rows, best })),
})
