import { resolve } from 'node:path'
import { makeError } from '../../common/errors.ts'
import type { Json } from '../../common/json.ts'
import { isGlob, matchSegment, parseGlob } from './glob.ts'
import { isSkipped } from './list-files.ts'

type Options = { readonly [key: string]: Json | undefined }

/**
 * Where a file source would find the files that a file sink writes, or reads from within its folder: both paths,
 * resolved; undefined when they keep apart. A query of the two would feed itself without end. Paths are compared by
 * name; what a symbolic link leads to is not looked at.
 */
export function overlappingPaths(source: Options, sink: Options): { readonly source: string; readonly sink: string } | undefined {
  const given = source['path'] as string
  const recursive = source['recursive'] === true
  const target = resolve(sink['path'] as string)
  // A path that looks like a pattern may also be the plain name of a folder.
  const readings: { readonly root: string; readonly segments: readonly string[] }[] = [{ root: given, segments: [] }]
  if (isGlob(given)) readings.push(...parseGlob(given))
  for (const { root, segments } of readings) {
    const from = resolve(root)
    if (isWithin(from, target) || (isWithin(target, from) && reaches(segments, segmentsBelow(target, from), recursive))) return { source: from, sink: target }
  }
  return undefined
}

/** @throws AnalysisError PLAN_INVALID_OPTION when a file source and a file sink of one query overlap */
export function checkPathsApart(source: Options, sink: Options): void {
  const overlap = overlappingPaths(source, sink)
  if (overlap === undefined) return
  throw makeError(
    'PLAN_INVALID_OPTION',
    `The query reads files at "${source['path'] as string}" (${overlap.source}) and writes files to "${sink['path'] as string}" (${overlap.sink}): it would read its own output again without end. Choose a folder for the sink that the source does not read, and that the source is not in.`,
    { context: { source: overlap.source, sink: overlap.sink } },
  )
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

function segmentsBelow(path: string, folder: string): string[] {
  return path.slice(folder.length).split('/').filter(s => s !== '')
}

/** Whether the listing of a source comes to the folder `below` its root: as listFiles() walks it. */
function reaches(segments: readonly string[], below: readonly string[], recursive: boolean): boolean {
  for (const [k, name] of below.entries()) {
    if (isSkipped(name)) return false
    const segment = segments[k]
    if (segment === '**') return !below.slice(k).some(isSkipped)
    const taken = segment === undefined ? recursive || name.includes('=') : matchSegment(segment, name)
    if (!taken) return false
  }
  return true
}
