import { files } from 'millrace'
import { event } from '../events.ts'
import { golden } from '../golden-query.ts'

/** Records that are not what the schema says leave by the side, with their bytes, the line and the reason. */
export default golden({
  deadLetters: true,
  frame: (session, input) =>
    session.readStream(files({ path: input, format: 'jsonl', schema: event, maxFilesPerTrigger: 1, onBadRecord: 'deadLetter' })).select('user', 'amount'),
})
