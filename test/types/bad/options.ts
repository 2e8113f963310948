// Misspelled and missing options of connectors and queries.
import { consoleSink, files, foreachBatch, memorySink, MemorySink, rate, Session, socket, Trigger } from 'millrace'
import { flights, session, weather } from '../frames.ts'

files({ path: 'in', format: 'jsnl' })
files({ path: 'in', format: 'jsonl', maxFilePerTrigger: 1 })
files({ path: 'in', format: 'csv', formatOptions: { headr: true } })
files({ format: 'csv' })
files({ path: 'in', format: 'jsonl', cleanSource: 'archve' })
rate({ rowsPerSecond: '10' })
socket({ host: 'localhost' })
consoleSink({ rows: 10 })
await Session.start({ executers: 2 })
flights.writeStream({ sink: consoleSink() })
flights.writeStream({ sink: consoleSink(), checkpointLocation: 'c', outputMode: 'apend' })
flights.writeStream({ sink: consoleSink(), checkpointLocation: 'c', trigger: Trigger.processingTime('5 secnds') })
flights.writeStream({ sink: 'console', checkpointLocation: 'c' })
flights.writeStream({ sink: memorySink(new MemorySink<{ carrier: number }>()), checkpointLocation: 'c' })
flights.writeStream({ sink: foreachBatch(batch => batch.rows().map(row => row.carier)), checkpointLocation: 'c' })
session.readStream(consoleSink())
session.readStream('in/')
weather.union(flights)
