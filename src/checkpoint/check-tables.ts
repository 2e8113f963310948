import type { FileSystem } from '../common/file-system.ts'
import { storeCorrupt } from './level-errors.ts'
import { liveTables } from './level-manifest.ts'
import { tableDamage } from './level-table.ts'

/**
 * Compares the checksums of all tables of a store before LevelDB opens it. LevelDB itself does not look at them: it would
 * read garbage, and a damaged key makes its compaction end the whole process.
 * @throws CheckpointError CHECKPOINT_CORRUPT naming file and byte
 */
export async function checkTables(files: FileSystem, directory: string): Promise<void> {
  const names = (await files.list(directory)).map(entry => entry.name)
  let live: ReadonlySet<number> | null = null
  for (const name of names) {
    const number = /^(\d+)\.(?:ldb|sst)$/.exec(name)?.[1]
    if (number === undefined) continue
    const damage = tableDamage(await files.readFile(`${directory}/${name}`))
    if (damage === null) continue
    live ??= await namedTables(files, directory)
    // A table that nobody names is what a crash in the middle of a compaction left; LevelDB removes it.
    if (live.has(Number(number))) throw storeCorrupt(directory, `in ${name} ${damage}`)
  }
}

/** Empty when the manifest cannot be followed: then LevelDB refuses the store with its own reason. */
async function namedTables(files: FileSystem, directory: string): Promise<ReadonlySet<number>> {
  try {
    const current = new TextDecoder().decode(await files.readFile(`${directory}/CURRENT`)).trim()
    return liveTables(await files.readFile(`${directory}/${current}`))
  } catch {
    return new Set()
  }
}
