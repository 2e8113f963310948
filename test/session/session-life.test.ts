import { access } from 'node:fs/promises'
import { memory, MemorySource, noop, schema, Session, t } from 'millrace'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'

const row = schema({ n: t.int32() })

async function idle(executors = 0) {
  const folder = await temporaryFolder()
  const session = await Session.start({ executors })
  const frame = session.readStream(memory(new MemorySource(row)))
  const table = session.readBatch(memory(new MemorySource(row)))
  const writer = (place = 'ck', name?: string) => frame.writeStream({ sink: noop(), checkpointLocation: `${folder}/${place}`, ...(name === undefined ? {} : { name }) })
  return { folder, session, table, writer }
}

test('a query that is being opened when its session stops ends with it', async () => {
  const { folder, session, writer } = await idle()
  const told: string[] = []
  session.streams.addListener({ onQueryStarted: () => void told.push('started'), onQueryTerminated: () => void told.push('terminated') })
  // At once, and in the middle of the opening: its folder is there.
  const first = expect(writer('first').start()).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
  const second = expect(writer('second').start()).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
  while (!(await access(`${folder}/second`).then(() => true, () => false)));
  await session.stop()
  expect([session.streams.active, told]).toEqual([[], []])
  await Promise.all([first, second])
  // Its checkpoint is free.
  await using other = await Session.start()
  const again = await other.readStream(memory(new MemorySource(row))).writeStream({ sink: noop(), checkpointLocation: `${folder}/second` }).start()
  await again.stop()
})

test('frames of a session that was stopped neither start nor collect', async () => {
  const { folder, session, table, writer } = await idle(1)
  await session.stop()
  await expect(writer().start()).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
  await expect(table.collect()).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
  await expect(access(`${folder}/ck`)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('of two that start at once under one name, one has it', async () => {
  const { session, writer } = await idle()
  const started = await Promise.allSettled([writer('a', 'same').start(), writer('b', 'same').start()])
  expect(started.map(s => s.status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(started.find(s => s.status === 'rejected')?.reason).toMatchObject({ code: 'SESSION_NAME_IN_USE', context: { name: 'same' } })
  expect(session.streams.active).toHaveLength(1)
  await session.stop()
})

test('a name is free again after an opening that failed', async () => {
  const { session, writer } = await idle()
  const holder = await writer('taken', 'holder').start()
  await expect(writer('taken', 'second').start()).rejects.toMatchObject({ code: 'CHECKPOINT_IN_USE' })
  const second = await writer('free', 'second').start()
  expect([holder.name, second.name]).toEqual(['holder', 'second'])
  await session.stop()
})
