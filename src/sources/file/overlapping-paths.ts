import { resolve } from 'node:path'
import { makeError, type MillraceError } from '../../common/errors.ts'
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
  const target = resolve(sink['path'] as string)
  for (const { from, finds } of readingsOf(source)) if (isWithin(from, target) || finds(target)) return { source: from, sink: target }
  return undefined
}

/** The folders that a source may mean, and whether its listing comes to a folder below. */
function readingsOf(source: Options): { readonly from: string; finds(folder: string): boolean }[] {
  const given = source['path'] as string
  const recursive = source['recursive'] === true
  // A path that looks like a pattern may also be the plain name of a folder.
  const readings: { readonly root: string; readonly segments: readonly string[] }[] = [{ root: given, segments: [] }]
  if (isGlob(given)) readings.push(...parseGlob(given))
  return readings.map(({ root, segments }) => {
    const from = resolve(root)
    return { from, finds: folder => isWithin(folder, from) && reaches(segments, segmentsBelow(folder, from), recursive) }
  })
}

/** @throws AnalysisError PLAN_INVALID_OPTION when a file source would read the checkpoint's own files */
export function checkCheckpointNotRead(location: string, source: Options): void {
  const folder = resolve(location)
  const reading = readingsOf(source).find(({ finds }) => finds(folder))
  if (reading !== undefined) throw checkpointInside(location, `the input "${source['path'] as string}"`, 'the source would read its files', reading.from)
}

/** @throws AnalysisError PLAN_INVALID_OPTION when readers of a file sink's folder would find the checkpoint's files */
export function checkCheckpointNotShown(location: string, sink: Options): void {
  const folder = resolve(location)
  const target = resolve(sink['path'] as string)
  if (isWithin(folder, target) && !segmentsBelow(folder, target).some(isSkipped)) throw checkpointInside(location, `the output "${sink['path'] as string}"`, 'readers of the output would find its files', target)
}

function checkpointInside(location: string, where: string, why: string, folder: string): MillraceError {
  return makeError(
    'PLAN_INVALID_OPTION',
    `checkpointLocation "${location}" lies in ${where}: ${why}. Put it beside, or below a folder whose name begins with "_" or ".", which readers pass over.`,
    { context: { checkpointLocation: location, folder } },
  )
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
