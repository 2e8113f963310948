import { makeError, messageOf } from '../common/errors.ts'
import type { Ports } from '../common/ports.ts'
import { Checkpoint } from '../checkpoint/checkpoint.ts'
import { lockExisting } from '../checkpoint/directory.ts'
import { existingStores } from '../checkpoint/existing-store.ts'
import { inspectCheckpoint, showCheckpoint } from '../checkpoint/inspect.ts'
import { LevelStoreProvider } from '../checkpoint/level-store.ts'
import { SpoolFiles } from '../checkpoint/spool-files.ts'
import { verifyCheckpoint, type VerifyResult } from '../checkpoint/verify.ts'
import { verifyIngestLog } from '../sources/socket/verify-log.ts'
import type { CommandOutput } from './output.ts'
import { checkpointUsage } from './usage-texts.ts'

/** What is gone cannot be verified: an empty store looks the same as a new one. */
const noBatch = 'There is no batch in it: the query has not finished one yet, or the folder state/ was removed.'

/** `millrace checkpoint show|verify DIR [--json]`. */
export async function checkpointCommand(args: readonly string[], output: CommandOutput, ports: Ports): Promise<number> {
  const json = args.includes('--json')
  const [verb, location, ...more] = args.filter(a => !a.startsWith('-'))
  if (args.includes('--help')) {
    output.out(checkpointUsage)
    return 0
  }
  const mistake = mistakeIn(args, verb, location, more)
  if (mistake !== undefined) {
    output.err(`${mistake}\n\n${checkpointUsage}`)
    return 2
  }
  const stat = await ports.files.stat(location)
  if (stat?.kind !== 'directory') {
    throw makeError('CHECKPOINT_NOT_FOUND', `There is no checkpoint folder "${location}". Give the checkpointLocation of a query.`, { context: { location } })
  }
  const provider = new LevelStoreProvider(ports)
  const directory = await lockExisting(location, provider, ports)
  try {
    const checkpoint = await Checkpoint.open(directory, existingStores(provider, ports.files))
    try {
      if (verb === 'show') {
        const shown = await inspectCheckpoint(checkpoint)
        output.out(json ? JSON.stringify(shown, null, 2) : showCheckpoint(shown))
        if (!json && shown.lastBatchId < 0 && shown.preparedBatchId === null) output.out(noBatch)
        return 0
      }
      const { empty, ...result } = await verifyAll(checkpoint, location, ports)
      if (json) output.out(JSON.stringify(result, null, 2))
      else {
        for (const problem of result.problems) output.out(`DAMAGED ${problem.key}: ${problem.reason}`)
        output.out(`${result.checked} entries checked, ${result.problems.length} damaged`)
        if (empty) output.out(noBatch)
      }
      return result.problems.length === 0 ? 0 : 1
    } finally {
      await checkpoint.closeStore()
    }
  } finally {
    await directory.lock.close()
  }
}

function mistakeIn(args: readonly string[], verb: string | undefined, location: string | undefined, more: readonly string[]): string | undefined {
  const unknown = args.find(a => a.startsWith('-') && a !== '--json')
  if (unknown !== undefined) return `There is no option "${unknown}", only "--json" and "--help".`
  if (verb === undefined) return 'What to do with a checkpoint is missing: show or verify.'
  if (verb !== 'show' && verb !== 'verify') return `There is no command "checkpoint ${verb}", only "show" and "verify".`
  if (location === undefined) return `The folder is missing: millrace checkpoint ${verb} DIR.`
  if (more.length > 0) return `One folder at a time: "${more[0]}" is too many.`
  return undefined
}

/** The checkpoint's own entries, the kept output of a batch in doubt, and the lines that socket sources keep beside them. */
async function verifyAll(checkpoint: Checkpoint, location: string, { files }: Ports): Promise<VerifyResult & { readonly empty: boolean }> {
  const own = await verifyCheckpoint(checkpoint)
  const problems = [...own.problems]
  let { checked } = own
  // A record or description that cannot be read is among the problems already.
  const description = await checkpoint.description().catch(() => null)
  const view = await checkpoint.view().catch(() => null)
  for (const { prepared: { record, attempt, spooled } } of view?.candidates ?? []) {
    if (spooled === null || spooled.bytes === 0) continue
    checked++
    await new SpoolFiles(files, location).read(record.batchId, attempt, spooled, () => Promise.resolve()).catch((error: unknown) => problems.push({ key: `spool/${record.batchId}`, reason: messageOf(error) }))
  }
  for (const { name, provider } of description?.sources ?? []) {
    if (provider !== 'socket') continue
    const key = `sources/${name}`
    const end = view?.committed?.prepared.record.sources[name]?.end ?? 0
    const log = await verifyIngestLog(files, `${location}/${key}`, end as number)
    checked += log.checked
    if (log.reason !== undefined) problems.push({ key, reason: log.reason })
  }
  return { checked, problems, empty: view !== null && view.committed === null && view.candidates.length === 0 }
}
