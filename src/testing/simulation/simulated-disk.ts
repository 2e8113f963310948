import type { SeededRandom } from './seeded-random.ts'
import type { StoreContent } from './store-content.ts'
import { systemError } from './system-error.ts'

export class FileNode {
  readonly kind = 'file'
  readonly id: number
  bytes: Uint8Array = new Uint8Array(0)
  length = 0
  /** What a power loss leaves for certain. Files only grow at the end, so a length says it. */
  syncedLength = 0
  /**
   * A sync has failed: the kernel took the pages for written and will not write them again, so later syncs succeed and
   * save nothing of them.
   */
  syncBroken = false
  mtimeMs = 0
  /** The key-value store whose directory this file marks. */
  store: StoreContent | null = null

  constructor(id: number) {
    this.id = id
  }

  append(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.length + bytes.length, this.bytes.length * 2))
      grown.set(this.bytes.subarray(0, this.length))
      this.bytes = grown
    }
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }
}

export class DirectoryNode {
  readonly kind = 'directory'
  readonly id: number
  readonly entries = new Map<string, FileNode | DirectoryNode>()
  mtimeMs = 0

  constructor(id: number) {
    this.id = id
  }
}

export type Node = FileNode | DirectoryNode

/** One name that changed its meaning. */
interface NameChange {
  readonly directory: DirectoryNode
  readonly name: string
  readonly before: Node | undefined
  readonly after: Node | undefined
}

/** What a power loss leaves of what was not synced. */
export type Unsynced = 'nothing' | 'everything' | 'random'

const sectorBytes = 512

/**
 * The disk of a simulated machine: files and directories as running programs see them, and what of it is not durable
 * yet. Of the changes of one name a power loss keeps the first few; a rename happens wholly or not at all.
 */
export class SimulatedDisk {
  readonly root = new DirectoryNode(1)
  readonly #random: SeededRandom
  #lastId = 1
  /** Changes of names since the last sync of their directory, oldest first; those of one array belong together. */
  #pending: (readonly NameChange[])[] = []
  readonly #files = new Set<FileNode>()
  readonly #stores = new Set<StoreContent>()

  constructor(random: SeededRandom) {
    this.#random = random
  }

  newFile(): FileNode {
    return new FileNode(++this.#lastId)
  }

  newDirectory(): DirectoryNode {
    return new DirectoryNode(++this.#lastId)
  }

  /** Gives names new meanings (undefined: none), as one atomic change. */
  change(...names: readonly { readonly directory: DirectoryNode; readonly name: string; readonly to: Node | undefined }[]): void {
    const changes = names.map(({ directory, name, to }) => ({ directory, name, before: directory.entries.get(name), after: to }))
    for (const c of changes) setName(c.directory, c.name, c.after)
    this.#pending.push(changes)
  }

  wrote(file: FileNode): void {
    this.#files.add(file)
  }

  /** How many of n bytes a write that is cut short has done. */
  partOf(n: number): number {
    return this.#random.below(n + 1)
  }

  syncFile(file: FileNode): void {
    if (!file.syncBroken) file.syncedLength = file.length
  }

  /** The directory of an absolute path, made with its parents and durable at once. */
  makeDurableDirectory(path: string): DirectoryNode {
    let at = this.root
    for (const name of path.split('/')) {
      if (name === '') continue
      let next = at.entries.get(name)
      if (next === undefined) {
        next = this.newDirectory()
        this.change({ directory: at, name, to: next })
        this.syncDirectory(at)
      }
      if (next.kind === 'file') throw systemError('ENOTDIR', 'mkdir', path)
      at = next
    }
    return at
  }

  addStore(content: StoreContent): void {
    this.#stores.add(content)
  }

  /**
   * Makes the names of a directory durable. Of a rename into it from another directory the new name is durable then, and
   * the old one is gone for certain only once the other directory is synced too.
   */
  syncDirectory(directory: DirectoryNode): void {
    this.#pending = this.#pending.flatMap(changes => {
      const inside = changes.filter(c => c.directory === directory)
      if (inside.length === 0) return [changes]
      const outside = changes.filter(c => c.directory !== directory)
      const removedInside = inside.some(c => c.after === undefined)
      return outside.length === 0 || removedInside ? [] : [outside]
    })
  }

  /** Takes away what was not synced, or parts of it, and leaves the rest durable. */
  losePower(unsynced: Unsynced): void {
    const keep = (n: number): number => (unsynced === 'nothing' ? 0 : unsynced === 'everything' ? n : this.#random.below(n + 1))
    const lost = new Set<readonly NameChange[]>()
    for (const related of relatedChanges(this.#pending)) for (const changes of related.slice(keep(related.length))) lost.add(changes)
    for (const changes of this.#pending.toReversed()) {
      if (lost.has(changes)) for (const c of changes) setName(c.directory, c.name, c.before)
    }
    this.#pending = []
    for (const file of this.#files) this.#tear(file, keep, unsynced === 'random')
    this.#files.clear()
    for (const store of this.#stores) store.losePower(keep)
  }

  /** What was not synced of a file ends somewhere, and sectors before that may never have been written. */
  #tear(file: FileNode, keep: (n: number) => number, holes: boolean): void {
    file.length = file.syncedLength + keep(file.length - file.syncedLength)
    if (holes && this.#random.chance(0.5)) {
      for (let at = file.syncedLength; at < file.length; at += sectorBytes - (at % sectorBytes)) {
        if (this.#random.chance(0.3)) file.bytes.fill(0, at, Math.min(file.length, at + sectorBytes - (at % sectorBytes)))
      }
    }
    file.syncedLength = file.length
    file.syncBroken = false
  }
}

function setName(directory: DirectoryNode, name: string, to: Node | undefined): void {
  if (to === undefined) directory.entries.delete(name)
  else directory.entries.set(name, to)
}

/** Changes grouped so that those of one name, and names joined by a rename, are together, oldest first. */
function relatedChanges(pending: readonly (readonly NameChange[])[]): (readonly NameChange[])[][] {
  let groups: { names: Set<string>; changes: (readonly NameChange[])[] }[] = []
  for (const changes of pending) {
    const names = new Set(changes.map(c => `${c.directory.id}/${c.name}`))
    const related = groups.filter(g => [...names].some(name => g.names.has(name)))
    const joined = {
      names: new Set([...names, ...related.flatMap(g => [...g.names])]),
      changes: pending.filter(c => c === changes || related.some(g => g.changes.includes(c))),
    }
    groups = [...groups.filter(g => !related.includes(g)), joined]
  }
  return groups.map(g => g.changes)
}
