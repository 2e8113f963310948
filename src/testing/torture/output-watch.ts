import type { SimulatedDisk } from '../simulation/simulated-disk.ts'
import type { DirectoryNode, FileNode } from '../simulation/simulated-disk.ts'

/**
 * Looks at a folder as a plain reader does, again and again: every visible file must be whole, and a file once seen
 * must never have another content, whatever happens in between.
 */
export class OutputWatch {
  /** Content by path, of every file that was ever visible. */
  readonly seen = new Map<string, string>()
  readonly problems: string[] = []
  readonly #disk: SimulatedDisk
  readonly #root: string
  /** The node and length that were read last, by path: what has not changed is not read again. */
  readonly #last = new Map<string, { readonly node: FileNode; readonly length: number }>()

  constructor(disk: SimulatedDisk, root: string) {
    this.#disk = disk
    this.#root = root
  }

  look(): void {
    for (const [path, node] of visibleFiles(this.#disk, this.#root)) {
      const last = this.#last.get(path)
      if (last !== undefined && last.node === node && last.length === node.length) continue
      this.#last.set(path, { node, length: node.length })
      this.#read(path, node)
    }
  }

  /** After a power loss the same node may hold other bytes. */
  forgetNodes(): void {
    this.#last.clear()
  }

  /** The folder was changed from outside: what was seen before counts no more. */
  forgetAll(): void {
    this.seen.clear()
    this.#last.clear()
  }

  /** Names that are visible now. */
  paths(): Set<string> {
    return new Set([...visibleFiles(this.#disk, this.#root)].map(([path]) => path))
  }

  #read(path: string, node: FileNode): void {
    const text = new TextDecoder().decode(node.bytes.subarray(0, node.length))
    const before = this.seen.get(path)
    if (before === undefined) {
      this.seen.set(path, text)
      if (!isWhole(text)) this.problems.push(`"${path}" was visible and not whole`)
    } else if (before !== text) this.problems.push(`"${path}" has changed`)
  }
}

function isWhole(text: string): boolean {
  if (!text.endsWith('\n')) return false
  try {
    for (const line of text.split('\n').slice(0, -1)) JSON.parse(line)
    return true
  } catch {
    return false
  }
}

/** The directory at an absolute path, if there is one. */
export function directoryAt(disk: SimulatedDisk, path: string): DirectoryNode | undefined {
  let at: DirectoryNode | FileNode = disk.root
  for (const name of path.split('/')) {
    if (name === '') continue
    if (at.kind === 'file') return undefined
    const next: DirectoryNode | FileNode | undefined = at.entries.get(name)
    if (next === undefined) return undefined
    at = next
  }
  return at.kind === 'directory' ? at : undefined
}

function* visibleFiles(disk: SimulatedDisk, root: string): Generator<[path: string, node: FileNode]> {
  const directory = directoryAt(disk, root)
  if (directory !== undefined) yield* filesBelow(directory, '', true)
}

/** Files below a directory with their relative paths; `visible`: without names that begin with `_` or `.`. */
export function* filesBelow(directory: DirectoryNode, prefix: string, visible: boolean): Generator<[path: string, node: FileNode]> {
  for (const [name, node] of directory.entries) {
    if (visible && /^[._]/.test(name)) continue
    if (node.kind === 'file') yield [prefix + name, node]
    else yield* filesBelow(node, `${prefix}${name}/`, visible)
  }
}
