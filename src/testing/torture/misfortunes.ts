import type { SeededRandom } from '../simulation/seeded-random.ts'
import type { DirectoryNode, FileNode } from '../simulation/simulated-disk.ts'
import { copyOf, putBack } from './copy-directory.ts'
import type { SinkRole } from './job.ts'
import { directoryAt, filesBelow } from './output-watch.ts'
import type { JobWorld } from './job-world.ts'
import { places } from './start-query.ts'
import type { Table } from './table-sink.ts'

/** What happens to a job beside crashes. */
export type Misfortune =
  /** Databases answer nothing to a third of the commits. */
  | 'lost answers'
  /** An older copy of the checkpoint is put back. */
  | 'restored checkpoint'
  /** A sink loses its marker, or goes back to an older state. */
  | 'lost marker'
  /** One write to the checkpoint vanishes although it was reported as done. */
  | 'dropped write'
  /** The newest snapshot is damaged. */
  | 'damaged snapshot'
  /** A second process on the same checkpoint, without a lock. */
  | 'zombie'
  /** A second process on a copy of the checkpoint. */
  | 'forked zombie'

interface TableCopy {
  readonly marker: Table['marker']
  readonly commits: number
}

/** Brings one misfortune over a job, once, between two lives. */
export class Fate {
  readonly #kind: Misfortune | null
  readonly #state: JobWorld
  readonly #random: SeededRandom
  #done = false
  #checkpoints: DirectoryNode[] = []
  readonly #tables = new Map<Table, TableCopy[]>()
  readonly #folders = new Map<string, DirectoryNode[]>()

  constructor(kind: Misfortune | null, state: JobWorld, random: SeededRandom) {
    this.#kind = kind
    this.#state = state
    this.#random = random
    if (kind === 'lost answers') for (const table of state.tables.values()) table.lossRate = 0.3
  }

  /** Between two lives; answers what happened, for the script. */
  strike(): string | null {
    if (this.#done) return null
    const happened = this.#strike()
    if (happened !== null) this.#done = true
    else this.#remember()
    return happened
  }

  /** Whether this write to the checkpoint vanishes. */
  dropsWrite(): boolean {
    if (this.#kind !== 'dropped write' || this.#done || !this.#random.chance(0.08)) return false
    this.#done = true
    return true
  }

  #strike(): string | null {
    const { world } = this.#state
    if (!this.#random.chance(0.4)) return null
    switch (this.#kind) {
      case 'restored checkpoint': {
        const copy = this.#checkpoints.at(this.#random.below(this.#checkpoints.length))
        if (copy === undefined) return null
        putBack(world.disk, places.checkpoint, copy)
        return 'an older copy of the checkpoint is put back'
      }
      case 'lost marker':
        return this.#loseMarker()
      case 'damaged snapshot':
        return damageSnapshot(this.#state, this.#random)
      default:
        return null
    }
  }

  #remember(): void {
    const { world, tables, watches } = this.#state
    if (this.#kind === 'restored checkpoint') {
      const copy = copyOf(world.disk, places.checkpoint)
      // Without its query's id a checkpoint would be that of another query.
      if (copy?.entries.has('metadata') === true) this.#checkpoints.push(copy)
    }
    if (this.#kind !== 'lost marker') return
    for (const table of tables.values()) this.#tables.set(table, [...(this.#tables.get(table) ?? []), { marker: table.marker, commits: table.commits.length }])
    for (const role of watches.keys()) {
      const copy = copyOf(world.disk, places.sink(role))
      if (copy !== undefined) this.#folders.set(role, [...(this.#folders.get(role) ?? []), copy])
    }
  }

  #loseMarker(): string | null {
    const { world, tables, watches } = this.#state
    const older = this.#random.chance(0.6)
    for (const [role, table] of tables) {
      if (this.#random.chance(0.5)) continue
      const copy = this.#tables.get(table)?.at(this.#random.below(this.#tables.get(table)?.length ?? 0))
      if (older && copy === undefined) return null
      table.marker = older ? (copy as TableCopy).marker : null
      if (older) table.commits.length = (copy as TableCopy).commits
      return `table ${role} ${older ? 'goes back to an older state' : 'loses its marker'}`
    }
    for (const [role, watch] of watches) {
      if (this.#random.chance(0.5)) continue
      const copies = this.#folders.get(role) ?? []
      if (older && copies.length === 0) return null
      if (older) putBack(world.disk, places.sink(role), copies[this.#random.below(copies.length)])
      else this.#loseLog(role)
      watch.forgetAll()
      return `files ${role} ${older ? 'go back to an older state' : 'lose their log'}`
    }
    return null
  }

  #loseLog(role: SinkRole): void {
    const folder = directoryAt(this.#state.world.disk, places.sink(role))
    if (folder === undefined) return
    if ([...filesBelow(folder, '', false)].some(([path]) => path.startsWith('_staging/'))) this.#state.unfinished.add(role)
    folder.entries.delete('_manifest')
  }
}

/** Takes away or changes one page of the newest snapshot. */
function damageSnapshot({ world }: JobWorld, random: SeededRandom): string | null {
  const current = directoryAt(world.disk, `${places.checkpoint}/state`)?.entries.get('CURRENT') as FileNode | undefined
  const entries = current?.store?.entries
  if (entries === undefined) return null
  const newest = [...entries.keys()].filter(k => k.startsWith('m/')).sort().at(-1)
  if (newest === undefined) return null
  const pages = [...entries.keys()].filter(k => k.startsWith(`s/${newest.slice(2)}/`))
  const page = pages.at(random.below(pages.length))
  if (page === undefined) return null
  if (random.chance(0.5)) {
    entries.delete(page)
    return `page ${page} vanishes`
  }
  const bytes = (entries.get(page) as Uint8Array).slice()
  bytes[random.below(bytes.length)] ^= 1 << random.below(8)
  entries.set(page, bytes)
  return `page ${page} is damaged`
}
