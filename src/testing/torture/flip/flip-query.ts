import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodePorts } from '../../../common/node/node-ports.ts'
import type { Ports } from '../../../common/ports.ts'
import { files } from '../../../session/connectors/files.ts'
import { Session } from '../../../session/session.ts'
import { fileText, type InputFile, type InputRow, type Job } from '../job.ts'
import { startQuery } from '../start-query.ts'

/** A windowed query over real files: small, but with snapshots, deltas, late rows and several batches. */
export const flipJob: Job = Object.freeze({
  seed: 0, shape: 'windows', maxFilesPerTrigger: 1, cleanSource: 'off', delaySeconds: 10, windowSeconds: 20, statePartitions: 2,
  snapshotInterval: 3, minBatchesToRetain: 2, spoolOutput: false, crashes: [], onceShare: 0, scored: false, nondeterministic: false, snapshotPageBytes: null, files: inputFiles(),
  sinks: [{ role: 'output', kind: 'files', maxRowsPerFile: null, partitioned: false }, { role: 'lateRows', kind: 'files', maxRowsPerFile: null, partitioned: false }],
} satisfies Job)

function inputFiles(): InputFile[] {
  let at = 1000
  return Array.from({ length: 9 }, (_, f) => ({
    name: `in-${f}.jsonl`, arrival: 0,
    rows: Array.from({ length: 3 }, (_, r): InputRow => {
      at += 5
      return { id: f * 3 + r, key: 'abc'[r], value: f === 4 ? null : f * 10 + r, at: f > 3 && r === 2 ? at - 70 : at, bad: false }
    }),
  }))
}

/** Files from `from` to before `to` come into the folder, each newer than the one before. */
export async function addInput(folder: string, from: number, to: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [n, file] of flipJob.files.entries()) {
    if (n < from || n >= to) continue
    await writeFile(join(folder, file.name), fileText(file))
    await utimes(join(folder, file.name), 1_700_000_000 + n, 1_700_000_000 + n)
  }
}

/** Runs the query over all that is there. `root` holds checkpoint and outputs. */
export async function runFlipQuery(root: string, input: string, ports: Ports = nodePorts): Promise<void> {
  const session = await Session.start({ statePartitions: flipJob.statePartitions, memoryBudgetBytes: 2 ** 30 }, { ports })
  try {
    const query = await startQuery(session, flipJob, {
      input, checkpoint: `${root}/checkpoint`, once: false,
      connect: role => files({ path: `${root}/${role}`, format: 'jsonl' }),
    })
    await query.awaitTermination()
  } finally {
    await session.stop()
  }
}

/** Every visible output file with its content, by path: what a plain reader sees. */
export async function visibleOutput(root: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const { role } of flipJob.sinks) {
    const folder = `${root}/${role}`
    const names = await readdir(folder).catch(() => [])
    for (const name of names.sort()) if (!/^[._]/.test(name)) found.set(`${role}/${name}`, await readFile(join(folder, name), 'utf8'))
  }
  return found
}
