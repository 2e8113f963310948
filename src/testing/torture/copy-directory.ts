import type { DirectoryNode, FileNode, SimulatedDisk } from '../simulation/simulated-disk.ts'
import { StoreContent } from '../simulation/store-content.ts'
import { directoryAt } from './output-watch.ts'

/** A copy of a directory as a backup program would take it, or undefined when there is none. */
export function copyOf(disk: SimulatedDisk, path: string): DirectoryNode | undefined {
  const directory = directoryAt(disk, path)
  return directory === undefined ? undefined : (copyNode(disk, directory) as DirectoryNode)
}

/** Puts (a copy of) a copy in the place of a directory, durably. */
export function putBack(disk: SimulatedDisk, path: string, copy: DirectoryNode): void {
  const slash = path.lastIndexOf('/')
  const parent = disk.makeDurableDirectory(path.slice(0, slash) || '/')
  disk.change({ directory: parent, name: path.slice(slash + 1), to: copyNode(disk, copy) })
  disk.syncDirectory(parent)
}

function copyNode(disk: SimulatedDisk, node: DirectoryNode | FileNode): DirectoryNode | FileNode {
  if (node.kind === 'directory') {
    const copy = disk.newDirectory()
    copy.mtimeMs = node.mtimeMs
    for (const [name, child] of node.entries) copy.entries.set(name, copyNode(disk, child))
    return copy
  }
  const copy = disk.newFile()
  copy.append(node.bytes.subarray(0, node.length))
  copy.syncedLength = copy.length
  copy.mtimeMs = node.mtimeMs
  if (node.store !== null) {
    copy.store = new StoreContent()
    for (const [key, value] of node.store.entries) copy.store.entries.set(key, value)
    disk.addStore(copy.store)
  }
  return copy
}
