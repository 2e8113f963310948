import { expect, test } from 'vitest'
import type { FileSystem } from '../../src/common/file-system.ts'
import { type CrashMode, SimulatedCrash } from '../../src/testing/simulation/simulated-crash.ts'
import { SimulatedWorld } from '../../src/testing/simulation/simulated-world.ts'

/*
 * A record is put under a final name so that it is there wholly or not at all, and is there for good once the program
 * says so. Each of the steps that may be left out is one that only a power loss can miss.
 */
const content = new Uint8Array(1500).fill(7)

async function putRecord(files: FileSystem, leaveOut: string): Promise<void> {
  const file = await files.create('/log/.tmp')
  await file.write(content)
  if (leaveOut !== 'sync of the file') await file.sync()
  await file.close()
  await files.link('/log/.tmp', '/log/1')
  await files.remove('/log/.tmp')
  if (leaveOut !== 'sync of the directory') await files.syncDirectory('/log')
}

async function makeLog(files: FileSystem, leaveOut: string): Promise<void> {
  await files.makeDirectory('/log')
  if (leaveOut !== 'sync of the parent') await files.syncDirectory('/')
}

/** Whether a crash at the given step breaks the promise. */
async function breaks(mode: CrashMode, leaveOut: string, crashAt: number, seed: number): Promise<boolean> {
  const world = new SimulatedWorld({ seed })
  const { process, ports } = world.start()
  let promised = false
  process.onStep = step => {
    if (step.index === crashAt) throw new SimulatedCrash(mode)
  }
  const program = async (): Promise<void> => {
    await makeLog(ports.files, leaveOut)
    await putRecord(ports.files, leaveOut)
    promised = true
    // What comes later must not be needed for the promise.
    await ports.files.create('/later')
  }
  await Promise.race([program(), process.died])
  const { files } = world.start().ports
  const found = (await files.stat('/log/1')) === undefined ? undefined : await files.readFile('/log/1')
  return found === undefined ? promised : Buffer.compare(found, content) !== 0
}

async function countBroken(mode: CrashMode, leaveOut: string): Promise<number> {
  let broken = 0
  for (let crashAt = 0; crashAt <= 8; crashAt++) {
    for (let seed = 0; seed < 20; seed++) if (await breaks(mode, leaveOut, crashAt, seed)) broken++
  }
  return broken
}

test.each([
  ['nothing', 0],
  ['sync of the file', 1],
  ['sync of the directory', 1],
  ['sync of the parent', 1],
])('a record put with %s left out: kills never show it, power losses do', async (leaveOut, expected) => {
  expect(await countBroken('kill', leaveOut)).toBe(0)
  expect(Math.min(1, await countBroken('power', leaveOut))).toBe(expected)
})
