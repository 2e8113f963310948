import type { FileSystem } from '../../common/file-system.ts'
import type { VectorResult } from './report.ts'

/** Vectors that differ from Spark on purpose: id → reason, one of the differences that the semantics page lists. */
export type Deviations = ReadonlyMap<string, string>

export const noDeviations: Deviations = new Map()

/** Reads `deviations.json`; a missing file lists nothing. */
export async function readDeviations(files: FileSystem, path: string): Promise<Deviations> {
  if ((await files.stat(path)) === undefined) return noDeviations
  const listed = JSON.parse(new TextDecoder().decode(await files.readFile(path))) as { readonly [id: string]: string }
  return new Map(Object.entries(listed))
}

/** A listed vector must differ, in a run as the program runs by itself; one that does not has no place in the list. */
export function applyDeviations(results: readonly VectorResult[], deviations: Deviations): VectorResult[] {
  return results.map(({ vector, outcome }) => {
    const reason = deviations.get(vector.id)
    if (reason === undefined || outcome.status !== 'passed' || outcome.deviation !== undefined) return { vector, outcome }
    return { vector, outcome: { status: 'failed', reason: `listed as a deviation (${reason}), but it behaves like Spark` } }
  })
}
