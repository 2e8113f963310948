import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { files, schema, Session, type SinkConnector, t, Trigger } from '../../src/index.ts'
import { rowsOf } from '../../src/columnar/values.ts'
import { sinkConnector } from '../../src/session/connector.ts'
import { batchesOfParts, CollectWriter } from '../../src/sinks/collect-writer.ts'
import { DriverSink } from '../../src/sinks/driver-sink.ts'
import { addSinkProvider } from '../../src/sinks/registry.ts'
import type { SinkEnvironment, SinkOutput, SinkProvider } from '../../src/sinks/sink.ts'
import { tempFolder } from '../sinks/support.ts'

/** Takes the parts of all that share it, and says how it was opened and closed. */
class NotingSink extends DriverSink {
  readonly description: string
  readonly rows: number[] = []
  closed = 0

  constructor(description: string) {
    super()
    this.description = description
  }

  async deliver({ parts }: SinkOutput): Promise<void> {
    this.rows.push(batchesOfParts(parts).flatMap(b => rowsOf(b) as unknown[]).length)
  }

  override async close(): Promise<void> {
    this.closed++
  }
}

const opened: { readonly environment: SinkEnvironment; readonly sink: NotingSink }[] = []

addSinkProvider({
  name: 'noting', modes: ['append'], kind: 'sink',
  shared: options => options['cluster'] as string | undefined,
  open: async (options, environment) => {
    if (options['fails'] === true) throw new Error('The cluster is away.')
    const sink = new NotingSink(String(options['cluster']))
    opened.push({ environment, sink })
    return sink
  },
  writer: async (_options, columns, environment) => new CollectWriter(columns, environment),
} satisfies SinkProvider)

const noting = (options: { readonly [name: string]: string | boolean }): SinkConnector => sinkConnector('noting', options, () => {})

/** Two good lines and a bad one, written to these sinks. */
async function run(sink: SinkConnector, deadLetters: SinkConnector): Promise<void> {
  opened.length = 0
  const folder = await tempFolder()
  await mkdir(join(folder, 'in'))
  await writeFile(join(folder, 'in', 'a.jsonl'), '{"id":1}\n!\n{"id":2}\n')
  await using session = await Session.start()
  const query = await session
    .readStream(files({ path: join(folder, 'in'), format: 'jsonl', schema: schema({ id: t.integer() }), onBadRecord: 'deadLetter' }))
    .writeStream({ sink, deadLetters, checkpointLocation: join(folder, 'checkpoint'), trigger: Trigger.availableNow() })
    .start()
  await query.awaitTermination()
}

test('sinks with the same key are opened as one, under the name of the first, and get the parts of all', async () => {
  await run(noting({ cluster: 'a' }), noting({ cluster: 'a', topic: 'dead' }))
  expect(opened.map(({ environment: { name, others } }) => [name, others?.map(o => [o.name, o.options, o.schema.fields[0].name])])).toEqual([
    ['output', [['deadLetters', { cluster: 'a', topic: 'dead' }, 'origin']]],
  ])
  expect(opened[0].sink).toMatchObject({ rows: [3], closed: 1 })
})

test('sinks with other keys are opened each by itself', async () => {
  await run(noting({ cluster: 'a' }), noting({ cluster: 'b' }))
  expect(opened.map(({ environment: { name, others }, sink }) => [name, others, sink.rows])).toEqual([['output', [], [2]], ['deadLetters', [], [1]]])
})

test('when one cannot be opened, those that are open are closed', async () => {
  await expect(run(noting({ cluster: 'a' }), noting({ cluster: 'b', fails: true }))).rejects.toMatchObject({ code: 'EXEC_FAILED' })
  expect(opened.map(o => o.sink.closed)).toEqual([1])
})
