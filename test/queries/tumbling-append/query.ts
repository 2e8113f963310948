import { avg, count, files, max, min, sum, window } from 'millrace'
import { event } from '../events.ts'
import { golden } from '../golden-query.ts'

/** Each window once, in the batch after the one whose rows let the watermark pass it; nulls and a row that is too late. */
export default golden({
  frame: (session, input) =>
    session
      .readStream(files({ path: input, format: 'jsonl', schema: event, maxFilesPerTrigger: 1 }))
      .withWatermark('at', '1 minute')
      .groupBy(window('at', '5 minutes'), 'user')
      .agg(({ amount }) => ({ n: count(), given: count(amount), total: sum(amount), mean: avg(amount), least: min(amount), most: max(amount) }))
      .select(({ window, user, n, given, total, mean, least, most }) => ({ start: window.start, user, n, given, total, mean, least, most })),
})
