import type { DirectoryEntry, FileStat, FileSystem, ReadableFile, WritableFile } from '../../src/common/file-system.ts'

/** Thrown by a file system whose process has died. */
export class Crash extends Error {}

interface FileNode {
  readonly kind: 'file'
  readonly inode: number
  data: Uint8Array
  synced: Uint8Array
}
interface DirectoryNode {
  readonly kind: 'directory'
  readonly inode: number
  entries: Map<string, Node>
  durable: Map<string, Node>
}
type Node = FileNode | DirectoryNode

/** One change of names that a power loss may undo: a rename is undone as a whole. */
interface NameChange {
  readonly remove?: { readonly directory: DirectoryNode; readonly name: string }
  readonly add?: { readonly directory: DirectoryNode; readonly name: string; readonly node: Node }
}

/**
 * A disk in memory that knows what was synced. Steps are counted; at the chosen one the process dies, before or after
 * the step took effect. powerLoss() then undoes what was not synced, all of it or a random choice.
 */
export class SimulatedDisk {
  #inode = 1
  #root: DirectoryNode = this.#directory()
  #pending: NameChange[] = []
  steps = 0
  crashAt = Infinity
  /** 0: before the step, 1: after it. */
  crashAfter = 0
  /** Called before each step; a test may let another process run here. */
  beforeStep: ((step: number, what: string) => Promise<void>) | undefined

  restart(): void {
    this.steps = 0
    this.crashAt = Infinity
  }

  powerLoss(keep: () => boolean = () => false): void {
    for (const change of this.#pending) if (keep()) this.#applyDurably(change)
    this.#pending = []
    const revive = (directory: DirectoryNode): void => {
      directory.entries = new Map(directory.durable)
      for (const node of directory.entries.values()) {
        if (node.kind === 'directory') revive(node)
        else if (!keep()) node.data = node.synced
        else node.synced = node.data
      }
    }
    revive(this.#root)
  }

  files(): FileSystem {
    const disk = this
    return {
      async open(path): Promise<ReadableFile> {
        const node = disk.#file(path)
        return {
          size: node.data.length,
          async read(buffer, offset, length, position) {
            const part = node.data.subarray(position, position + length)
            buffer.set(part, offset)
            return part.length
          },
          async close() {},
        }
      },
      create: path => disk.#step(`create ${path}`, () => {
        const { directory, name } = disk.#place(path)
        if (directory.entries.has(name)) throw failure('EEXIST', path)
        return disk.#writable(path, disk.#addFile(directory, name))
      }),
      append: path => disk.#step(`append ${path}`, () => {
        const { directory, name } = disk.#place(path)
        const node = directory.entries.get(name) ?? disk.#addFile(directory, name)
        if (node.kind !== 'file') throw failure('EISDIR', path)
        return disk.#writable(path, node)
      }),
      async readFile(path) {
        return disk.#file(path).data.slice()
      },
      async stat(path): Promise<FileStat | undefined> {
        const node = disk.#find(path)
        return node === undefined ? undefined : { kind: node.kind, size: node.kind === 'file' ? node.data.length : 0, mtimeMs: 0, inode: node.inode }
      },
      async list(path): Promise<readonly DirectoryEntry[]> {
        return [...disk.#folder(path).entries].map(([name, node]) => ({ name, kind: node.kind }))
      },
      makeDirectory: path => disk.#step(`makeDirectory ${path}`, () => {
        let at = disk.#root
        for (const name of split(path)) {
          let next = at.entries.get(name)
          if (next === undefined) {
            next = disk.#directory()
            disk.#change({ add: { directory: at, name, node: next } })
          }
          if (next.kind !== 'directory') throw failure('ENOTDIR', path)
          at = next
        }
      }),
      rename: (from, to) => disk.#step(`rename ${from} ${to}`, () => {
        const source = disk.#place(from)
        const node = source.directory.entries.get(source.name)
        if (node === undefined) throw failure('ENOENT', from)
        const target = disk.#place(to)
        disk.#change({ remove: source, add: { ...target, node } })
      }),
      link: (from, to) => disk.#step(`link ${from} ${to}`, () => {
        const node = disk.#file(from)
        const target = disk.#place(to)
        if (target.directory.entries.has(target.name)) throw failure('EEXIST', to)
        disk.#change({ add: { ...target, node } })
      }),
      remove: path => disk.#step(`remove ${path}`, () => {
        const place = disk.#place(path)
        if (place.directory.entries.has(place.name)) disk.#change({ remove: place })
      }),
      removeDirectory: path => disk.#step(`removeDirectory ${path}`, () => {
        if (disk.#find(path) !== undefined) disk.#change({ remove: disk.#place(path) })
      }),
      syncDirectory: path => disk.#step(`syncDirectory ${path}`, () => {
        const directory = disk.#folder(path)
        const touches = (c: NameChange): boolean => c.add?.directory === directory || c.remove?.directory === directory
        for (const change of disk.#pending.filter(touches)) disk.#applyDurably(change)
        disk.#pending = disk.#pending.filter(c => !touches(c))
      }),
    }
  }

  async #step<T>(what: string, effect: () => T): Promise<T> {
    await this.beforeStep?.(this.steps, what)
    const step = this.steps++
    if (step > this.crashAt || (step === this.crashAt && this.crashAfter === 0)) throw new Crash(`at step ${step}, ${what}`)
    const result = effect()
    if (step === this.crashAt) throw new Crash(`after step ${step}, ${what}`)
    return result
  }

  #change(change: NameChange): void {
    if (change.remove !== undefined) change.remove.directory.entries.delete(change.remove.name)
    if (change.add !== undefined) change.add.directory.entries.set(change.add.name, change.add.node)
    this.#pending.push(change)
  }

  #applyDurably(change: NameChange): void {
    if (change.remove !== undefined) change.remove.directory.durable.delete(change.remove.name)
    if (change.add !== undefined) change.add.directory.durable.set(change.add.name, change.add.node)
  }

  #addFile(directory: DirectoryNode, name: string): FileNode {
    const node: FileNode = { kind: 'file', inode: this.#inode++, data: new Uint8Array(), synced: new Uint8Array() }
    this.#change({ add: { directory, name, node } })
    return node
  }

  #directory(): DirectoryNode {
    return { kind: 'directory', inode: this.#inode++, entries: new Map(), durable: new Map() }
  }

  #writable(path: string, node: FileNode): WritableFile {
    return {
      write: bytes => this.#step(`write ${path}`, () => {
        node.data = new Uint8Array(Buffer.concat([node.data, bytes]))
      }),
      sync: () => this.#step(`sync ${path}`, () => {
        node.synced = node.data
      }),
      async close() {},
    }
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root
    for (const name of split(path)) {
      if (node?.kind !== 'directory') return undefined
      node = node.entries.get(name)
    }
    return node
  }

  #folder(path: string): DirectoryNode {
    const node = this.#find(path)
    if (node?.kind !== 'directory') throw failure('ENOENT', path)
    return node
  }

  #file(path: string): FileNode {
    const node = this.#find(path)
    if (node?.kind !== 'file') throw failure('ENOENT', path)
    return node
  }

  #place(path: string): { readonly directory: DirectoryNode; readonly name: string } {
    const parts = split(path)
    const name = parts.pop() as string
    return { directory: this.#folder(parts.join('/')), name }
  }
}

const split = (path: string): string[] => path.split('/').filter(s => s !== '' && s !== '.')

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}

/** All files below a folder that a plain reader would take, with their text. */
export async function visibleFiles(files: FileSystem, root: string, below = ''): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  if ((await files.stat(root)) === undefined) return found
  for (const entry of await files.list(below === '' ? root : `${root}/${below}`)) {
    if (entry.name.startsWith('_') || entry.name.startsWith('.')) continue
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.kind === 'directory') for (const [p, text] of await visibleFiles(files, root, path)) found.set(p, text)
    else found.set(path, new TextDecoder().decode(await files.readFile(`${root}/${path}`)))
  }
  return found
}

/** The real file system in a process that dies at a step: nothing works from there on. */
export function dyingFiles(real: FileSystem, crashAt: number, crashAfter: number): FileSystem {
  let steps = 0
  const open = new Set<WritableFile>()
  const die = async (message: string): Promise<never> => {
    for (const file of open) await file.close()
    open.clear()
    throw new Crash(message)
  }
  const step = async <T>(what: string, effect: () => Promise<T>): Promise<T> => {
    const at = steps++
    if (at > crashAt || (at === crashAt && crashAfter === 0)) await die(`at step ${at}, ${what}`)
    const result = await effect()
    if (at === crashAt) await die(`after step ${at}, ${what}`)
    return result
  }
  const writable = (file: WritableFile): WritableFile => (open.add(file), {
    // Half of the bytes is what a dying process may leave behind.
    write: async bytes => {
      if (steps === crashAt && crashAfter === 0) await file.write(bytes.subarray(0, bytes.length >> 1))
      await step('write', () => file.write(bytes))
    },
    sync: () => step('sync', () => file.sync()),
    close: async () => {
      if (open.delete(file)) await file.close()
    },
  })
  return {
    ...real,
    create: path => step(`create ${path}`, async () => writable(await real.create(path))),
    append: path => step(`append ${path}`, async () => writable(await real.append(path))),
    makeDirectory: path => step(`makeDirectory ${path}`, () => real.makeDirectory(path)),
    rename: (from, to) => step(`rename ${from} ${to}`, () => real.rename(from, to)),
    link: (from, to) => step(`link ${from} ${to}`, () => real.link(from, to)),
    remove: path => step(`remove ${path}`, () => real.remove(path)),
    removeDirectory: path => step(`removeDirectory ${path}`, () => real.removeDirectory(path)),
    syncDirectory: path => step(`syncDirectory ${path}`, () => real.syncDirectory(path)),
  }
}
