// Reads a topic to its end in batches of at most 4 MiB, into a sink that takes 30 ms for each, and prints how many rows came
// and how many bytes of buffers the process held at most.
//
//   node slow-sink.mjs BROKER TOPIC FOLDER
import { setTimeout as sleep } from 'node:timers/promises'
import { foreachBatch, kafka, Session, Trigger } from 'millrace'

const [, , broker, topic, checkpointLocation] = process.argv
let rows = 0
let most = 0
const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 2)
const session = await Session.start()
const query = await session
  .readStream(kafka({ brokers: [broker], topic, startingOffsets: 'earliest', maxBytesPerTrigger: 4 * 1024 * 1024, connectionTimeout: '20 seconds' }))
  .writeStream({
    sink: foreachBatch(async batch => {
      rows += batch.numRows
      await sleep(30)
    }),
    trigger: Trigger.availableNow(),
    checkpointLocation,
  })
  .start()
await query.awaitTermination()
await session.stop()
clearInterval(watch)
console.log(JSON.stringify({ rows, most }))
