// A query that fails in its first batch, in a program that is told of it in the named way, or in none.
import { foreachBatch, memory, MemorySource, schema, Session, t } from 'millrace'

const [, , checkpointLocation, how] = process.argv
const source = new MemorySource(schema({ n: t.int32() }))
const session = await Session.start()
if (how === 'listener') session.streams.addListener({ onQueryTerminated: ({ exception }) => told(exception) })
const query = await session
  .readStream(memory(source))
  .writeStream({
    name: 'doomed',
    sink: foreachBatch(() => {
      throw new Error('boom')
    }),
    checkpointLocation,
  })
  .start()
console.log('started')

function told(error) {
  if (error !== null) console.log('told')
}

if (how === 'awaitTermination') query.awaitTermination().catch(told)
if (how === 'awaitAnyTermination') session.streams.awaitAnyTermination().catch(told)
if (how === 'processAllAvailable') query.processAllAvailable().catch(told)
if (how === 'exception at the end of progress') query.progress.subscribe({ complete: () => told(query.exception) })
source.addData([{ n: 1 }])
if (how === 'later') {
  while (query.isActive) await new Promise(resolve => setTimeout(resolve, 5))
  await query.awaitTermination().catch(told)
}
