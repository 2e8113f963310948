// Runs a query whose source gives one row and then nothing, and stops it when told to, after a while without any handle.
import { fromIterable, memory, MemorySource, noop, schema, Session, t } from 'millrace'

const [, , checkpointLocation, kind, stopAfterMs] = process.argv
const row = schema({ n: t.int32() })
const source = new MemorySource(row)
source.addData([{ n: 1 }])

async function* oneRow() {
  yield { n: 1 }
  await new Promise(() => {})
}

const session = await Session.start()
const query = await session
  .readStream(kind === 'memory' ? memory(source) : fromIterable(oneRow(), row))
  .writeStream({ sink: noop(), checkpointLocation })
  .start()
console.log('started')
// The timer does not count: only the query is to keep the process alive.
setTimeout(() => void session.stop(), Number(stopAfterMs)).unref()
await query.awaitTermination()
console.log('ended')
