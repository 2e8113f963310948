import { join } from 'node:path'
import { expect, test } from 'vitest'
import { count, files, first, schema, Session, t, Trigger, window } from 'millrace'
import { temporaryFolder, writeJsonLines } from '../streaming/support.ts'

const event = schema({ at: t.timestamp(), n: t.int32() })

test('an aggregate that depends on the order of rows needs whole windows, and a checkpoint with panes is refused by name', async () => {
  const folder = await temporaryFolder()
  await writeJsonLines(join(folder, 'in'), { 'a.jsonl': [{ at: '2024-03-01T10:00:00Z', n: 1 }, { at: '2024-03-01T11:00:00Z', n: 2 }] })
  await using session = await Session.start()
  const groups = session
    .readStream(files({ path: join(folder, 'in'), format: 'jsonl', schema: event }))
    .withWatermark('at', '0 seconds')
    .groupBy(window('at', '10 minutes', { slide: '5 minutes' }))
  const options = { sink: files({ path: join(folder, 'out'), format: 'jsonl' }), trigger: Trigger.availableNow(), checkpointLocation: join(folder, 'ck') } as const
  await (await groups.agg(() => ({ rows: count() })).writeStream(options).start()).awaitTermination()
  const appended = groups.agg(({ n }) => ({ rows: count(), early: first(n) })).writeStream(options)
  await expect(appended.start()).rejects.toMatchObject({
    code: 'CHECKPOINT_KEY_INCOMPATIBLE',
    message: expect.stringContaining('"aggregate-0" does not fit its checkpoint: its time was a window of 10 minutes every 5 minutes, kept in panes of 5 minutes and is a window of 10 minutes every 5 minutes'),
  })
})
