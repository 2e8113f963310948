import { sha256 } from '../common/digest.ts'
import { makeError, type MillraceError } from '../common/errors.ts'
import type { FileSystem } from '../common/file-system.ts'
import type { ModelArtefact, ModelDigest } from './model.ts'

export const maxModelBytes = 512 * 1024 * 1024
export const maxModelFiles = 10_000
const maxDirectoryDepth = 32

export interface ArtefactLimits {
  readonly maxBytes: number
  readonly maxFiles: number
}

const defaultLimits: ArtefactLimits = Object.freeze({ maxBytes: maxModelBytes, maxFiles: maxModelFiles })

interface ModelFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/**
 * Reads a model file, or all files below a model directory, into memory.
 *
 * Symbolic links inside a directory are refused rather than followed, so that a model cannot pull in files from outside
 * its own directory. Every file counts, hidden ones too: which of them belong to the model is its reader's decision.
 *
 * @throws AnalysisError ML_UNREADABLE when there is nothing at `path`, for links and special files, and above the limits
 */
export async function readArtefact(files: FileSystem, path: string, limits: ArtefactLimits = defaultLimits): Promise<ModelArtefact> {
  const stat = await files.stat(path)
  if (stat === undefined) throw notReadable(path, 'there is no file or directory of that name')
  if (stat.kind === 'file') {
    if (stat.size > limits.maxBytes) throw notReadable(path, `it has ${stat.size} bytes, the limit is ${limits.maxBytes}`)
    const bytes = await files.readFile(path)
    // Checked again: the file may have grown since it was measured.
    if (bytes.length > limits.maxBytes) throw notReadable(path, `it has ${bytes.length} bytes, the limit is ${limits.maxBytes}`)
    return { files: [{ path: path.slice(path.lastIndexOf('/') + 1), bytes }] }
  }
  if (stat.kind !== 'directory') throw notReadable(path, 'it is neither a file nor a directory')
  const found: ModelFile[] = []
  await readDirectory(files, path, '', 0, { limits, total: 0, found })
  if (found.length === 0) throw notReadable(path, 'the directory holds no files')
  return { files: found.sort((a, b) => (a.path < b.path ? -1 : 1)) }
}

interface Progress {
  readonly limits: ArtefactLimits
  readonly found: ModelFile[]
  total: number
}

async function readDirectory(files: FileSystem, root: string, below: string, depth: number, progress: Progress): Promise<void> {
  if (depth > maxDirectoryDepth) throw notReadable(root, `its directories are nested more than ${maxDirectoryDepth} deep`)
  const here = below === '' ? root : `${root}/${below}`
  for (const entry of await files.list(here)) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.kind === 'directory') {
      await readDirectory(files, root, name, depth + 1, progress)
      continue
    }
    if (entry.kind !== 'file') {
      throw notReadable(root, `"${name}" is a ${entry.kind === 'link' ? 'symbolic link' : 'special file'}, which models may not contain`)
    }
    if (progress.found.length >= progress.limits.maxFiles) throw notReadable(root, `it has more than ${progress.limits.maxFiles} files`)
    const size = (await files.stat(`${root}/${name}`))?.size ?? 0
    if (progress.total + size > progress.limits.maxBytes) throw notReadable(root, `its files have more than ${progress.limits.maxBytes} bytes`)
    const bytes = await files.readFile(`${root}/${name}`)
    progress.total += bytes.length
    progress.found.push({ path: name, bytes })
  }
}

function notReadable(path: string, what: string): MillraceError {
  return makeError('ML_UNREADABLE', `The model "${path}" cannot be read: ${what}. Check the path given to loadModel().`, {
    context: { path, what },
  })
}

/**
 * The identity of a model. For a single file it is the SHA-256 of its bytes, as `sha256sum` prints it, whatever the file
 * is called; for several files it covers each one's name, length and bytes, in order of name.
 */
export function digestOf(artefact: ModelArtefact): ModelDigest {
  if (artefact.files.length === 1) return sha256(artefact.files[0].bytes)
  const parts: (Uint8Array | string)[] = []
  for (const file of [...artefact.files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    // A name cannot contain a newline that forges a length: its own length comes first.
    parts.push(`${file.path.length}:${file.path}\n${file.bytes.length}\n`, file.bytes)
  }
  return sha256(...parts)
}
