import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { memorySink, MemorySink, Session, socket } from 'millrace'
import { expect, onTestFinished, test, vi } from 'vitest'
import { checkpointCommand } from '../../src/cli/checkpoint-command.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { tempFolder } from './support.ts'

async function verify(location: string): Promise<{ code: number; problems: { key: string; reason: string }[] }> {
  const out: string[] = []
  const code = await checkpointCommand(['verify', location, '--json'], { out: text => out.push(text), err: text => out.push(text) }, nodePorts)
  return { code, problems: (JSON.parse(out.join('')) as { problems: { key: string; reason: string }[] }).problems }
}

test('millrace checkpoint verify reads the lines that a socket source keeps, and names the damaged file and byte', async () => {
  const server = createServer(connection => connection.on('error', () => {}).write('one\ntwo\nthree\n'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as { port: number }
  const location = join(await tempFolder(), 'checkpoint')
  const session = await Session.start()
  onTestFinished(() => session.stop())
  const sink = new MemorySink<{ value: string }>()
  const query = await session.readStream(socket({ host: '127.0.0.1', port })).writeStream({ sink: memorySink(sink), checkpointLocation: location }).start()
  await vi.waitUntil(() => sink.rows().length >= 3, { timeout: 20_000 })
  await query.stop()
  expect(await verify(location)).toEqual({ code: 0, problems: [] })

  const path = `${location}/sources/socket-0/0000000000000000.log`
  const content = await readFile(path)
  content[5] ^= 1
  await writeFile(path, content)
  expect(await verify(location)).toMatchObject({ code: 1, problems: [{ key: 'sources/socket-0', reason: expect.stringContaining(`at byte 0 of "${path}"`) }] })
  await rm(`${location}/sources`, { recursive: true })
  expect(await verify(location)).toMatchObject({ code: 1, problems: [{ key: 'sources/socket-0', reason: expect.stringContaining('Lines 0 to 2') }] })
})
