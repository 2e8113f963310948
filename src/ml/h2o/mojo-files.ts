import type { ModelArtefact } from '../model.ts'
import { openZip, zipHolds } from '../zip.ts'
import { fail } from './errors.ts'

/** The files of a MOJO, out of its zip archive or out of the folder that the archive was unpacked to. */
export interface MojoFiles {
  /** Where they are inside of the archive: empty, or a folder with its slash. */
  readonly prefix: string
  /** Undefined when there is none of that name. */
  find(path: string): Uint8Array | undefined
  /** @throws AnalysisError ML_UNREADABLE when there is none of that name */
  read(path: string): Uint8Array
  /** The files of a MOJO inside this one. */
  below(folder: string): MojoFiles
}

const infoFile = 'model.ini'
const infoHead = '[info]'
/** A string cannot hold much more. */
const maxTextBytes = 256 * 1024 * 1024
const maxLines = 10_000_000
/** How far into model.ini its first section is looked for: comments may come before it. */
const headBytes = 4096

export function isMojo({ files }: ModelArtefact): boolean {
  if (files.length === 1 && zipHolds(files[0].bytes, infoFile)) return true
  const info = files.find(f => f.path === infoFile)
  return info !== undefined && new TextDecoder('latin1').decode(info.bytes.subarray(0, headBytes)).includes(infoHead)
}

/** @throws AnalysisError ML_UNREADABLE for an archive that is damaged or made to harm */
export function mojoFiles({ files }: ModelArtefact): MojoFiles {
  if (files.length === 1 && files[0].path !== infoFile) {
    const entries = openZip(files[0].bytes, fail)
    return filesBy(path => entries.get(path)?.read(), '')
  }
  const contents = new Map(files.map(f => [f.path, f.bytes]))
  return filesBy(path => contents.get(path), '')
}

function filesBy(find: (path: string) => Uint8Array | undefined, prefix: string): MojoFiles {
  return {
    prefix,
    find: path => find(prefix + path),
    read(path) {
      const bytes = find(prefix + path)
      if (bytes === undefined) throw fail(`it has no file "${prefix}${path}"`)
      return bytes
    },
    below: folder => filesBy(find, prefix + (folder === '' || folder.endsWith('/') ? folder : `${folder}/`)),
  }
}

/** A text of the MOJO. */
export function textOf(files: MojoFiles, path: string): string {
  const bytes = files.read(path)
  if (bytes.length > maxTextBytes) throw fail(`"${path}" has ${bytes.length} bytes, the limit is ${maxTextBytes}`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw fail(`"${path}" is not UTF-8`, cause)
  }
}

/** The lines of a text file, as Java's readers cut them; what ends the last line does not begin another. */
export function linesOf(files: MojoFiles, path: string): string[] {
  const text = textOf(files, path)
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) if (++count > maxLines) throw fail(`"${path}" has more than ${maxLines} lines`)
  const lines = text.split(/\r\n|\n|\r/)
  if (lines[lines.length - 1] === '') lines.pop()
  return lines
}

/** Takes back how line ends and backslashes are written inside a line. */
export function unescapeLine(line: string): string {
  return line.replace(/\\(.)?/gs, (_, next: string | undefined) => (next === 'n' ? '\n' : next === 'r' ? '\r' : (next ?? '')))
}
