import { cp, mkdtemp, readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { nodePorts } from '../../../common/node/node-ports.ts'
import { addInput, flipJob, runFlipQuery, visibleOutput } from './flip-query.ts'

/** A checkpoint with its outputs as a run left them, and what must come out in the end. */
export interface FlipTemplate {
  readonly root: string
  readonly input: string
  /** Files that a bit may flip in, with their sizes. */
  readonly targets: readonly { readonly path: string; readonly bytes: number }[]
  readonly expected: ReadonlyMap<string, string>
}

/**
 * Makes two templates in a temporary folder: one that came to a clean end, and one whose last batch was prepared and not
 * published. Several starts lie behind both, so that LevelDB has tables as well as a log.
 */
export async function makeTemplates(): Promise<{ readonly work: string; readonly templates: readonly FlipTemplate[] }> {
  const work = await mkdtemp(join(tmpdir(), 'millrace-flip-'))
  const input = join(work, 'in')
  const clean = join(work, 'clean')
  for (const [from, to] of [[0, 1], [1, 3], [3, 5], [5, 6]]) {
    await addInput(input, from, to)
    await runFlipQuery(clean, input)
  }
  await addInput(input, 6, 7)
  const doubtful = join(work, 'doubtful')
  await cp(clean, doubtful, { recursive: true, preserveTimestamps: true })
  const stopped = await runFlipQuery(doubtful, input, failingBeforeSlot('_manifest/slot/0', 2)).then(() => false, () => true)
  if (!stopped) throw new Error('The second template should have stopped before its last batch was published.')
  await addInput(input, 7, flipJob.files.length)
  const whole = join(work, 'whole')
  await cp(clean, whole, { recursive: true, preserveTimestamps: true })
  await runFlipQuery(whole, input)
  const expected = await visibleOutput(whole)
  return { work, templates: await Promise.all([clean, doubtful].map(async root => ({ root, input, expected, targets: await targets(root) }))) }
}

/** Ports on which the nth link to such a name, and all that follow, fail. */
function failingBeforeSlot(part: string, nth: number): typeof nodePorts {
  let links = 0
  const files = Object.create(nodePorts.files, {
    link: {
      value: (from: string, to: string) => {
        // The fences of the two sinks are the first links.
        if (to.includes(part) && ++links > nth) throw Object.assign(new Error('EIO: i/o error, link'), { code: 'EIO' })
        return nodePorts.files.link(from, to)
      },
    },
  }) as typeof nodePorts.files
  return { ...nodePorts, files }
}

/** Everything in the checkpoint, and the logs of the file sinks. */
async function targets(root: string): Promise<FlipTemplate['targets']> {
  const found: { path: string; bytes: number }[] = []
  for (const folder of [`${root}/checkpoint`, ...flipJob.sinks.map(s => `${root}/${s.role}/_manifest`)]) {
    for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
      const path = join(entry.parentPath, entry.name)
      const { size } = await stat(path)
      if (entry.isFile() && size > 0) found.push({ path: relative(root, path), bytes: size })
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}
