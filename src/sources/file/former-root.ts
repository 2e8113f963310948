import { makeError } from '../../common/errors.ts'
import type { FileSystem } from '../../common/file-system.ts'
import type { Json } from '../../common/json.ts'
import { joinPath } from './list-files.ts'
import { statOf } from './path-errors.ts'
import type { SeenFile } from './seen-files.ts'

/** What the checkpoint has the root under, beside the files: no path relative to the root is this. */
const rootKey = '/'
/** Copying tools and file systems cut times to a second or two. */
const mtimeToleranceMs = 2000

/** What a source remembers: the folder that its files lay in, null in checkpoints that do not say; and the files. */
export function splitRemembered(remembered: ReadonlyMap<string, Json>): { readonly root: string | null; readonly files: ReadonlyMap<string, Json> } {
  const root = remembered.get(rootKey)
  return { root: typeof root === 'string' ? root : null, files: new Map([...remembered].filter(([key]) => key !== rootKey)) }
}

export function rememberRoot(root: string): [string, Json] {
  return [rootKey, root]
}

/**
 * Files are known by their path below the root, so that a folder can be moved. In another folder a file of a name that
 * was read is passed over, and that must not happen to one that nobody has read: its time tells.
 * @throws CheckpointError CHECKPOINT_INCOMPATIBLE
 */
export async function checkMovedRoot(files: FileSystem, former: string, root: string, seen: Iterable<SeenFile>): Promise<void> {
  for (const { path, mtimeMs } of seen) {
    const stat = await statOf(files, joinPath(root, path))
    if (stat === undefined || Math.abs(stat.mtimeMs - mtimeMs) <= mtimeToleranceMs) continue
    throw makeError(
      'CHECKPOINT_INCOMPATIBLE',
      `The file source has read "${former}" and now reads "${root}", where "${path}" is not the file of that name that it knows: it would be passed over, since files are known by their path below the folder. Go on with "${former}", move the folder with the times of its files (as mv and cp -a do), or start on a new checkpointLocation.`,
      { context: { former, path: root, file: path } },
    )
  }
}
