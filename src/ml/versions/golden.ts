import type { FileSystem } from '../../common/file-system.ts'
import type { Model } from '../model.ts'
import { compareScores } from '../rows/compare-scores.ts'

/**
 * Scores the golden rows of a version. Answers what differs, one sentence; null when all agree.
 */
export async function goldenMismatch(model: Model, files: FileSystem, golden: { readonly input: string; readonly expected: string }, tolerance: number): Promise<string | null> {
  const { rows, wrongRows, fields } = await compareScores(model, files, golden.input, golden.expected, tolerance)
  if (rows === 0) return 'its golden rows are empty'
  if (wrongRows === 0) return null
  const worst = fields.reduce((a, b) => (b.wrong > a.wrong ? b : a))
  return `${wrongRows} of its ${rows} golden rows differ by more than ${tolerance}, "${worst.name}" first in row ${worst.firstWrong}`
}
