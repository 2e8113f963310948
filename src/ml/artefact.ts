import { sha256 } from '../common/digest.ts'
import { makeError, type MillraceError } from '../common/errors.ts'
import type { FileSystem } from '../common/file-system.ts'
import type { ModelArtefact, ModelDigest } from './model.ts'
import { companionsOf } from './tensorflow/companions.ts'

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
 * Reads a model file, or all files below a model directory, into memory. Given the `model.json` of a TensorFlow.js model,
 * it reads that file and those that it names beside it, and features.json where there is one.
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
    const name = path.slice(path.lastIndexOf('/') + 1)
    const companions = name === 'model.json' ? companionsOf(bytes) : undefined
    if (companions === undefined) return { files: [{ path: name, bytes }] }
    const directory = path.slice(0, path.length - name.length - 1) || (path.startsWith('/') ? '/' : '.')
    return readNamed(files, directory, [{ path: name, bytes }], companions, limits)
  }
  if (stat.kind !== 'directory') throw notReadable(path, 'it is neither a file nor a directory')
  const found: ModelFile[] = []
  await readDirectory(files, path, '', 0, { limits, total: 0, found })
  if (found.length === 0) throw notReadable(path, 'the directory holds no files')
  return { files: found.sort((a, b) => (a.path < b.path ? -1 : 1)) }
}

/** Reads the files that a model.json names, as far as they are there; what is missing is its reader's to report. */
async function readNamed(
  files: FileSystem,
  directory: string,
  found: ModelFile[],
  names: readonly string[],
  { maxBytes, maxFiles }: ArtefactLimits,
): Promise<ModelArtefact> {
  if (names.length >= maxFiles) throw notReadable(directory, `it has more than ${maxFiles} files`)
  let total = found[0].bytes.length
  for (const name of new Set(names)) {
    const kind = await kindBelow(files, directory, name)
    if (kind === undefined) continue
    if (kind !== 'file') throw notReadable(directory, `"${name}" is not a plain file`)
    total += (await files.stat(`${directory}/${name}`))?.size ?? 0
    if (total > maxBytes) throw notReadable(directory, `its files have more than ${maxBytes} bytes`)
    found.push({ path: name, bytes: await files.readFile(`${directory}/${name}`) })
  }
  return { files: found.sort((a, b) => (a.path < b.path ? -1 : 1)) }
}

/** What stands at a relative path, no step of which may be a link; undefined when there is nothing. */
async function kindBelow(files: FileSystem, directory: string, path: string): Promise<string | undefined> {
  let here = directory
  let kind: string | undefined
  for (const step of path.split('/')) {
    if (kind !== undefined && kind !== 'directory') return kind
    kind = (await files.list(here)).find(entry => entry.name === step)?.kind
    if (kind === undefined) return undefined
    here = `${here}/${step}`
  }
  return kind
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
