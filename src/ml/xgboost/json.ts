/**
 * Parses a JSON model. XGBoost may write the bare words NaN and Infinity, which JSON does not have; they are read as null
 * and as numbers too large for a float.
 * @throws whatever `fail` builds
 */
export function parseModelJson(bytes: Uint8Array, fail: (what: string, cause?: unknown) => Error): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw fail('it is not UTF-8 text', error)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    const repaired = withoutBareWords(text)
    if (repaired !== text) {
      try {
        return JSON.parse(repaired)
      } catch {
        // The first error has the position in the file as it is.
      }
    }
    throw fail('it is not complete JSON', error)
  }
}

/** Replaces NaN and Infinity outside of strings. */
function withoutBareWords(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|NaN|Infinity/g, token => (token === 'NaN' ? 'null' : token === 'Infinity' ? '1e999' : token))
}
