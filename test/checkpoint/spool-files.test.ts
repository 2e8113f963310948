import { expect, test } from 'vitest'
import { SpoolFiles } from '../../src/checkpoint/spool-files.ts'
import { sha256 } from '../../src/common/digest.ts'
import { SimulatedWorld } from '../../src/testing/simulation/simulated-world.ts'
import { systemError } from '../../src/testing/simulation/system-error.ts'
import { directoryAt } from '../../src/testing/torture/output-watch.ts'
import type { FileNode } from '../../src/testing/simulation/simulated-disk.ts'

const attempt = { epoch: 3, random: '0123456789abcdef' }
const file = 'spool/0000000007-0000000003-0123456789abcdef'
const pieces = ['one', '', 'two', 'x'.repeat(3_000_000)].map(text => new TextEncoder().encode(text))
const all = pieces.reduce((text, piece) => text + new TextDecoder().decode(piece), '')

function machine() {
  const world = new SimulatedWorld({ seed: 1, unsynced: 'nothing' })
  const program = world.start()
  return { world, program, spool: new SpoolFiles(program.ports.files, '/checkpoint') }
}

function names(world: SimulatedWorld): string[] {
  return [...(directoryAt(world.disk, '/checkpoint/spool')?.entries.keys() ?? [])]
}

test('kept output survives a power loss as soon as it is written, and is read piece by piece', async () => {
  const { world, program, spool } = machine()
  const kept = await spool.write(7, attempt, pieces)
  expect(kept).toEqual({ bytes: all.length, digest: sha256(all) })
  world.crash('power', program.process)
  const later = new SpoolFiles(world.start().ports.files, '/checkpoint')
  const text = async (next: (n: number) => Promise<Uint8Array>, n: number): Promise<string> => new TextDecoder().decode(await next(n))
  expect(await later.read(7, attempt, kept, async next => [await text(next, 3), await text(next, 3), await text(next, 2)])).toEqual(['one', 'two', 'xx'])
})

test('damage is refused by the name of the file before anything of it is used', async () => {
  const { world, spool } = machine()
  const kept = await spool.write(7, attempt, pieces)
  const reading = (expected = kept): Promise<unknown> => spool.read(7, attempt, expected, () => Promise.reject(new Error('used')))
  await expect(reading({ ...kept, bytes: kept.bytes + 1 })).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT', message: expect.stringContaining(`"${file}" of the checkpoint is damaged: it has 3000006 bytes instead of 3000007`) })
  const node = directoryAt(world.disk, '/checkpoint/spool')?.entries.get(file.slice(6)) as FileNode
  node.bytes[2_000_000] ^= 1
  await expect(reading()).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT', message: expect.stringContaining('its SHA-256 is'), context: { file } })
  await spool.removeUpTo(7)
  await expect(reading()).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT', message: expect.stringContaining('it is missing') })
})

test('a reader that asks for more than there is hears of the file', async () => {
  const { spool } = machine()
  const kept = await spool.write(7, attempt, [new Uint8Array(10)])
  await expect(spool.read(7, attempt, kept, next => next(11))).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT', message: expect.stringContaining('it ends 1 bytes early') })
})

test('a full disk is a typed error that names the file', async () => {
  const { program, spool } = machine()
  program.process.onStep = step => {
    if (step.kind === 'write') throw systemError('ENOSPC', 'write', step.path)
  }
  await expect(spool.write(7, attempt, pieces)).rejects.toMatchObject({ code: 'CHECKPOINT_IO_FAILED', message: expect.stringContaining(`"${file}" of the checkpoint could not be written: ENOSPC`), context: { file, action: 'written' } })
})

test('all attempts at batches up to one are removed, those of later ones and what is not ours stay', async () => {
  const { world, program, spool } = machine()
  for (const batchId of [6, 7, 8]) await spool.write(batchId, attempt, [new Uint8Array(1)])
  await spool.write(7, { ...attempt, epoch: 4 }, [new Uint8Array(1)])
  await (await program.ports.files.create('/checkpoint/spool/notes.txt')).close()
  await spool.removeUpTo(7)
  expect(names(world)).toEqual(['0000000008-0000000003-0123456789abcdef', 'notes.txt'])
  // A new process finds what was left.
  await new SpoolFiles(program.ports.files, '/checkpoint').removeUpTo(8)
  expect(names(world)).toEqual(['notes.txt'])
})
