import type { FileSystem } from '../../common/file-system.ts'
import type { ManualClock } from '../simulation/manual-clock.ts'
import type { SimulatedDisk } from '../simulation/simulated-disk.ts'
import { fileText, firstSerial, type InputFile, serialMark } from './job.ts'

/** Puts a file into a folder as a careful writer does: whole, durable, newer than what is there. */
export async function addInputFile(disk: SimulatedDisk, clock: ManualClock, folder: string, file: InputFile): Promise<void> {
  await clock.advance(1000)
  const directory = disk.makeDurableDirectory(folder)
  const node = disk.newFile()
  node.append(new TextEncoder().encode(fileText(file)))
  node.syncedLength = node.length
  node.mtimeMs = clock.now()
  disk.change({ directory, name: file.name, to: node })
  disk.syncDirectory(directory)
}

/** How often files were read so far: the source of what cannot be repeated. */
export interface Serials {
  last: number
}

/**
 * A file system on which every reading of an input file gives other numbers in `serial`: as user code that is not
 * deterministic, without such code.
 */
export function changingFiles(files: FileSystem, folder: string, serials: Serials): FileSystem {
  return {
    create: path => files.create(path),
    append: path => files.append(path),
    readFile: path => files.readFile(path),
    stat: path => files.stat(path),
    list: path => files.list(path),
    makeDirectory: path => files.makeDirectory(path),
    rename: (from, to) => files.rename(from, to),
    link: (from, to) => files.link(from, to),
    remove: path => files.remove(path),
    removeDirectory: path => files.removeDirectory(path),
    syncDirectory: path => files.syncDirectory(path),
    async open(path) {
      const file = await files.open(path)
      if (!path.startsWith(`${folder}/`)) return file
      const text = new TextDecoder().decode(await files.readFile(path))
      const bytes = new TextEncoder().encode(text.replaceAll(serialMark, `"serial":${firstSerial + ++serials.last}`))
      return {
        size: file.size,
        read: async (buffer, offset, length, position) => {
          const part = bytes.subarray(position, position + length)
          buffer.set(part, offset)
          return part.length
        },
        close: () => file.close(),
      }
    },
  }
}
