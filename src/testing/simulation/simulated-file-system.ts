import { basename, dirname, resolve } from 'node:path/posix'
import type { Clock } from '../../common/clock.ts'
import type { DirectoryEntry, FileStat, FileSystem, ReadableFile, WritableFile } from '../../common/file-system.ts'
import { DirectoryNode, FileNode, type Node, type SimulatedDisk } from './simulated-disk.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { systemError } from './system-error.ts'

/** The disk of a simulated machine as one process sees it. Relative paths start at the root. */
export class SimulatedFileSystem implements FileSystem {
  readonly #disk: SimulatedDisk
  readonly #process: SimulatedProcess
  readonly #clock: Clock

  constructor(disk: SimulatedDisk, process: SimulatedProcess, clock: Clock) {
    this.#disk = disk
    this.#process = process
    this.#clock = clock
  }

  async open(path: string): Promise<ReadableFile> {
    await this.#process.gate()
    const file = this.#file(path, 'open')
    return {
      size: file.length,
      read: async (buffer, offset, length, position) => {
        await this.#process.gate()
        const part = file.bytes.subarray(position, Math.min(file.length, position + length))
        buffer.set(part, offset)
        return part.length
      },
      close: () => this.#process.gate(),
    }
  }

  create(path: string): Promise<WritableFile> {
    return this.#process.step({ kind: 'create', path }, () => {
      const { parent, name } = this.#place(path, 'open')
      if (parent.entries.has(name)) throw systemError('EEXIST', 'open', path)
      return this.#writable(this.#makeFile(parent, name), path)
    })
  }

  append(path: string): Promise<WritableFile> {
    return this.#process.step({ kind: 'create', path }, () => {
      const { parent, name } = this.#place(path, 'open')
      const existing = parent.entries.get(name)
      if (existing instanceof DirectoryNode) throw systemError('EISDIR', 'open', path)
      return this.#writable(existing ?? this.#makeFile(parent, name), path)
    })
  }

  async readFile(path: string): Promise<Uint8Array> {
    await this.#process.gate()
    const file = this.#file(path, 'open')
    return file.bytes.slice(0, file.length)
  }

  async stat(path: string): Promise<FileStat | undefined> {
    await this.#process.gate()
    const node = this.#find(path)
    if (node === undefined) return undefined
    return { kind: node.kind, size: node.kind === 'file' ? node.length : 0, mtimeMs: node.mtimeMs, inode: node.id }
  }

  async list(path: string): Promise<readonly DirectoryEntry[]> {
    await this.#process.gate()
    return [...this.#directory(path, 'scandir').entries].map(([name, node]) => ({ name, kind: node.kind }))
  }

  async makeDirectory(path: string): Promise<void> {
    const missing: string[] = []
    for (let at = resolve('/', path); this.#find(at) === undefined; at = dirname(at)) missing.push(at)
    if (missing.length === 0) {
      await this.#process.gate()
      if (this.#find(path)?.kind === 'file') throw systemError('EEXIST', 'mkdir', path)
    }
    for (const directory of missing.reverse()) {
      await this.#process.step({ kind: 'makeDirectory', path: directory }, () => {
        const { parent, name } = this.#place(directory, 'mkdir')
        if (parent.entries.has(name)) return
        const made = this.#disk.newDirectory()
        made.mtimeMs = this.#clock.now()
        this.#disk.change({ directory: parent, name, to: made })
      })
    }
  }

  rename(from: string, to: string): Promise<void> {
    return this.#process.step({ kind: 'rename', path: to }, () => {
      const source = this.#place(from, 'rename')
      const target = this.#place(to, 'rename')
      const node = source.parent.entries.get(source.name)
      if (node === undefined) throw systemError('ENOENT', 'rename', from)
      const replaced = target.parent.entries.get(target.name)
      if (replaced === node) return
      if (replaced instanceof DirectoryNode && (node.kind === 'file' || replaced.entries.size > 0)) {
        throw systemError(node.kind === 'file' ? 'EISDIR' : 'ENOTEMPTY', 'rename', from)
      }
      if (replaced instanceof FileNode && node.kind === 'directory') throw systemError('ENOTDIR', 'rename', from)
      this.#disk.change({ directory: source.parent, name: source.name, to: undefined }, { directory: target.parent, name: target.name, to: node })
    })
  }

  link(from: string, to: string): Promise<void> {
    return this.#process.step({ kind: 'link', path: to }, () => {
      const file = this.#file(from, 'link')
      const { parent, name } = this.#place(to, 'link')
      if (parent.entries.has(name)) throw systemError('EEXIST', 'link', to)
      this.#disk.change({ directory: parent, name, to: file })
    })
  }

  remove(path: string): Promise<void> {
    return this.#process.step({ kind: 'remove', path }, () => {
      const node = this.#find(path)
      if (node === undefined) return
      if (node.kind === 'directory') throw systemError('EISDIR', 'unlink', path)
      const { parent, name } = this.#place(path, 'unlink')
      this.#disk.change({ directory: parent, name, to: undefined })
    })
  }

  /** Below it file by file, as Node does: a crash may leave some. */
  async removeDirectory(path: string): Promise<void> {
    await this.#process.gate()
    const node = this.#find(path)
    if (node === undefined) return
    if (node.kind === 'directory') {
      for (const [name, child] of [...node.entries]) {
        const childPath = `${path}/${name}`
        await (child.kind === 'directory' ? this.removeDirectory(childPath) : this.remove(childPath))
      }
    }
    await this.#process.step({ kind: 'removeDirectory', path }, () => {
      if (this.#find(path) === undefined) return
      const { parent, name } = this.#place(path, 'rmdir')
      this.#disk.change({ directory: parent, name, to: undefined })
    })
  }

  syncDirectory(path: string): Promise<void> {
    return this.#process.step({ kind: 'syncDirectory', path }, () => {
      this.#disk.syncDirectory(this.#directory(path, 'open'))
    })
  }

  #writable(file: FileNode, path: string): WritableFile {
    const process = this.#process
    const disk = this.#disk
    let closed = false
    const append = (bytes: Uint8Array): void => {
      if (closed) throw systemError('EBADF', 'write', path)
      file.append(bytes)
      file.mtimeMs = this.#clock.now()
      disk.wrote(file)
    }
    return {
      write: bytes => process.step({ kind: 'write', path }, () => append(bytes), () => append(bytes.subarray(0, disk.partOf(bytes.length)))),
      async sync() {
        try {
          await process.step({ kind: 'sync', path }, () => {
            if (closed) throw systemError('EBADF', 'fsync', path)
            disk.syncFile(file)
          })
        } catch (error) {
          file.syncBroken = true
          throw error
        }
      },
      async close() {
        await process.gate()
        closed = true
      },
    }
  }

  #makeFile(parent: DirectoryNode, name: string): FileNode {
    const file = this.#disk.newFile()
    file.mtimeMs = this.#clock.now()
    this.#disk.change({ directory: parent, name, to: file })
    return file
  }

  #find(path: string): Node | undefined {
    let node: Node = this.#disk.root
    for (const name of resolve('/', path).split('/')) {
      if (name === '') continue
      if (node.kind === 'file') return undefined
      const next: Node | undefined = node.entries.get(name)
      if (next === undefined) return undefined
      node = next
    }
    return node
  }

  #file(path: string, syscall: string): FileNode {
    const node = this.#find(path)
    if (node === undefined) throw systemError('ENOENT', syscall, path)
    if (node.kind === 'directory') throw systemError('EISDIR', syscall, path)
    return node
  }

  #directory(path: string, syscall: string): DirectoryNode {
    const node = this.#find(path)
    if (node === undefined) throw systemError('ENOENT', syscall, path)
    if (node.kind === 'file') throw systemError('ENOTDIR', syscall, path)
    return node
  }

  /** Where a name stands or would stand. */
  #place(path: string, syscall: string): { parent: DirectoryNode; name: string } {
    const whole = resolve('/', path)
    const parent = this.#find(dirname(whole))
    if (parent === undefined) throw systemError('ENOENT', syscall, path)
    if (parent.kind === 'file') throw systemError('ENOTDIR', syscall, path)
    return { parent, name: basename(whole) }
  }
}
