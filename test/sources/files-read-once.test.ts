import { mkdir, symlink } from 'node:fs/promises'
import { files, noop, schema, Session, t, Trigger } from 'millrace'
import { expect, test } from 'vitest'
import { temporaryFolder, writeJsonLines } from '../streaming/support.ts'

const user = schema({ user: t.string() })
const from = (path: string) => files({ path, format: 'jsonl', schema: user })

test('a pattern that nothing fits is refused where it is read once: a misspelled one would be an empty table', async () => {
  const folder = await temporaryFolder()
  await writeJsonLines(`${folder}/in`, { 'a.jsonl': [{ user: 'ann' }] })
  await mkdir(`${folder}/in/empty`)
  await using session = await Session.start()
  for (const pattern of ['in/*.json', 'in/{b,c}.jsonl', 'i*/b.jsonl', 'in/**/b.jsonl']) {
    const path = `${folder}/${pattern}`
    await expect(session.readBatch(from(path)).collect(), pattern).rejects.toMatchObject({ code: 'SOURCE_PATH_MISSING', sparkCondition: 'PATH_NOT_FOUND', context: { path, resolved: path } })
  }
  await symlink(`${folder}/in/a.jsonl`, `${folder}/in/linked.json`)
  await expect(session.readBatch(from(`${folder}/in/*.json`)).collect()).rejects.toMatchObject({
    code: 'SOURCE_PATH_MISSING', message: expect.stringContaining('but symbolic links such as "linked.json", which are not followed') as string,
  })
})

test('an empty folder, or one that fits the pattern, is a table without rows', async () => {
  const folder = await temporaryFolder()
  await mkdir(`${folder}/in/empty`, { recursive: true })
  await using session = await Session.start()
  for (const path of ['in', 'in/empty', 'in/*', 'in/**', '*/empty']) expect(await session.readBatch(from(`${folder}/${path}`)).collect(), path).toEqual([])
})

test('so is the static side of a join, and a stream waits for files that fit', async () => {
  const folder = await temporaryFolder()
  await writeJsonLines(`${folder}/in`, { 'a.jsonl': [{ user: 'ann' }] })
  await using session = await Session.start()
  const start = (stream: string, table: string, checkpoint: string) =>
    session
      .readStream(from(`${folder}/in/${stream}`))
      .join(session.readBatch(from(`${folder}/in/${table}`)), { on: ['user'], how: 'inner' })
      .writeStream({ sink: noop(), trigger: Trigger.availableNow(), checkpointLocation: `${folder}/${checkpoint}` })
      .start()
  await expect(start('a.jsonl', 'b*', 'one')).rejects.toMatchObject({ code: 'SOURCE_PATH_MISSING', context: { path: `${folder}/in/b*` } })
  const query = await start('b*', 'a.jsonl', 'two')
  await query.awaitTermination()
  const once = await session.readStream(from(`${folder}/in/b*`)).writeStream({ sink: noop(), trigger: Trigger.once(), checkpointLocation: `${folder}/three` }).start()
  await once.awaitTermination()
})
