import { readdir, rm } from 'node:fs/promises'
import { memory, MemorySource, noop, schema, Session, t, Trigger } from 'millrace'
import { expect, test } from 'vitest'
import { checkpointCommand } from '../../src/cli/checkpoint-command.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { temporaryFolder } from '../streaming/support.ts'

async function command(...args: string[]) {
  const out: string[] = []
  const errors: string[] = []
  const code = await checkpointCommand(args, { out: text => out.push(text), err: text => errors.push(text) }, nodePorts)
  return { code, out: out.join('\n'), mistake: errors.join('\n').split('\n')[0] }
}

test('what is wrong with the arguments is said before the usage, with exit code 2', async () => {
  expect([
    await command(),
    await command('verfy', 'x'),
    await command('show'),
    await command('show', 'x', 'y'),
    await command('show', 'x', '--jsn'),
  ]).toEqual([
    'What to do with a checkpoint is missing: show or verify.',
    'There is no command "checkpoint verfy", only "show" and "verify".',
    'The folder is missing: millrace checkpoint show DIR.',
    'One folder at a time: "y" is too many.',
    'There is no option "--jsn", only "--json" and "--help".',
  ].map(mistake => ({ code: 2, out: '', mistake })))
  expect(await command('show', '--help')).toMatchObject({ code: 0, out: expect.stringContaining('millrace checkpoint verify DIR') as string })
})

test('a checkpoint whose state was removed is not called sound without a word', async () => {
  const folder = `${await temporaryFolder()}/checkpoint`
  const source = new MemorySource(schema({ n: t.int32() }))
  source.addData([{ n: 1 }])
  await using session = await Session.start()
  const query = await session.readStream(memory(source)).writeStream({ sink: noop(), trigger: Trigger.availableNow(), checkpointLocation: folder }).start()
  await query.awaitTermination()
  const empty = 'There is no batch in it: the query has not finished one yet, or the folder state/ was removed.'
  expect((await command('verify', folder)).out).not.toContain(empty)
  expect((await command('show', folder)).out).not.toContain(empty)
  await rm(`${folder}/state`, { recursive: true })
  const before = await readdir(folder)
  expect((await command('verify', folder)).out).toContain(empty)
  expect((await command('show', folder)).out).toContain(empty)
  expect(JSON.parse((await command('verify', folder, '--json')).out)).toEqual({ checked: 1, problems: [] })
  expect(JSON.parse((await command('show', folder, '--json')).out)).toMatchObject({ lastBatchId: -1, preparedBatchId: null, batches: [] })
  expect((await command('show', folder)).out).toContain(', no batch yet,')
  // Whoever looks leaves it as it is.
  expect(await readdir(folder)).toEqual(before)
})
