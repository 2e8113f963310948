import { files, schema, Session, t } from 'millrace'
import { expect, test } from 'vitest'
import { temporaryFolder, writeJsonLines } from '../streaming/support.ts'

const row = schema({ user: t.string() })

test('progress of a query that fails completes: a subscriber without an error handler does not end the program', async () => {
  const folder = await temporaryFolder()
  await writeJsonLines(`${folder}/in`, { 'a.jsonl': [{ user: 7 }] })
  await using session = await Session.start()
  const query = await session
    .readStream(files({ path: `${folder}/in`, format: 'jsonl', schema: row }))
    .writeStream({ sink: files({ path: `${folder}/out`, format: 'jsonl' }), checkpointLocation: `${folder}/ck` })
    .start()
  const told: string[] = []
  session.streams.addListener({ onQueryTerminated: e => void told.push(e.exception?.name ?? 'no error') })
  query.progress.subscribe(p => void told.push(`batch ${p.batchId}`))
  query.progress.subscribe({ complete: () => void told.push('complete'), error: () => void told.push('error') })
  await expect(query.awaitTermination()).rejects.toMatchObject({ code: 'EXEC_FAILED' })
  expect([told, query.exception]).toEqual([['QueryError', 'complete'], expect.objectContaining({ code: 'EXEC_FAILED' })])
})
