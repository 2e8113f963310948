import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { foreachBatch, memory, MemorySource, schema, Session, t } from 'millrace'
import { expect, test } from 'vitest'
import { checkpointCommand } from '../../src/cli/checkpoint-command.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { temporaryFolder } from '../streaming/support.ts'

const event = schema({ user: t.string() })

async function verify(location: string): Promise<{ code: number; problems: { key: string; reason: string }[] }> {
  const out: string[] = []
  const code = await checkpointCommand(['verify', location, '--json'], { out: text => out.push(text), err: text => out.push(text) }, nodePorts)
  return { code, problems: (JSON.parse(out.join('')) as { problems: { key: string; reason: string }[] }).problems }
}

/** Runs the query over the rows; a batch whose delivery fails is prepared and stays in doubt. Answers what was delivered. */
async function run(location: string, source: MemorySource<{ user: string }>, executors: number, fails: boolean): Promise<unknown[]> {
  const delivered: unknown[] = []
  const session = await Session.start({ executors })
  try {
    const query = await session
      .readStream(memory(source))
      .writeStream({
        sink: foreachBatch((batch, { batchId, isReplay }) => {
          if (fails) throw new Error('not today')
          delivered.push({ batchId, isReplay, rows: batch.rows() })
        }),
        checkpointLocation: location, spoolOutput: true,
      })
      .start()
    await query.processAllAvailable().catch(() => undefined)
  } finally {
    await session.stop()
  }
  return delivered
}

test.each([0, 2])('the output of a batch in doubt is a file of the checkpoint: read again, verified, and removed, with %i executors', async executors => {
  const location = join(await temporaryFolder(), 'checkpoint')
  const source = new MemorySource(event)
  source.addData([{ user: 'ann' }, { user: 'bob' }])
  expect(await run(location, source, executors, true)).toEqual([])
  const [name, ...others] = await readdir(join(location, 'spool'))
  expect(others).toEqual([])
  expect(name).toMatch(/^0000000000-0000000001-[0-9a-f]{16}$/)
  expect(await verify(location)).toEqual({ code: 0, problems: [] })

  const path = join(location, 'spool', name)
  const content = await readFile(path)
  const damaged = Buffer.from(content)
  damaged[20] ^= 4
  await writeFile(path, damaged)
  expect(await verify(location)).toMatchObject({ code: 1, problems: [{ key: 'spool/0', reason: expect.stringContaining(`"spool/${name}"`) }] })

  await writeFile(path, content)
  expect(await run(location, source, executors, false)).toEqual([{ batchId: 0, isReplay: true, rows: [{ user: 'ann' }, { user: 'bob' }] }])
  expect(await readdir(join(location, 'spool'))).toEqual([])
})
